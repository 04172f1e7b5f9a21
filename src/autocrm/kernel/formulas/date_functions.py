"""Functions of days and moments. Days begin where the workspace is; what leaves the calendar is empty."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from autocrm.kernel.field_kinds import FieldKind
from autocrm.kernel.formulas.calendar import add_days, add_months, day_of, days_between, make_date, months_between
from autocrm.kernel.formulas.function import DAYS, NUMBERS, Build, Function, always, strict, takes, zoned
from autocrm.kernel.formulas.types import DATE, DATETIME, WHOLE, Type

GROUP = "date"


def _part(read: Callable[[date], int]) -> Build:
    def run(value: date, tz: ZoneInfo) -> Decimal:
        return Decimal(read(day_of(value, tz)))

    return zoned(run)


def _hour(value: datetime, tz: ZoneInfo) -> Decimal:
    try:
        return Decimal(value.astimezone(tz).hour)
    except OverflowError:
        return Decimal(value.hour)


def _shifted(types: list[Type]) -> Type:
    return DATE if types[0].kind is None else types[0]


def _add_years(value: date, years: Decimal) -> date | None:
    return add_months(value, Decimal(int(years) * 12)) if -9000 < years < 9000 else None


DATE_FUNCTIONS = (
    Function(
        "today",
        GROUP,
        "today()",
        _("The day it is. The field is worked out anew every day."),
        "days_between(created_at, today())",
        takes(result=always(DATE)),
        lambda _typed, _parts: lambda _row, context: context.today,
        volatile=True,
    ),
    Function(
        "now",
        GROUP,
        "now()",
        _("The moment the field is worked out: when the record changes, and once a day."),
        "now()",
        takes(result=always(DATETIME)),
        lambda _typed, _parts: lambda _row, context: context.now,
        volatile=True,
    ),
    Function(
        "date",
        GROUP,
        "date(year, month, day)",
        _("The day of a year, a month and a day of the month; empty when there is no such day."),
        "date(2026, 12, 31)",
        takes(NUMBERS, NUMBERS, NUMBERS, result=always(DATE)),
        strict(make_date),
    ),
    Function(
        "to_date",
        GROUP,
        "to_date(moment)",
        _("The day of a date and time."),
        "to_date(created_at)",
        takes(DAYS, result=always(DATE)),
        zoned(day_of),
    ),
    Function(
        "year",
        GROUP,
        "year(day)",
        _("The year of a day."),
        "year(created_at)",
        takes(DAYS, result=always(WHOLE)),
        _part(lambda day: day.year),
    ),
    Function(
        "month",
        GROUP,
        "month(day)",
        _("The month of a day, 1 to 12."),
        "month(birthday)",
        takes(DAYS, result=always(WHOLE)),
        _part(lambda day: day.month),
    ),
    Function(
        "day",
        GROUP,
        "day(day)",
        _("The day of the month, 1 to 31."),
        "day(birthday)",
        takes(DAYS, result=always(WHOLE)),
        _part(lambda day: day.day),
    ),
    Function(
        "weekday",
        GROUP,
        "weekday(day)",
        _("The day of the week: Monday is 1, Sunday is 7."),
        "weekday(created_at)",
        takes(DAYS, result=always(WHOLE)),
        _part(date.isoweekday),
    ),
    Function(
        "hour",
        GROUP,
        "hour(moment)",
        _("The hour of a date and time, 0 to 23."),
        "hour(created_at)",
        takes((FieldKind.DATETIME,), result=always(WHOLE)),
        zoned(_hour),
    ),
    Function(
        "days_between",
        GROUP,
        "days_between(first, last)",
        _("How many days lie between two days; negative when the last is earlier."),
        "days_between(created_at, today())",
        takes(DAYS, DAYS, result=always(WHOLE)),
        zoned(days_between),
    ),
    Function(
        "months_between",
        GROUP,
        "months_between(first, last)",
        _("How many whole months have passed between two days."),
        "months_between(signed_on, today())",
        takes(DAYS, DAYS, result=always(WHOLE)),
        zoned(months_between),
    ),
    Function(
        "years_between",
        GROUP,
        "years_between(first, last)",
        _("How many whole years have passed between two days: an age."),
        "years_between(birthday, today())",
        takes(DAYS, DAYS, result=always(WHOLE)),
        zoned(lambda first, last, tz: Decimal(int(months_between(first, last, tz) / 12))),
    ),
    Function(
        "add_days",
        GROUP,
        "add_days(day, count)",
        _("The day so many days later, or earlier when negative."),
        "add_days(created_at, 14)",
        takes(DAYS, NUMBERS, result=_shifted),
        strict(add_days),
    ),
    Function(
        "add_months",
        GROUP,
        "add_months(day, count)",
        _("The day so many months later; the 31st becomes the last day of a shorter month."),
        "add_months(signed_on, 3)",
        takes(DAYS, NUMBERS, result=_shifted),
        strict(add_months),
    ),
    Function(
        "add_years",
        GROUP,
        "add_years(day, count)",
        _("The day so many years later."),
        "add_years(signed_on, 1)",
        takes(DAYS, NUMBERS, result=_shifted),
        strict(_add_years),
    ),
)
