"""Fields as names of the formula language: their types, how they are read from records, how results are stored."""

from collections.abc import Callable, Iterable
from datetime import UTC
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from autocrm.kernel.actors import Actor
from autocrm.kernel.clock import now
from autocrm.kernel.conditions.schema import Storage
from autocrm.kernel.field_kinds import NUMERIC_KINDS, REFERENCE_KINDS, FieldKind
from autocrm.kernel.formulas.arithmetic import EXACT, scaled, unscaled
from autocrm.kernel.formulas.context import FormulaContext
from autocrm.kernel.formulas.types import LIMIT, LONGEST_TEXT, MOST_PLACES, Type, Variable, simple_kind
from autocrm.kernel.permissions import can_read_field, visible_filter
from autocrm.kernel.tenancy import current_tenant_id
from autocrm.records.custom_json import LARGEST_NUMBER
from autocrm.records.fields import Field
from autocrm.records.registry import RecordType, record_types
from autocrm.records.sql_values import storage_of
from autocrm.tenants.selectors import get_tenant

# What changes with every write, or is a list of ids: nothing to calculate with.
_LEFT_OUT = frozenset({"tags", "updated_at", "updated_by"})
_FINEST = Decimal(1).scaleb(-MOST_PLACES)
# The two places that lie between a percentage and the share it is.
PERCENT_PLACES = 2


class TypeNames:
    """What formulas of a record type may name, as far as an actor may see it: its fields, and those one step away."""

    def __init__(self, record_type: RecordType, actor: Actor | None = None) -> None:
        self._type = record_type
        self._actor = actor

    def find(self, name: str) -> Variable | None:
        """The field, or over a relation that of the record it leads to; None hides what may not be seen."""
        head, dot, tail = name.partition(".")
        own = self._field(self._type, head)
        if not dot or own is None:
            return None if own is None else Variable(name, own.label, type_of(own))
        related = self._related(own)
        field = self._field(related, tail) if related else None
        return None if field is None else Variable(name, f"{own.label}: {field.label}", type_of(field, hop=own.key))

    def offered(self) -> Iterable[Variable]:
        """Every name there is."""
        for own in self._fields(self._type):
            yield Variable(own.key, own.label, type_of(own))
            related = self._related(own)
            for field in self._fields(related) if related else ():
                name = f"{own.key}.{field.key}"
                yield Variable(name, f"{own.label}: {field.label}", type_of(field, hop=own.key))

    def _related(self, own: Field) -> RecordType | None:
        """What a relation leads to; not when any of these records is closed to the actor."""
        related = record_types.find(own.relation) if own.kind is FieldKind.RELATION else None
        if related is None or (self._actor is not None and visible_filter(self._actor, related.key)):
            return None
        return related

    def _fields(self, record_type: RecordType) -> list[Field]:
        return [field for field in record_type.all_fields if self._field(record_type, field.key)]

    def _field(self, record_type: RecordType, key: str) -> Field | None:
        field = record_type.by_key.get(key)
        if field is None or key in _LEFT_OUT:
            return None
        is_open = self._actor is None or can_read_field(self._actor, record_type.key, key)
        return field if is_open else None


def type_of(field: Field, *, hop: str = "") -> Type:
    """The type that the values of a field have in formulas; `hop` is the relation that leads to them."""
    kind = simple_kind(field.kind)
    currency = f"{hop}.{field.currency_path}" if hop and field.currency_path else field.currency_path
    return Type(
        kind,
        places=_places(field) if kind in NUMERIC_KINDS else 0,
        currency=currency if kind is FieldKind.CURRENCY else "",
        options=field.options,
        target=field.relation or field.kind if kind in REFERENCE_KINDS else "",
    )


def _places(field: Field) -> int:
    places = field.places if storage_of(field) is Storage.INTEGER or field.custom else MOST_PLACES
    return min(places + (PERCENT_PLACES if field.kind is FieldKind.PERCENT else 0), MOST_PLACES)


def reader_of(field: Field) -> Callable[[Any], Any]:
    """Reads a field of a record as a value of the language."""
    read, turn = field.read, _TURNS.get(field.kind)
    if field.kind in NUMERIC_KINDS:
        places = field.places + (PERCENT_PLACES if field.kind is FieldKind.PERCENT else 0)

        def read_number(record: Any) -> Decimal | None:
            value = read(record)
            return None if value is None else _number(value, places)

        return read_number
    if turn is None:
        return read

    def read_value(record: Any) -> Any:
        value = read(record)
        return None if value is None else turn(value)

    return read_value


def _number(value: Any, places: int) -> Decimal | None:
    if type(value) is int and places <= MOST_PLACES:
        return unscaled(value, places)
    exact = Decimal(str(value)).scaleb(-places, EXACT)
    if not exact.is_finite() or abs(exact) >= LIMIT:
        return None
    return exact if int(exact.as_tuple().exponent) >= -MOST_PLACES else exact.quantize(_FINEST, context=EXACT)


def _text(value: str) -> str | None:
    return value[:LONGEST_TEXT] or None


_TURNS: dict[FieldKind, Callable[[Any], Any]] = {
    FieldKind.TEXT: _text,
    FieldKind.LONG_TEXT: _text,
    FieldKind.EMAIL: _text,
    FieldKind.PHONE: _text,
    FieldKind.URL: _text,
    FieldKind.SELECT: _text,
    FieldKind.DATETIME: lambda value: value.astimezone(UTC),
    FieldKind.MULTI_SELECT: lambda value: frozenset(value) or None,
}


def stored(field: Field, value: Any) -> Any:
    """A value of the language as the field stores it; None when it is empty or has no room there."""
    if value is None:
        return None
    if field.kind in NUMERIC_KINDS:
        units = scaled(value, field.places + (PERCENT_PLACES if field.kind is FieldKind.PERCENT else 0))
        return units if abs(units) <= LARGEST_NUMBER else None
    if isinstance(value, str):
        return value[: field.max_length or LONGEST_TEXT].replace("\x00", "") or None
    return value


def tenant_zone() -> ZoneInfo:
    """Where the days of the workspace begin."""
    try:
        return ZoneInfo(get_tenant(current_tenant_id()).settings.get("time_zone") or "UTC")
    except (KeyError, ValueError):
        return ZoneInfo("UTC")


def formula_context() -> FormulaContext:
    """The moment and the zone that formulas of the tenant in force see."""
    return FormulaContext(now(), tenant_zone())
