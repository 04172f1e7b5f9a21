"""Describes a schema to the filter builder of the page: fields, operators, the shape of each value, choices, units."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from autocrm.kernel.conditions.binding import allowed_operators
from autocrm.kernel.conditions.operators import LABELS, Shape, shape_of
from autocrm.kernel.conditions.periods import DAY_UNITS, UNITS
from autocrm.kernel.conditions.schema import BoundField, FieldSchema
from autocrm.kernel.field_kinds import KIND_LABELS, FieldKind, Operator, default_operator


def builder_schema(schema: FieldSchema, *, trigger: bool = False) -> list[dict[str, Any]]:
    """Every readable field, those of related records after them, each with what it can be compared with.

    JSON-ready and in the language of the reader. `trigger` adds the operators that need an old state.
    """
    return [_field(bound, trigger=trigger) for bound in _reachable(schema)]


def unit_choices(*, clock: bool) -> list[dict[str, str]]:
    """The units of time to offer; `clock` adds hours and minutes."""
    labels = {
        "minute": _("minutes"),
        "hour": _("hours"),
        "day": _("days"),
        "week": _("weeks"),
        "month": _("months"),
        "quarter": _("quarters"),
        "year": _("years"),
        "fiscal_quarter": _("fiscal quarters"),
        "fiscal_year": _("fiscal years"),
    }
    return [{"value": unit, "label": labels[unit]} for unit in (UNITS if clock else DAY_UNITS)]


def _reachable(schema: FieldSchema) -> Iterator[BoundField]:
    own = [field for field in schema.fields() if field.readable]
    yield from (BoundField(field) for field in own)
    for hop in own:
        if hop.related is not None:
            yield from (BoundField(field, hop) for field in hop.related.fields() if field.readable)


def _field(bound: BoundField, *, trigger: bool) -> dict[str, Any]:
    field = bound.field
    described: dict[str, Any] = {
        "id": bound.id,
        "label": bound.label,
        "group": str(bound.hop.label) if bound.hop else "",
        "kind": field.kind.value,
        "kind_label": str(KIND_LABELS[field.kind]),
        "nullable": field.nullable,
        "operators": [_operator(op, field.kind) for op in allowed_operators(bound, trigger=trigger)],
    }
    if field.options is not None:
        described["options"] = [
            {"value": option.value, "label": str(option.label)} for option in field.options if option.active
        ]
    if field.kind is FieldKind.CURRENCY:
        described |= {"currency": field.currency, "decimal_places": field.places}
    return described


def _operator(operator: Operator, kind: FieldKind) -> dict[str, Any]:
    shape = shape_of(kind, operator)
    described: dict[str, Any] = {
        "id": operator.value,
        "label": str(LABELS[operator]),
        "shape": shape.value,
        "default": operator is default_operator(kind),
    }
    if shape in {Shape.UNIT, Shape.SPAN, Shape.ANNIVERSARY, Shape.MOMENT, Shape.MOMENTS, Shape.DAY}:
        clock = kind is FieldKind.DATETIME and shape in {Shape.SPAN, Shape.MOMENT, Shape.MOMENTS}
        described["units"] = unit_choices(clock=clock)
    return described
