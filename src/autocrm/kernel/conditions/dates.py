"""Lowers the operators of dates: every one becomes a half-open range of days or instants, or days of the year.

A day of a date-and-time field begins and ends where the clock of the zone says so; a date-only field never passes
through UTC.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import cast

from autocrm.kernel.conditions.operands import Day, Moment
from autocrm.kernel.conditions.periods import CLOCK_UNITS, shift_day, shift_instant, shift_period
from autocrm.kernel.conditions.plain_tests import Bound, Case, DayOfYear, Range, Stored, Test
from autocrm.kernel.conditions.tree import RelativeDate, Span
from autocrm.kernel.field_kinds import Operator


def _day(case: Case, value: Day) -> date:
    """The day a value of an "on" comparison means."""
    if not isinstance(value, RelativeDate):
        return value
    if value.anchor == "now":
        return shift_day(case.today, value.n, value.unit)
    return shift_period(case.today, value.n, value.unit, case.context)[0]


def _instant(case: Case, value: Moment) -> datetime | None:
    """The exact moment a value means, or None when it means a whole day."""
    if isinstance(value, datetime):
        aware = value if value.tzinfo is not None else value.replace(tzinfo=case.context.tz)
        return aware.astimezone(UTC)
    if case.is_instant and isinstance(value, RelativeDate) and value.anchor == "now":
        return shift_instant(case.now, value.n, value.unit, case.context.tz)
    return None


def _from(case: Case, value: Moment, *, inclusive: bool) -> Bound:
    """The lower end for "after" and, with `inclusive`, for "on or after"."""
    instant = _instant(case, value)
    if instant is not None:
        return Bound(instant, inclusive=inclusive)
    day = _day(case, value)
    return Bound(case.start(day if inclusive else day + timedelta(days=1)), inclusive=True)


def _until(case: Case, value: Moment, *, inclusive: bool) -> Bound:
    """The upper end for "before" and, with `inclusive`, for "on or before"."""
    instant = _instant(case, value)
    if instant is not None:
        return Bound(instant, inclusive=inclusive)
    day = _day(case, value)
    return Bound(case.start(day + timedelta(days=1) if inclusive else day), inclusive=False)


def on_day(case: Case) -> Test:
    """The whole of one day."""
    day = _day(case, cast("Day", case.operand))
    return case.days(day, day + timedelta(days=1))


def _beside(case: Case) -> Test:
    value = cast("Moment", case.operand)
    if case.operator in {Operator.AFTER, Operator.ON_OR_AFTER}:
        return Range(low=_from(case, value, inclusive=case.operator is Operator.ON_OR_AFTER))
    return Range(high=_until(case, value, inclusive=case.operator is Operator.ON_OR_BEFORE))


def _near_day(case: Case) -> Test:
    offsets = {Operator.YESTERDAY: -1, Operator.TODAY: 0, Operator.TOMORROW: 1}
    day = case.today + timedelta(days=offsets[case.operator])
    return case.days(day, day + timedelta(days=1))


def _past(case: Case) -> Test:
    return Range(high=Bound(case.now if case.is_instant else case.today, inclusive=False))


def _future(case: Case) -> Test:
    return Range(low=Bound(case.now if case.is_instant else case.today, inclusive=False))


def _period(case: Case) -> Test:
    offsets = {Operator.LAST: -1, Operator.THIS: 0, Operator.NEXT: 1}
    first, after = shift_period(case.today, offsets[case.operator], str(case.operand), case.context)
    return case.days(first, after)


def _back(case: Case) -> Test:
    """In the last N: from the start of the day N units ago until now. Longer ago: everything before that."""
    span = cast("Span", case.operand)
    clock = span.unit in CLOCK_UNITS
    begin: Stored = (
        shift_instant(case.now, -span.n, span.unit, case.context.tz)
        if clock
        else case.start(shift_day(case.today, -span.n, span.unit))
    )
    if case.operator is Operator.MORE_THAN_N_AGO:
        return Range(high=Bound(begin, inclusive=False))
    return Range(Bound(begin, inclusive=True), Bound(case.now if case.is_instant else case.today, inclusive=True))


def _ahead(case: Case) -> Test:
    """In the next N: from now until the end of the day in N units. Further ahead: everything after that."""
    span = cast("Span", case.operand)
    clock = span.unit in CLOCK_UNITS
    end: Stored = (
        shift_instant(case.now, span.n, span.unit, case.context.tz)
        if clock
        else case.start(shift_day(case.today, span.n, span.unit) + timedelta(days=1))
    )
    if case.operator is Operator.MORE_THAN_N_AHEAD:
        return Range(low=Bound(end, inclusive=not clock))
    return Range(Bound(case.now if case.is_instant else case.today, inclusive=True), Bound(end, inclusive=clock))


def _anniversary(case: Case) -> Test:
    """Today, the given day, or any day of the next N; 29 February is kept on the 28th when there is no 29th."""
    operand = case.operand
    first = case.today if operand is None or isinstance(operand, Span) else _day(case, cast("Day", operand))
    last = shift_day(first, operand.n, operand.unit) if isinstance(operand, Span) else first
    days = {first + timedelta(days=offset) for offset in range(min((last - first).days, 366) + 1)}
    keys = {day.month * 100 + day.day for day in days}
    if any(day.month == 2 and day.day == 28 and (day + timedelta(days=1)).month == 3 for day in days):
        keys.add(229)
    return DayOfYear(frozenset(keys), case.context.tz if case.is_instant else None)


def between_days(case: Case) -> Test:
    """From the first day or moment up to and including the second."""
    first, last = cast("tuple[Moment, Moment]", case.operand)
    return Range(_from(case, first, inclusive=True), _until(case, last, inclusive=True))


DATE_OPERATORS: Mapping[Operator, Callable[[Case], Test]] = MappingProxyType(
    {
        Operator.ON: on_day,
        Operator.BEFORE: _beside,
        Operator.AFTER: _beside,
        Operator.ON_OR_BEFORE: _beside,
        Operator.ON_OR_AFTER: _beside,
        Operator.YESTERDAY: _near_day,
        Operator.TODAY: _near_day,
        Operator.TOMORROW: _near_day,
        Operator.IN_PAST: _past,
        Operator.IN_FUTURE: _future,
        Operator.LAST: _period,
        Operator.THIS: _period,
        Operator.NEXT: _period,
        Operator.IN_LAST_N: _back,
        Operator.MORE_THAN_N_AGO: _back,
        Operator.IN_NEXT_N: _ahead,
        Operator.MORE_THAN_N_AHEAD: _ahead,
        Operator.ANNIVERSARY: _anniversary,
    }
)
