"""The typed value table: the values of indexed custom fields once more, each in a column of its own type.

Responsibilities: keep it in step with the records, in the transaction that writes them, one or many at a time. A
unique value that exists already is refused by the table's unique index, whoever writes at the same moment.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connections, router, transaction
from django.utils.translation import gettext as _

from autocrm.kernel.errors import Invalid
from autocrm.kernel.field_kinds import FieldKind
from autocrm.kernel.ids import new_id
from autocrm.kernel.normalise import normalise_email
from autocrm.kernel.staging import Column, staged
from autocrm.kernel.tenancy import current_tenant_id
from autocrm.records.fields import Field
from autocrm.records.models import FieldValue
from autocrm.records.registry import RecordType
from autocrm.records.sql_values import COLUMNS, custom_id, indexed_text, storage_of

# The kinds that the table takes: one value, of a size that fits into an index.
INDEXABLE = frozenset(FieldKind) - {FieldKind.LONG_TEXT, FieldKind.MULTI_SELECT}
UNIQUE_KINDS = frozenset(
    {FieldKind.TEXT, FieldKind.EMAIL, FieldKind.PHONE, FieldKind.URL, FieldKind.NUMBER, FieldKind.DATE}
)
LONGEST_INDEXED = 300
_TYPES = {
    "text": "text",
    "number": "bigint",
    "day": "date",
    "moment": "timestamptz",
    "reference": "uuid",
    "flag": "bool",
}


def typed_fields(record_type: RecordType) -> list[Field]:
    """The fields of a type whose values stand in the table."""
    return [field for field in record_type.fields if field.typed]


def indexed_value(field: Field, value: Any) -> Any:
    """A stored value as the table keeps it: texts in the form that conditions compare."""
    return indexed_text(field, value) if isinstance(value, str) else value


def unique_key(field: Field, value: Any) -> str | None:
    """What must not be there twice: the value without case and spare spaces; None for fields that may repeat."""
    if not field.unique or value is None:
        return None
    if field.kind is FieldKind.EMAIL:
        return normalise_email(value) or value.casefold()
    return " ".join(str(value).split()).casefold()


def find_unique(field: Field, keys: Iterable[str]) -> dict[str, UUID]:
    """Which record has which of these unique values (`unique_key`), those in the bin included."""
    if field.custom_id is None:
        return {}
    found = FieldValue.objects.filter(field_id=field.custom_id, unique_key__in=list(keys))
    return {key: record_id for key, record_id in found.values_list("unique_key", "record_id") if key is not None}


def store_values(record_type: RecordType, record: Any, keys: Iterable[str] | None = None) -> None:
    """Write the values of one record, all or those of the fields named by `keys`. Raises Invalid at a unique field."""
    wanted = None if keys is None else set(keys)
    fields = [field for field in typed_fields(record_type) if wanted is None or field.key in wanted]
    if not fields:
        return
    try:
        with transaction.atomic(using=router.db_for_write(FieldValue)):
            _write(record_type, fields, [record])
    except IntegrityError as error:
        taken = [field for field in fields if _is_taken(field, record)]
        if not taken:
            raise
        raise Invalid(fields={field.key: [_("Another record has this value already.")] for field in taken}) from error


def store_many(record_type: RecordType, records: Sequence[Any], keys: Iterable[str] | None = None) -> None:
    """Write the values of many records at once. Raises IntegrityError when a unique value is there already."""
    wanted = None if keys is None else set(keys)
    _write(record_type, [each for each in typed_fields(record_type) if wanted is None or each.key in wanted], records)


def fill_values(record_type: RecordType, field: Field, records: Sequence[Any]) -> None:
    """Write the values of one field for records that are locked by the caller."""
    _write(record_type, [field], records)


def forget_records(record_type: RecordType, ids: Iterable[UUID]) -> None:
    """Remove all values of records that are deleted for good."""
    FieldValue.objects.filter(record_type=record_type.key, record_id__in=list(ids)).delete()


def _write(record_type: RecordType, fields: Sequence[Field], records: Sequence[Any]) -> None:
    filled: list[tuple[Field, Any, Any]] = []
    for field in fields:
        emptied = []
        for record in records:
            value = field.read(record)
            if value is None:
                emptied.append(record.id)
            else:
                filled.append((field, record, value))
        if emptied:
            FieldValue.objects.filter(field_id=custom_id(field), record_id__in=emptied).delete()
    if filled:
        _upsert(record_type, filled)


_UPSERT = """
    INSERT INTO records_fieldvalue AS old
        (tenant_id, record_type, id, field_id, record_id, unique_key, {names})
    SELECT %s, %s, n.id, n.field_id, n.record_id, n.unique_key, {values} FROM ({rows}) AS n
    ON CONFLICT (tenant_id, field_id, record_id) DO UPDATE SET unique_key = EXCLUDED.unique_key, {sets}
"""


def _upsert(record_type: RecordType, filled: Sequence[tuple[Field, Any, Any]]) -> None:
    using = router.db_for_write(FieldValue)
    if any(field.unique for field, _record, _value in filled):
        # Two that write the same unique values in the same order wait for each other; in different ones they lock up.
        filled = sorted(filled, key=lambda each: (str(each[0].custom_id), unique_key(each[0], each[2]) or ""))
    values: dict[str, list[Any]] = {}
    for at, (field, _record, value) in enumerate(filled):
        column = COLUMNS[storage_of(field)]
        values.setdefault(column, [None] * len(filled))[at] = indexed_value(field, value)
    columns = [
        Column("id", "uuid", [new_id() for _each in filled]),
        Column("field_id", "uuid", [field.custom_id for field, _record, _value in filled]),
        Column("record_id", "uuid", [record.id for _field, record, _value in filled]),
        Column("unique_key", "text", [unique_key(field, value) for field, _record, value in filled]),
        *(Column(name, _TYPES[name], column) for name, column in values.items()),
    ]
    # The other columns are NULL; a kind that changed leaves nothing behind.
    sets = ", ".join(f"{name} = EXCLUDED.{name}" for name in _TYPES)
    names = ", ".join(_TYPES)
    chosen = ", ".join(f"n.{name}" if name in values else "NULL" for name in _TYPES)
    with staged(columns, using=using) as rows, connections[using].cursor() as cursor:
        statement = _UPSERT.format(names=names, values=chosen, rows=rows, sets=sets)
        cursor.execute(statement, [current_tenant_id(), record_type.key, *rows.params])


def _is_taken(field: Field, record: Any) -> bool:
    """Whether another record has the value that `record` should get."""
    key = unique_key(field, field.read(record))
    found = FieldValue.objects.filter(field_id=custom_id(field), unique_key=key).exclude(record_id=record.id)
    return key is not None and found.exists()
