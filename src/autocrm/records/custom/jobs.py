"""The long work behind custom fields, chunk by chunk: filling the typed value table, removing values, search.

Each piece looks at the field's row for what is wanted now and locks the records of a chunk, so that nobody's newer
value is overwritten. A chunk and how far it got are one transaction (`passes`), so whatever dies, a piece goes on
where it stopped; only when all records had their turn is the field said to be ready, converted or gone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Func, JSONField, Q, QuerySet, Value

from autocrm.kernel.actors import Actor
from autocrm.kernel.jobs import JobRun
from autocrm.kernel.sentences import keep
from autocrm.kernel.tenancy import current_database
from autocrm.records.custom.kinds import convert
from autocrm.records.custom.layer import field_of
from autocrm.records.custom.shelved import find_type_of
from autocrm.records.field_values import fill_values
from autocrm.records.models import CustomField, FieldValue
from autocrm.records.pass_models import DataModelPass
from autocrm.records.passes import WAS_STOPPED, carry_out, fail_pass, finish_pass, go_over
from autocrm.records.registry import RecordType
from autocrm.records.search import index_records
from autocrm.records.selectors import with_references
from autocrm.tenants.services import stamp_data_model
from autocrm.users.services.roles import forget_field

CHUNK = 1_000


def fill_values_of(run: JobRun) -> Mapping[str, Any]:
    """Bring the typed value table to what the field's row asks for: filled in and ready, or empty."""
    return carry_out(run, _fill_or_empty)


def remove_values_of(run: JobRun) -> Mapping[str, Any]:
    """Remove what all records hold in a deleted field, then all that its row says but its key, which stays taken."""
    return carry_out(run, _remove)


def search_again(run: JobRun) -> Mapping[str, Any]:
    """Write the search rows anew of all records that hold a value of the field."""
    return carry_out(run, _search)


def convert_values_of(run: JobRun) -> Mapping[str, Any]:
    """Go over all records after the kind of a field changed, and forget what it was before."""
    return carry_out(run, _convert)


def _fill_or_empty(run: JobRun, made: DataModelPass) -> dict[str, Any]:
    row = _row(made)
    if row is None:
        return _gone(made)
    record_type = _type_of(row)
    if row.typed == CustomField.Typed.OFF or record_type is None:
        removed = _empty(run, row)
        if removed is None:
            return _stopped(made)
        finish_pass(made.pk)
        return {"state": "emptied", "removed": removed}
    field = replace(field_of(row), typed=True, indexed=False)
    repeated = 0

    def fill(rows: Sequence[Any]) -> int:
        nonlocal repeated
        repeated += _fill(record_type, field, rows)
        return len(rows)

    done = go_over(run, made.pk, _holders(row), fill, size=CHUNK)
    if done is None:
        return {"state": "stopped"}
    with transaction.atomic(using=current_database()):
        current = CustomField.objects.select_for_update().filter(pk=row.pk, typed=CustomField.Typed.FILLING).first()
        if current is not None:
            current.typed = CustomField.Typed.READY
            current.save(update_fields=["typed"])
            stamp_data_model()
        finish_pass(made.pk)
    return {"state": "ready", "records": done.done, "repeated": repeated}


def _remove(run: JobRun, made: DataModelPass) -> dict[str, Any]:
    row = _row(made)
    if row is None or row.deleted_at is None:
        return _gone(made)
    record_type = _type_of(row)
    without = Func(F("custom"), Value(row.key), template="(%(expressions)s)", arg_joiner=" - ")
    without.output_field = JSONField()

    def remove(rows: Sequence[Any]) -> int:
        assert record_type is not None  # noqa: S101 - there are no records of a type that is gone
        record_type.rows().filter(pk__in=[each.pk for each in rows]).update(custom=without)
        for each in rows:
            each.custom.pop(row.key, None)
        index_records(record_type, [each for each in rows if each.archived_at is None])
        return len(rows)

    done = go_over(run, made.pk, _holders(row), remove, size=CHUNK)
    if done is None or _empty(run, row) is None:
        return _stopped(made)
    with transaction.atomic(using=current_database()):
        forget_field(row.record_type, row.key, actor=Actor.system(run.tenant_id, "data model"))
        # The journal, kept views and mappings go on naming it: under its key nothing else may ever stand, or what was
        # said of the old field, perhaps hidden from many, would be told of the new one.
        gone = CustomField.objects.filter(pk=row.pk, deleted_at__isnull=False)
        gone.update(options=[], default=None, config={}, relation="", visible_when=None, required_when=None)
        stamp_data_model()
        finish_pass(made.pk)
    return {"state": "removed", "records": done.done}


