"""Says a condition in words: "Sector is medical and Revenue is more than 1,000". In the language of the reader."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from autocrm.kernel.conditions.binding import BoundLeaf, Faults, bind_leaf
from autocrm.kernel.conditions.operators import SENTENCES, Shape, shape_of
from autocrm.kernel.conditions.patterns import SafePattern
from autocrm.kernel.conditions.schema import ConditionField, FieldSchema
from autocrm.kernel.conditions.tree import EVERYTHING, Condition, Group, Leaf, RelativeDate, Span
from autocrm.kernel.errors import Text
from autocrm.kernel.field_kinds import FieldKind, Operator

_PERIODS: Mapping[tuple[int, str], Text] = MappingProxyType(
    {
        (-1, "day"): gettext_lazy("yesterday"),
        (0, "day"): gettext_lazy("today"),
        (1, "day"): gettext_lazy("tomorrow"),
        (-1, "week"): gettext_lazy("last week"),
        (0, "week"): gettext_lazy("this week"),
        (1, "week"): gettext_lazy("next week"),
        (-1, "month"): gettext_lazy("last month"),
        (0, "month"): gettext_lazy("this month"),
        (1, "month"): gettext_lazy("next month"),
        (-1, "quarter"): gettext_lazy("last quarter"),
        (0, "quarter"): gettext_lazy("this quarter"),
        (1, "quarter"): gettext_lazy("next quarter"),
        (-1, "year"): gettext_lazy("last year"),
        (0, "year"): gettext_lazy("this year"),
        (1, "year"): gettext_lazy("next year"),
        (-1, "fiscal_quarter"): gettext_lazy("last fiscal quarter"),
        (0, "fiscal_quarter"): gettext_lazy("this fiscal quarter"),
        (1, "fiscal_quarter"): gettext_lazy("next fiscal quarter"),
        (-1, "fiscal_year"): gettext_lazy("last fiscal year"),
        (0, "fiscal_year"): gettext_lazy("this fiscal year"),
        (1, "fiscal_year"): gettext_lazy("next fiscal year"),
    }
)
_PERIOD_OFFSETS: Mapping[Operator, int] = MappingProxyType({Operator.LAST: -1, Operator.THIS: 0, Operator.NEXT: 1})

_NEAR_DAYS: Mapping[int, Operator] = MappingProxyType({-1: Operator.YESTERDAY, 0: Operator.TODAY, 1: Operator.TOMORROW})


def describe(condition: Condition, schema: FieldSchema) -> str:
    """The condition as a sentence. A field that is gone or hidden is said to be so, and no value of it is shown."""
    if condition == EVERYTHING:
        return _("everything")
    return _node(condition, schema, inside=False)


def count_of_units(n: int, unit: str) -> str:
    """A length of time such as "30 days", in words of the reader."""
    words: Mapping[str, Callable[[], str]] = {
        "minute": lambda: ngettext("%(n)d minute", "%(n)d minutes", n),
        "hour": lambda: ngettext("%(n)d hour", "%(n)d hours", n),
        "day": lambda: ngettext("%(n)d day", "%(n)d days", n),
        "week": lambda: ngettext("%(n)d week", "%(n)d weeks", n),
        "month": lambda: ngettext("%(n)d month", "%(n)d months", n),
        "quarter": lambda: ngettext("%(n)d quarter", "%(n)d quarters", n),
        "year": lambda: ngettext("%(n)d year", "%(n)d years", n),
        "fiscal_quarter": lambda: ngettext("%(n)d fiscal quarter", "%(n)d fiscal quarters", n),
        "fiscal_year": lambda: ngettext("%(n)d fiscal year", "%(n)d fiscal years", n),
    }
    return words[unit]() % {"n": n}


def _node(condition: Condition, schema: FieldSchema, *, inside: bool) -> str:
    if isinstance(condition, Leaf):
        return _leaf(condition, schema)
    return _group(condition, schema, inside=inside)


def _group(group: Group, schema: FieldSchema, *, inside: bool) -> str:
    if group.op == "not":
        return _("not (%(condition)s)") % {"condition": _node(group.args[0], schema, inside=False)}
    parts = [_node(arg, schema, inside=len(group.args) > 1) for arg in group.args]
    joined = (_(" and ") if group.op == "and" else _(" or ")).join(parts)
    return f"({joined})" if inside and len(parts) > 1 else joined


def _leaf(leaf: Leaf, schema: FieldSchema) -> str:
    bound = bind_leaf(leaf, schema, path="", faults=Faults(), trigger=True)
    if bound is None:
        return _("a comparison that is no longer possible")
    names: dict[str, str] = {"field": bound.field.label}
    if bound.operator is Operator.ON and isinstance(bound.operand, RelativeDate) and bound.operand.unit == "day":
        sentence = _NEAR_DAYS.get(bound.operand.n)
        if sentence is not None:
            return str(SENTENCES[sentence]) % names
    if bound.operator is Operator.BETWEEN:
        names["low"], names["high"] = (_value(bound, value) for value in _items(bound.operand))
    else:
        names["value"] = _operand(bound)
    return str(SENTENCES[bound.operator]) % names


def _operand(bound: BoundLeaf) -> str:
    if bound.operator in _PERIOD_OFFSETS:
        return str(_PERIODS[_PERIOD_OFFSETS[bound.operator], str(bound.operand)])
    if bound.operator is Operator.ANNIVERSARY:
        return _anniversary(bound)
    if isinstance(bound.operand, tuple):
        last_word = _("and") if bound.operator is Operator.HAS_ALL else _("or")
        return get_text_list([_value(bound, value) for value in _items(bound.operand)], last_word)
    return "" if bound.operand is None else _value(bound, bound.operand)


def _items(operand: Any) -> Iterable[Any]:
    return operand if isinstance(operand, tuple) else (operand,)


def _anniversary(bound: BoundLeaf) -> str:
    if bound.operand is None:
        return _("today")
    if isinstance(bound.operand, Span):
        return _("within the next %(span)s") % {"span": _value(bound, bound.operand)}
    if isinstance(bound.operand, date):
        return _("on %(day)s") % {"day": date_format(bound.operand, "MONTH_DAY_FORMAT")}
    return _value(bound, bound.operand)


def _value(bound: BoundLeaf, value: Any) -> str:
    """One value in words."""
    field = bound.field.field
    if shape_of(field.kind, bound.operator) in {Shape.CHOICE, Shape.CHOICES, Shape.REFERENCE, Shape.REFERENCES}:
        return _named(field, value)
    for kind, say in _SAY:
        if isinstance(value, kind):
            return say(bound, value)
    return str(value)


def _named(field: ConditionField, value: Any) -> str:
    if field.value_label is not None:
        return field.value_label(value)
    options = {option.value: option.label for option in field.options or ()}
    return str(options.get(str(value), value))


def _say_boolean(_bound: BoundLeaf, value: Any) -> str:
    return _("yes") if value else _("no")


def _say_number(bound: BoundLeaf, value: Decimal) -> str:
    number = number_format(format(value, "f"), force_grouping=True)
    field = bound.field.field
    if field.kind is FieldKind.PERCENT:
        return _("%(number)s%%") % {"number": number}
    currency = bound.currency or field.currency
    return f"{number} {currency}" if currency else number


def _say_moment(_bound: BoundLeaf, value: datetime) -> str:
    return f"{_say_day(_bound, value)}, {value:%H:%M}"


def _say_day(_bound: BoundLeaf, value: date) -> str:
    # As everywhere in the product ("6 Nov 2026", "06.11.2026"), not in the long form that Django has for a language.
    return date_format(value, pgettext("day", "j M Y"))


def _say_span(_bound: BoundLeaf, value: Span) -> str:
    return count_of_units(value.n, value.unit)


def _say_relative(_bound: BoundLeaf, value: RelativeDate) -> str:
    if value.anchor != "now" or value.unit == "day":
        period = _PERIODS.get((value.n, value.unit))
        if period is not None:
            return str(period) if value.unit == "day" else _("the start of %(period)s") % {"period": period}
    if value.n == 0:
        return _("now")
    distance = count_of_units(abs(value.n), value.unit)
    if value.anchor != "now" and value.unit != "day":
        text = (
            _("the start of the period %(distance)s ago")
            if value.n < 0
            else _("the start of the period in %(distance)s")
        )
        return text % {"distance": distance}
    return (_("%(distance)s ago") if value.n < 0 else _("in %(distance)s")) % {"distance": distance}


def _say_pattern(_bound: BoundLeaf, value: SafePattern) -> str:
    return value.source


# The first that fits: a bool is no number here, a datetime is also a date.
_SAY: tuple[tuple[type[Any], Callable[[BoundLeaf, Any], str]], ...] = (
    (bool, _say_boolean),
    (Decimal, _say_number),
    (datetime, _say_moment),
    (date, _say_day),
    (Span, _say_span),
    (RelativeDate, _say_relative),
    (SafePattern, _say_pattern),
)
