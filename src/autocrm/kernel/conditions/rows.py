"""Reads the value of a field from a row in Python, in the type its column has in the database.

Rows are what journal snapshots, workflow variables and models look like: a mapping by field id (values as the database
or JSON keeps them, related fields under "company.sector" or nested under "company"), or an object with the declared
paths. A field with a `getter` is always read through it.
"""

import math
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, cast
from zoneinfo import ZoneInfo

from autocrm.kernel.conditions.context import Row
from autocrm.kernel.conditions.operands import read_key
from autocrm.kernel.conditions.schema import BoundField, ConditionField, Storage
from autocrm.kernel.field_kinds import FieldKind


def read_value(bound: BoundField, row: Row, tz: ZoneInfo) -> Any:
    """The value of a field in `row`, in the type its column has; None is empty. Text stays as written."""
    raw = _raw(bound, row)
    return None if raw is None else _typed(bound.field, raw, tz)


def is_empty(value: Any) -> bool:
    """NULL, the empty text, the empty list."""
    return value is None or value in ("", frozenset())


def _raw(bound: BoundField, row: Row) -> Any:
    if bound.hop is None:
        return _own(bound.field, row)
    if isinstance(row, Mapping):
        if bound.id in row:
            return row[bound.id]
        related = row.get(bound.hop.id)
    else:
        related = _walk(row, bound.hop.prefix_to_related.removesuffix("__"))
    return None if related is None else _own(bound.field, related)


def _own(field: ConditionField, row: Row) -> Any:
    if field.getter is not None:
        return field.getter(row)
    if isinstance(row, Mapping):
        return row.get(field.id)
    if not field.path:
        raise LookupError(f"field {field.id} has no column: to read it from an object it needs a getter")
    return _walk(row, field.path)


def _walk(row: Row, path: str) -> Any:
    """Follow a declared path; a missing link on the way is an empty value."""
    value: Any = row
    for name in path.split("__"):
        if value is None:
            return None
        value = getattr(value, name)
    return value


def _typed(field: ConditionField, raw: Any, tz: ZoneInfo) -> Any:
    if field.kind is FieldKind.MULTI_SELECT:
        return frozenset(read_key(field, item) for item in _many(raw) if item not in (None, ""))
    if field.through is not None and isinstance(raw, (list, tuple, set, frozenset)):
        return [_TYPES[field.stored_as](field, item, tz) for item in raw if item is not None]
    return _TYPES[field.stored_as](field, raw, tz)


def _many(raw: Any) -> Collection[Any]:
    return cast("Collection[Any]", raw) if isinstance(raw, (list, tuple, set, frozenset)) else (raw,)


def _identity(raw: Any) -> Any:
    """The id of a related record that stands there whole, as an object or a mapping."""
    return raw.get("id") if isinstance(raw, Mapping) else getattr(raw, "pk", raw)


def _typed_text(field: ConditionField, raw: Any, _tz: ZoneInfo) -> str:
    return str(_identity(raw))


def _typed_integer(field: ConditionField, raw: Any, _tz: ZoneInfo) -> int:
    return int(_identity(raw))


def _typed_decimal(field: ConditionField, raw: Any, _tz: ZoneInfo) -> Decimal:
    return raw if isinstance(raw, Decimal) else Decimal(str(raw))


def _typed_float(field: ConditionField, raw: Any, _tz: ZoneInfo) -> float:
    """PostgreSQL sorts "not a number" above every number; so does infinity, and it compares."""
    number = float(raw)
    return math.inf if math.isnan(number) else number


def _typed_boolean(field: ConditionField, raw: Any, _tz: ZoneInfo) -> bool:
    return bool(raw)


def _typed_date(field: ConditionField, raw: Any, tz: ZoneInfo) -> date:
    if isinstance(raw, datetime):
        return raw.date() if raw.tzinfo is None else raw.astimezone(tz).date()
    return raw if isinstance(raw, date) else date.fromisoformat(str(raw))


def _typed_datetime(field: ConditionField, raw: Any, tz: ZoneInfo) -> datetime:
    """In UTC: two datetimes of one zone would be compared by their clocks, wrongly in the hour that comes twice."""
    moment = raw if isinstance(raw, datetime) else datetime.fromisoformat(str(raw))
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=tz)).astimezone(UTC)


def _typed_uuid(field: ConditionField, raw: Any, _tz: ZoneInfo) -> Any:
    return read_key(field, _identity(raw))


_TYPES: Mapping[Storage, Callable[[ConditionField, Any, ZoneInfo], Any]] = MappingProxyType(
    {
        Storage.TEXT: _typed_text,
        Storage.INTEGER: _typed_integer,
        Storage.DECIMAL: _typed_decimal,
        Storage.FLOAT: _typed_float,
        Storage.BOOLEAN: _typed_boolean,
        Storage.DATE: _typed_date,
        Storage.DATETIME: _typed_datetime,
        Storage.UUID: _typed_uuid,
    }
)
