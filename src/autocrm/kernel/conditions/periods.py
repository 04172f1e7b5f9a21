"""Days and periods in a zone: where a day begins, which quarter it is in, what 3 months ago was.

All functions work on local dates; an instant appears only in `start_of_day`, `shift_instant` and `local_date`. Ranges
are half-open: a period is its first day and the first day after it.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from autocrm.kernel.conditions.context import ConditionContext

CLOCK_UNITS = ("minute", "hour")
DAY_UNITS = ("day", "week", "month", "quarter", "year", "fiscal_quarter", "fiscal_year")
UNITS = (*CLOCK_UNITS, *DAY_UNITS)

# About 200 years each way, so that no shift of a date of our time leaves the calendar.
LARGEST_N: Mapping[str, int] = MappingProxyType(
    {
        "minute": 100_000_000,
        "hour": 1_700_000,
        "day": 73_000,
        "week": 10_000,
        "month": 2_400,
        "quarter": 800,
        "year": 200,
        "fiscal_quarter": 800,
        "fiscal_year": 200,
    }
)

_MONTHS_IN: Mapping[str, int] = MappingProxyType(
    {"month": 1, "quarter": 3, "fiscal_quarter": 3, "year": 12, "fiscal_year": 12}
)
_DAYS_IN: Mapping[str, int] = MappingProxyType({"day": 1, "week": 7})
_CLOCK: Mapping[str, timedelta] = MappingProxyType({"minute": timedelta(minutes=1), "hour": timedelta(hours=1)})


def local_date(moment: datetime, tz: ZoneInfo) -> date:
    """The calendar day of `moment` in `tz`."""
    return moment.astimezone(tz).date()


def start_of_day(day: date, tz: ZoneInfo) -> datetime:
    """The instant (UTC) at which `day` begins in `tz`.

    Where the clock jumps over midnight the day begins at the jump; where midnight comes twice, at the first.
    """
    return datetime.combine(day, time.min, tzinfo=tz).astimezone(UTC)


def shift_day(day: date, n: int, unit: str) -> date:
    """`day` moved by `n` units; the 31st becomes the last day of a shorter month."""
    if unit in _DAYS_IN:
        return day + timedelta(days=n * _DAYS_IN[unit])
    first = _add_months(day.replace(day=1), n * _MONTHS_IN[unit])
    last = _add_months(first, 1) - timedelta(days=1)
    return first.replace(day=min(day.day, last.day))


def shift_instant(moment: datetime, n: int, unit: str, tz: ZoneInfo) -> datetime:
    """`moment` moved by `n` units: hours as elapsed time, days and longer on the wall clock of `tz`. Answers in UTC."""
    if unit in _CLOCK:
        return moment.astimezone(UTC) + n * _CLOCK[unit]
    local = moment.astimezone(tz)
    return datetime.combine(shift_day(local.date(), n, unit), local.time(), tzinfo=tz).astimezone(UTC)


def period_of(day: date, unit: str, context: ConditionContext) -> tuple[date, date]:
    """First day of the `unit` that `day` lies in, and first day of the next one."""
    start = _STARTS[unit](day, context)
    return start, shift_day(start, 1, unit)


def shift_period(day: date, n: int, unit: str, context: ConditionContext) -> tuple[date, date]:
    """The period `n` units after the one `day` lies in."""
    start = shift_day(_STARTS[unit](day, context), n, unit)
    return start, shift_day(start, 1, unit)


def _add_months(first: date, months: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, 1)


def _start_of_week(day: date, context: ConditionContext) -> date:
    return day - timedelta(days=(day.weekday() - context.week_start) % 7)


def _start_in_year(day: date, *, months: int, first_month: int) -> date:
    into_year = (day.month - first_month) % 12
    return _add_months(day.replace(day=1), -(into_year % months))


_STARTS: Mapping[str, Callable[[date, ConditionContext], date]] = MappingProxyType(
    {
        "day": lambda day, context: day,
        "week": _start_of_week,
        "month": lambda day, context: day.replace(day=1),
        "quarter": lambda day, context: _start_in_year(day, months=3, first_month=1),
        "year": lambda day, context: day.replace(month=1, day=1),
        "fiscal_quarter": lambda day, context: _start_in_year(
            day, months=3, first_month=context.fiscal_year_start_month
        ),
        "fiscal_year": lambda day, context: _start_in_year(day, months=12, first_month=context.fiscal_year_start_month),
    }
)
