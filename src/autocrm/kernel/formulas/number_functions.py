"""Functions of numbers: rounding, the smaller and the larger, percents and amounts."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from autocrm.kernel.field_kinds import FieldKind
from autocrm.kernel.formulas.arithmetic import ceil_to, floor_to, round_to
from autocrm.kernel.formulas.calendar import day_of
from autocrm.kernel.formulas.comparing import mixed
from autocrm.kernel.formulas.context import FormulaContext
from autocrm.kernel.formulas.function import (
    DAYS,
    NUMBERS,
    Arguments,
    Build,
    Check,
    Evaluate,
    Function,
    Typed,
    strict,
    takes,
)
from autocrm.kernel.formulas.tree import Literal, Node, Unary
from autocrm.kernel.formulas.types import DATE, EMPTY, MOST_PLACES, Type, common_type, money, percent

GROUP = "number"
LEAST_PLACES = -12


def _check_rounding(arguments: Arguments) -> Type:
    if not arguments.has_count(1, 2) or not arguments.is_kind(0, NUMBERS):
        return EMPTY
    places = arguments.whole_literal(1, LEAST_PLACES, MOST_PLACES) if len(arguments.given) > 1 else 0
    return EMPTY if places is None else replace(_numeric(arguments.types[0]), places=max(places, 0))


def _numeric(type_: Type) -> Type:
    return type_ if type_.is_number else Type(FieldKind.NUMBER)


def _rounding(run: Callable[[Decimal, int], Decimal | None]) -> Build:
    def build(typed: Sequence[Typed], parts: Sequence[Evaluate]) -> Evaluate:
        places = _whole(typed[1].node) if len(typed) > 1 else 0
        return strict(lambda value: run(value, places))(typed[:1], parts[:1])

    return build


def _whole(node: Node) -> int:
    if isinstance(node, Unary):
        return -_whole(node.operand)
    return int(node.value) if isinstance(node, Literal) and isinstance(node.value, Decimal) else 0


def _check_extreme(arguments: Arguments) -> Type:
    """Numbers or days, all of one sort."""
    if not arguments.has_count(1, None):
        return EMPTY
    if not all(arguments.is_kind(at, (*NUMBERS, *DAYS)) for at in range(len(arguments.given))):
        return EMPTY
    if {each.kind for each in arguments.types} - {None} == {FieldKind.DATE, FieldKind.DATETIME}:
        return DATE
    found = EMPTY
    for at, type_ in enumerate(arguments.types):
        common = common_type(found, type_)
        if common is None:
            return arguments.refuse(mixed(arguments.types[0], type_), at)
        found = common
    return found


def _extreme(choose: Callable[[list[Any]], Any]) -> Build:
    def build(typed: Sequence[Typed], parts: Sequence[Evaluate]) -> Evaluate:
        many = tuple(parts)
        kinds = {each.type.kind for each in typed}
        as_days = {FieldKind.DATE, FieldKind.DATETIME} <= kinds

        def evaluate(row: Any, context: FormulaContext) -> Any:
            values = [value for value in [part(row, context) for part in many] if value is not None]
            if as_days:
                values = [day_of(value, context.tz) for value in values]
            return choose(values) if values else None

        return evaluate

    return build


def _check_percent(arguments: Arguments) -> Type:
    fits = arguments.has_count(1, 1) and arguments.is_kind(0, (FieldKind.NUMBER, FieldKind.PERCENT))
    return percent(arguments.types[0].places) if fits else EMPTY


def _check_currency(arguments: Arguments) -> Type:
    fits = arguments.has_count(1, 1) and arguments.is_kind(0, (FieldKind.NUMBER, FieldKind.CURRENCY))
    return money(arguments.types[0].places) if fits else EMPTY


def _same(_typed: Sequence[Typed], parts: Sequence[Evaluate]) -> Evaluate:
    return parts[0]


_KEEPS: Check = takes(NUMBERS, result=lambda types: _numeric(types[0]))

NUMBER_FUNCTIONS = (
    Function(
        "round",
        GROUP,
        "round(number, places)",
        _("The number rounded to so many decimal places, a half away from zero; without places to a whole number."),
        "round(revenue / 12, 2)",
        _check_rounding,
        _rounding(round_to),
    ),
    Function(
        "floor",
        GROUP,
        "floor(number, places)",
        _("The next number below, whole or with so many decimal places."),
        "floor(score / 10)",
        _check_rounding,
        _rounding(floor_to),
    ),
    Function(
        "ceil",
        GROUP,
        "ceil(number, places)",
        _("The next number above, whole or with so many decimal places."),
        "ceil(seats / 5)",
        _check_rounding,
        _rounding(ceil_to),
    ),
    Function("abs", GROUP, "abs(number)", _("The number without its sign."), "abs(change)", _KEEPS, strict(abs)),
    Function(
        "min",
        GROUP,
        "min(value, value, …)",
        _("The smallest number or the earliest day; empty values do not count."),
        "min(revenue, 1000000)",
        _check_extreme,
        _extreme(min),
    ),
    Function(
        "max",
        GROUP,
        "max(value, value, …)",
        _("The largest number or the latest day; empty values do not count."),
        "max(score, 0)",
        _check_extreme,
        _extreme(max),
    ),
    Function(
        "percent",
        GROUP,
        "percent(number)",
        _("A share as a percent: 0.25 is 25%."),
        "percent(won / (won + lost))",
        _check_percent,
        _same,
    ),
    Function(
        "currency",
        GROUP,
        "currency(number)",
        _("A bare number as an amount of money in the currency of the workspace."),
        "currency(employees * 1200)",
        _check_currency,
        _same,
    ),
)
