"""Functions that choose between values; only what is chosen is evaluated."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from autocrm.kernel.formulas.comparing import comparison_fault, mixed, same_test
from autocrm.kernel.formulas.context import FormulaContext
from autocrm.kernel.formulas.function import (
    ANYTHING,
    CONDITIONS,
    Arguments,
    Evaluate,
    Function,
    Typed,
    always,
    takes,
)
from autocrm.kernel.formulas.types import BOOLEAN, EMPTY, Type, common_type

GROUP = "logic"


def _common(arguments: Arguments, places: Sequence[int]) -> Type:
    """The type of whichever of these arguments is chosen."""
    found = EMPTY
    for at in places:
        common = common_type(found, arguments.types[at])
        if common is None:
            return arguments.refuse(mixed(found, arguments.types[at]), at)
        found = common
    return found


def _check_if(arguments: Arguments) -> Type:
    if not arguments.has_count(2, 3) or not arguments.is_kind(0, CONDITIONS):
        return EMPTY
    return _common(arguments, range(1, len(arguments.given)))


def _build_if(_typed: Sequence[Typed], parts: Sequence[Evaluate]) -> Evaluate:
    condition, chosen = parts[0], parts[1]
    if len(parts) == 2:
        return lambda row, context: chosen(row, context) if condition(row, context) else None
    otherwise = parts[2]
    return lambda row, context: (chosen if condition(row, context) else otherwise)(row, context)


def _check_case(arguments: Arguments) -> Type:
    if not arguments.has_count(2, None):
        return EMPTY
    pairs = len(arguments.given) // 2
    if [False for at in range(pairs) if not arguments.is_kind(at * 2, CONDITIONS)]:
        return EMPTY
    rest = range(pairs * 2, len(arguments.given))
    return _common(arguments, [*(at * 2 + 1 for at in range(pairs)), *rest])


def _build_case(_typed: Sequence[Typed], parts: Sequence[Evaluate]) -> Evaluate:
    pairs = tuple(zip(parts[::2], parts[1::2], strict=False))
    otherwise = parts[-1] if len(parts) % 2 else None

    def evaluate(row: Any, context: FormulaContext) -> Any:
        for condition, value in pairs:
            if condition(row, context):
                return value(row, context)
        return otherwise(row, context) if otherwise else None

    return evaluate


def _check_switch(arguments: Arguments) -> Type:
    if not arguments.has_count(3, None):
        return EMPTY
    pairs = (len(arguments.given) - 1) // 2
    for pair in range(pairs):
        fault = comparison_fault("=", arguments.given[0], arguments.given[pair * 2 + 1])
        if fault:
            return arguments.refuse(fault, pair * 2 + 1)
    rest = range(pairs * 2 + 1, len(arguments.given))
    return _common(arguments, [*(at * 2 + 2 for at in range(pairs)), *rest])


def _build_switch(typed: Sequence[Typed], parts: Sequence[Evaluate]) -> Evaluate:
    pairs = (len(parts) - 1) // 2
    tests = tuple(
        (same_test(typed[0].type, typed[at * 2 + 1].type), parts[at * 2 + 1], parts[at * 2 + 2]) for at in range(pairs)
    )
    otherwise = parts[-1] if len(parts) % 2 == 0 else None
    subject = parts[0]

    def evaluate(row: Any, context: FormulaContext) -> Any:
        value = subject(row, context)
        for is_same, wanted, chosen in tests:
            if is_same(value, wanted(row, context), context):
                return chosen(row, context)
        return otherwise(row, context) if otherwise else None

    return evaluate


def _check_coalesce(arguments: Arguments) -> Type:
    return _common(arguments, range(len(arguments.given))) if arguments.has_count(1, None) else EMPTY


def _build_coalesce(_typed: Sequence[Typed], parts: Sequence[Evaluate]) -> Evaluate:
    many = tuple(parts)

    def evaluate(row: Any, context: FormulaContext) -> Any:
        for part in many:
            value = part(row, context)
            if value is not None:
                return value
        return None

    return evaluate


LOGIC_FUNCTIONS = (
    Function(
        "if",
        GROUP,
        "if(condition, then, otherwise)",
        _("One value when the condition holds, else the other; without the other it is empty."),
        'if(revenue > 1000000, "large", "small")',
        _check_if,
        _build_if,
    ),
    Function(
        "case",
        GROUP,
        "case(condition, value, condition, value, …, otherwise)",
        _("The value after the first condition that holds, else the last one."),
        'case(score >= 80, "hot", score >= 40, "warm", "cold")',
        _check_case,
        _build_case,
    ),
    Function(
        "switch",
        GROUP,
        "switch(value, is, then, is, then, …, otherwise)",
        _("Looks a value up: what stands after the first that is the same, else the last one."),
        'switch(type, "customer", 1, "lead", 2, 3)',
        _check_switch,
        _build_switch,
    ),
    Function(
        "coalesce",
        GROUP,
        "coalesce(value, value, …)",
        _("The first value that is not empty."),
        "coalesce(mobile, phone)",
        _check_coalesce,
        _build_coalesce,
    ),
    Function(
        "is_empty",
        GROUP,
        "is_empty(value)",
        _("Whether there is no value."),
        "is_empty(email)",
        takes(ANYTHING, result=always(BOOLEAN)),
        lambda _typed, parts: lambda row, context: parts[0](row, context) is None,
    ),
    Function(
        "is_not_empty",
        GROUP,
        "is_not_empty(value)",
        _("Whether there is a value."),
        "is_not_empty(email)",
        takes(ANYTHING, result=always(BOOLEAN)),
        lambda _typed, parts: lambda row, context: parts[0](row, context) is not None,
    ),
)
