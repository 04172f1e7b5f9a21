"""Days in formulas: whatever leaves the years 1000 to 9000 is empty."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from autocrm.kernel.conditions.periods import shift_day
from autocrm.kernel.formulas.types import FIRST_YEAR, LAST_YEAR

# More days than the calendar has.
_MOST_DAYS = 3_000_000


def make_date(year: Decimal, month: Decimal, day: Decimal) -> date | None:
    """The date of whole numbers that name one."""
    if not FIRST_YEAR <= year <= LAST_YEAR or any(part != part.to_integral_value() for part in (year, month, day)):
        return None
    try:
        return date(int(year), int(month), int(day)) if abs(month) < 100 and abs(day) < 100 else None
    except ValueError:
        return None


def add_days(value: date, days: Decimal) -> date | None:
    """So many whole days later; parts of days count for nothing. A moment stays one, on the same time of day in UTC."""
    if not -_MOST_DAYS < days < _MOST_DAYS:
        return None
    try:
        return _in_calendar(value + timedelta(days=int(days)))
    except OverflowError:
        return None


def add_months(value: date, months: Decimal) -> date | None:
    """So many whole months later; the 31st becomes the last day of a shorter month."""
    most = 12 * LAST_YEAR
    if not -most < months < most or not FIRST_YEAR <= value.year + int(months) // 12 <= LAST_YEAR:
        return None
    shifted = shift_day(value.date() if isinstance(value, datetime) else value, int(months), "month")
    return _in_calendar(datetime.combine(shifted, value.timetz()) if isinstance(value, datetime) else shifted)


def _in_calendar(value: date) -> date | None:
    return value if FIRST_YEAR <= value.year <= LAST_YEAR else None


def day_of(value: date, tz: ZoneInfo) -> date:
    """The day of a date, or of a moment where the workspace is."""
    if not isinstance(value, datetime):
        return value
    try:
        return value.astimezone(tz).date()
    except OverflowError:  # the first and last hours of the calendar have no counterpart elsewhere
        return value.astimezone(UTC).date()


def days_between(first: date, last: date, tz: ZoneInfo) -> Decimal:
    """How many days lie between; negative when the last is the earlier one."""
    return Decimal((day_of(last, tz) - day_of(first, tz)).days)


def months_between(first: date, last: date, tz: ZoneInfo) -> Decimal:
    """How many whole months have passed from the first to the last day; negative the other way round."""
    start, end = day_of(first, tz), day_of(last, tz)
    if end < start:
        return -months_between(end, start, tz)
    months = (end.year - start.year) * 12 + end.month - start.month
    return Decimal(months - (shift_day(start, months, "month") > end))
