"""The long work behind custom fields, chunk by chunk: filling the typed value table, removing values, search.

Each piece looks at the field's row for what is wanted now, may be begun again at any time, and locks the records of a
chunk, so that nobody's newer value is overwritten.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Func, JSONField, Q, QuerySet, Value

from autocrm.kernel.actors import Actor
from autocrm.kernel.jobs import JobRun
from autocrm.kernel.tenancy import current_database
from autocrm.records.custom_kinds import convert
from autocrm.records.custom_layer import field_of
from autocrm.records.field_values import fill_values
from autocrm.records.models import CustomField, FieldValue
from autocrm.records.registry import RecordType, record_types
from autocrm.records.search import index_records
from autocrm.records.selectors import with_references
from autocrm.tenants.services import stamp_data_model

CHUNK = 1_000


def fill_values_of(run: JobRun) -> Mapping[str, Any]:
    """Bring the typed value table to what the field's row asks for: filled in and ready, or empty."""
    with _row(run) as row:
        if row is None:
            return {"state": "gone"}
        wanted = row.typed != CustomField.Typed.OFF
        record_type = record_types.find(row.record_type)
    if not wanted or record_type is None:
        return {"state": "emptied", "removed": _empty(run, row)}
    done, repeated = 0, 0
    field = replace(field_of(row), typed=True, indexed=False)
    for rows in _chunks(run, record_type, Q(custom__has_key=row.key)):
        done += len(rows)
        repeated += _fill(record_type, field, rows)
    with transaction.atomic(using=current_database()):
        current = CustomField.objects.select_for_update().filter(pk=row.pk, typed=CustomField.Typed.FILLING).first()
        if current is not None:
            current.typed = CustomField.Typed.READY
            current.save(update_fields=["typed"])
            stamp_data_model()
    return {"state": "ready", "records": done, "repeated": repeated}


def remove_values_of(run: JobRun) -> Mapping[str, Any]:
    """Remove what all records hold in a deleted field, and then the field's row, so that its key is free again."""
    with _row(run) as row:
        if row is None or row.deleted_at is None:
            return {"state": "gone"}
        record_type = record_types.find(row.record_type)
    count = 0
    if record_type is not None:
        for rows in _chunks(run, record_type, Q(custom__has_key=row.key)):
            count += len(rows)
            without = Func(F("custom"), Value(row.key), template="(%(expressions)s)", arg_joiner=" - ")
            without.output_field = JSONField()
            record_type.rows().filter(pk__in=[each.pk for each in rows]).update(custom=without)
            for each in rows:
                each.custom.pop(row.key, None)
            index_records(record_type, [each for each in rows if each.archived_at is None])
    _empty(run, row)
    with transaction.atomic(using=current_database()):
        CustomField.objects.filter(pk=row.pk, deleted_at__isnull=False).delete()
        stamp_data_model()
    return {"state": "removed", "records": count}


def search_again(run: JobRun) -> Mapping[str, Any]:
    """Write the search rows anew of all records that hold a value of the field."""
    with _row(run) as row:
        record_type = None if row is None else record_types.find(row.record_type)
    if row is None or record_type is None:
        return {"state": "gone"}
    count = 0
    for rows in _chunks(run, record_type, Q(custom__has_key=row.key, archived_at__isnull=True)):
        index_records(record_type, rows)
        count += len(rows)
    return {"state": "done", "records": count}


def convert_values_of(run: JobRun) -> Mapping[str, Any]:
    """Go over all records after the kind of a field changed, and forget what it was before."""
    with _row(run) as row:
        record_type = None if row is None else record_types.find(row.record_type)
    if row is None or record_type is None or "was" not in row.config:
        return {"state": "gone"}
    actor, count = Actor.system(run.tenant_id, "data model"), 0
    for rows in _chunks(run, record_type, Q(custom__has_key=row.key)):
        count += convert(record_type, row, rows, actor)
    with transaction.atomic(using=current_database()):
        current = CustomField.objects.select_for_update().get(pk=row.pk)
        current.config = {key: value for key, value in current.config.items() if key != "was"}
        current.save(update_fields=["config"])
    return {"state": "done", "records": count}


@contextmanager
def _row(run: JobRun) -> Iterator[CustomField | None]:
    with transaction.atomic(using=current_database()):
        yield CustomField.objects.filter(pk=UUID(str(run.payload["field_id"]))).first()


def _chunks(run: JobRun, record_type: RecordType, which: Q) -> Iterator[Sequence[Any]]:
    """The records in the order of their ids, a chunk at a time, each in a transaction of its own and locked."""
    last: UUID | None = None
    while not run.is_cancelled():
        with transaction.atomic(using=current_database()):
            run.beat()
            found: QuerySet[Any] = record_type.rows().filter(which)
            if last is not None:
                found = found.filter(pk__gt=last)
            found = with_references(found, record_type).select_for_update(of=("self",), no_key=True)
            rows = list(found.order_by("pk")[:CHUNK])
            if not rows:
                return
            yield rows
            last = rows[-1].pk


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


def _empty(run: JobRun, row: CustomField) -> int:
    """Remove all typed values of a field, a chunk at a time."""
    count = 0
    while not run.is_cancelled():
        with transaction.atomic(using=current_database()):
            run.beat()
            ids = list(FieldValue.objects.filter(field_id=row.pk).values_list("pk", flat=True)[:CHUNK])
            if not ids:
                break
            count += FieldValue.objects.filter(pk__in=ids).delete()[0]
    return count