def _search(run: JobRun, made: DataModelPass) -> dict[str, Any]:
    row = _row(made)
    record_type = None if row is None else _type_of(row)
    if row is None or record_type is None:
        return _gone(made)

    def index(rows: Sequence[Any]) -> int:
        index_records(record_type, rows)
        return len(rows)

    done = go_over(run, made.pk, _holders(row, Q(archived_at__isnull=True)), index, size=CHUNK)
    if done is None:
        return {"state": "stopped"}
    finish_pass(made.pk)
    return {"state": "done", "records": done.done}


def _convert(run: JobRun, made: DataModelPass) -> dict[str, Any]:
    row = _row(made)
    record_type = None if row is None else _type_of(row)
    if row is None or record_type is None or "was" not in row.config:
        return _gone(made)
    actor = Actor.system(run.tenant_id, "data model")
    done = go_over(run, made.pk, _holders(row), lambda rows: convert(record_type, row, rows, actor), size=CHUNK)
    if done is None:
        return {"state": "stopped"}
    with transaction.atomic(using=current_database()):
        current = CustomField.objects.select_for_update().filter(pk=row.pk).first()
        if current is not None:
            current.config = {key: value for key, value in current.config.items() if key != "was"}
            current.save(update_fields=["config"])
        finish_pass(made.pk)
    return {"state": "done", "records": done.changed}


def _row(made: DataModelPass) -> CustomField | None:
    with transaction.atomic(using=current_database()):
        return CustomField.objects.filter(pk=made.subject_id).first() if made.subject_id else None


def _type_of(row: CustomField) -> RecordType | None:
    with transaction.atomic(using=current_database()):
        return find_type_of(row.record_type)


def _gone(made: DataModelPass) -> dict[str, Any]:
    """There is nothing to do any more: what was wanted has been taken back, or done by an earlier pass."""
    finish_pass(made.pk)
    return {"state": "gone"}


def _stopped(made: DataModelPass) -> dict[str, Any]:
    fail_pass(made.pk, keep(WAS_STOPPED))
    return {"state": "stopped"}


def _holders(row: CustomField, more: Q | None = None) -> Callable[[], QuerySet[Any] | None]:
    """The records that hold a value of the field, as the data model is when they are asked for."""

    def records() -> QuerySet[Any] | None:
        record_type = find_type_of(row.record_type)
        if record_type is None:
            return None
        which = Q(custom__has_key=row.key) & (more or Q())
        return with_references(record_type.rows().filter(which), record_type)

    return records


def _fill(record_type: RecordType, field: Any, rows: Sequence[Any]) -> int:
    """Fill in a chunk; answers how many values were there already, which then stand outside of the unique index."""
    try:
        with transaction.atomic(using=current_database()):
            fill_values(record_type, field, rows)
    except IntegrityError:
        if len(rows) == 1:
            fill_values(record_type, replace(field, unique=False), rows)
            return 1
        half = len(rows) // 2
        return _fill(record_type, field, rows[:half]) + _fill(record_type, field, rows[half:])
    return 0


def _empty(run: JobRun, row: CustomField) -> int | None:
    """Remove all typed values of a field, a chunk at a time; None when it was stopped before the last."""
    count = 0
    while not run.is_cancelled():
        with transaction.atomic(using=current_database()):
            run.beat()
            ids = list(FieldValue.objects.filter(field_id=row.pk).values_list("pk", flat=True)[:CHUNK])
            if not ids:
                return count
            count += FieldValue.objects.filter(pk__in=ids).delete()[0]
    return None
