"""Reads query parameters into a condition: `?sector=medical&revenue__gt=1000&name__contains=x&closed__this=month`.

The suffix after the last `__` is the operator; without one the usual operator of the kind is meant, and several values
mean "any of". Lists are written by repeating the name or with commas, spans as `30d` or `2 weeks`, days as
`2026-03-31`, `today`, `yesterday`, `tomorrow`, `-7d`.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType

from django.utils.translation import gettext as _

from autocrm.kernel.conditions.binding import Faults, bind_leaf
from autocrm.kernel.conditions.operators import LIST_SHAPES, Shape, shape_of
from autocrm.kernel.conditions.parsing import MOST_LEAVES
from autocrm.kernel.conditions.schema import BoundField, FieldSchema, find_field
from autocrm.kernel.conditions.tree import Condition, Leaf, RelativeDate, Span, Value, all_of
from autocrm.kernel.field_kinds import OPERATORS, FieldKind, Operator, default_operator

_SPAN = re.compile(r"([+-]?\d{1,9}) ?([a-z_]+)", re.ASCII)
_LETTERS: Mapping[str, str] = MappingProxyType(
    {
        "min": "minute",
        "h": "hour",
        "d": "day",
        "w": "week",
        "m": "month",
        "q": "quarter",
        "y": "year",
    }
)
_DAY_WORDS: Mapping[str, int] = MappingProxyType({"yesterday": -1, "today": 0, "tomorrow": 1})
_TRUE, _FALSE = frozenset({"true", "1", "yes"}), frozenset({"false", "0", "no"})


def from_params(params: Mapping[str, Sequence[str]], schema: FieldSchema, *, ignore: Collection[str] = ()) -> Condition:
    """All of the comparisons in `params`, leaving out the names in `ignore` (page, sort).

    Raises Invalid whose `fields` name each wrong parameter; a name that is no readable field is wrong.
    """
    faults = Faults()
    wanted = {name: list(values) for name, values in params.items() if name not in ignore and values}
    if len(wanted) > MOST_LEAVES:
        faults.add("", _("A filter has at most %(most)d comparisons.") % {"most": MOST_LEAVES})
        wanted = {}
    leaves = [_read(name, values, schema, faults) for name, values in wanted.items()]
    faults.raise_if_any()
    return all_of(*(leaf for leaf in leaves if leaf is not None))


def _read(name: str, values: list[str], schema: FieldSchema, faults: Faults) -> Leaf | None:
    found = _split(name, schema)
    if found is None:
        head, _mark, suffix = name.rpartition("__")
        meant = head if suffix in set(Operator) else name
        faults.add(name[:100], _("There is no field “%(field)s”.") % {"field": meant[:100]})
        return None
    bound, operator = found
    chosen = operator or _usual(bound, values)
    if chosen is None:
        faults.add(name, _("Give one value."))
        return None
    leaf = Leaf(bound.id, chosen, _value(bound.field.kind, chosen, values))
    mine = Faults()
    bind_leaf(leaf, schema, path="", faults=mine)
    for messages in mine.found.values():
        for message in messages:
            faults.add(name, message)
    return leaf


def _split(name: str, schema: FieldSchema) -> tuple[BoundField, Operator | None] | None:
    """The field and, when a suffix names one, the operator."""
    bound = find_field(schema, name)
    if bound is not None:
        return bound, None
    head, separator, suffix = name.rpartition("__")
    bound = find_field(schema, head) if separator else None
    if bound is None or suffix not in set(Operator):
        return None
    return bound, Operator(suffix)


def _usual(bound: BoundField, values: list[str]) -> Operator | None:
    kind = bound.field.kind
    if kind is FieldKind.BOOLEAN:
        word = values[0].lower()
        return Operator.IS_TRUE if word in _TRUE else Operator.IS_FALSE if word in _FALSE else None
    if len(values) > 1 and kind is not FieldKind.MULTI_SELECT:
        return Operator.ANY_OF if Operator.ANY_OF in OPERATORS[kind] else None
    return default_operator(kind)


def _value(kind: FieldKind, operator: Operator, values: list[str]) -> Value:
    shape = shape_of(kind, operator)
    if shape in LIST_SHAPES:
        items = values if len(values) > 1 else values[0].split(",")
        return tuple(_item(shape, item) for item in items)
    return _item(shape, values[0])


def _item(shape: Shape, text: str) -> Value:
    read = _ITEMS.get(shape)
    return read(text) if read else text


def _day(text: str) -> Value:
    if text in _DAY_WORDS:
        return RelativeDate("day", _DAY_WORDS[text])
    span = _span(text)
    if isinstance(span, Span):
        return RelativeDate(span.unit, span.n, "now")
    return text


def _span(text: str) -> Value:
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        return text
    unit = found[2]
    return Span(int(found[1]), _LETTERS.get(unit, unit.removesuffix("s")))


def _anniversary(text: str) -> Value:
    span = _span(text)
    if isinstance(span, Span):
        return span
    return None if text in {"", "today"} else _day(text)


def _boolean(text: str) -> Value:
    return True if text.lower() in _TRUE else False if text.lower() in _FALSE else text


_ITEMS: Mapping[Shape, Callable[[str], Value]] = MappingProxyType(
    {
        Shape.NONE: lambda _text: None,
        Shape.DAY: _day,
        Shape.MOMENT: _day,
        Shape.MOMENTS: _day,
        Shape.SPAN: _span,
        Shape.ANNIVERSARY: _anniversary,
        Shape.BOOLEAN: _boolean,
    }
)
