"""Each plain test in Python, on a value in the type of its column. The counterpart of `sql`, test for test."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from autocrm.kernel.conditions.context import ConditionContext, Row
from autocrm.kernel.conditions.operands import comparable_text
from autocrm.kernel.conditions.plain_tests import (
    DayOfYear,
    Empty,
    HasAll,
    HasAny,
    Match,
    Never,
    OneOf,
    Part,
    Range,
    Test,
)
from autocrm.kernel.conditions.rows import is_empty, read_value
from autocrm.kernel.conditions.schema import BoundField, ConditionField


def passes(bound: BoundField, test: Test, context: ConditionContext) -> Callable[[Row], bool]:
    """A function that says whether the value of `bound` in a row passes `test`; of several values, whether one does."""

    def present(row: Row) -> list[Any]:
        value = read_value(bound, row, context.tz)
        values = value if isinstance(value, list) else [value]
        return [item for item in values if not is_empty(item)]

    if isinstance(test, Empty):
        return lambda row: not present(row)
    check = _CHECKS[type(test)]
    return lambda row: any(check(bound.field, test, value) for value in present(row))


def _never(_field: ConditionField, _test: Never, _value: Any) -> bool:
    return False


def _one_of(field: ConditionField, test: OneOf, value: Any) -> bool:
    return (comparable_text(field, value) if test.comparable else value) in test.values


def _range(_field: ConditionField, test: Range, value: Any) -> bool:
    above = test.low is None or value > test.low.value or (test.low.inclusive and value == test.low.value)
    below = test.high is None or value < test.high.value or (test.high.inclusive and value == test.high.value)
    return above and below


def _part(field: ConditionField, test: Part, value: str) -> bool:
    text = comparable_text(field, value)
    if test.where == "contains":
        return test.text in text
    return text.startswith(test.text) if test.where == "starts" else text.endswith(test.text)


def _match(_field: ConditionField, test: Match, value: str) -> bool:
    return test.pattern.found_in(value)


def _day_of_year(_field: ConditionField, test: DayOfYear, value: date) -> bool:
    day = value.astimezone(test.tz) if isinstance(value, datetime) and test.tz else value
    return day.month * 100 + day.day in test.days


def _has_any(_field: ConditionField, test: HasAny, value: frozenset[Any]) -> bool:
    return not value.isdisjoint(test.values)


def _has_all(_field: ConditionField, test: HasAll, value: frozenset[Any]) -> bool:
    return value.issuperset(test.values)


_CHECKS: Mapping[type[Test], Callable[[ConditionField, Any, Any], bool]] = MappingProxyType(
    {
        Never: _never,
        OneOf: _one_of,
        Range: _range,
        Part: _part,
        Match: _match,
        DayOfYear: _day_of_year,
        HasAny: _has_any,
        HasAll: _has_all,
    }
)
