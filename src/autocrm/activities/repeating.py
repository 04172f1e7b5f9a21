"""How often something comes back: rules in the language of calendars (RFC 5545), counted on the wall clock.

A rule is expanded by dateutil in the local time of its zone and only then turned into moments, so that nine o'clock
stays nine o'clock when the clocks change. A wall time that the change leaves out is read an hour later, one that it
brings twice is the first of the two. Nothing here reads the database.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from dateutil import rrule
from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.encoding import force_str
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from autocrm.kernel.errors import Invalid
from autocrm.ui import formatting

MOST_YEARS = 30
MOST_STEPS = 20_000
MOST_COUNT, MOST_INTERVAL = 999, 366

_FREQUENCIES: dict[str, Any] = {
    "DAILY": rrule.DAILY,
    "WEEKLY": rrule.WEEKLY,
    "MONTHLY": rrule.MONTHLY,
    "YEARLY": rrule.YEARLY,
}
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_BY_DAY = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")
_LISTS = {"BYMONTHDAY": (-31, 31), "BYMONTH": (1, 12), "BYSETPOS": (-366, 366)}

PRESETS = (
    ("", gettext_lazy("Does not repeat")),
    ("FREQ=DAILY", gettext_lazy("Every day")),
    ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", gettext_lazy("Every working day")),
    ("FREQ=WEEKLY", gettext_lazy("Every week")),
    ("FREQ=WEEKLY;INTERVAL=2", gettext_lazy("Every two weeks")),
    ("FREQ=MONTHLY", gettext_lazy("Every month")),
    ("FREQ=YEARLY", gettext_lazy("Every year")),
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that was read: how often, on which days, and when it ends (after `count`, or with the day `until`)."""

    frequency: str
    interval: int = 1
    by_day: tuple[tuple[int, str], ...] = ()
    by_month_day: tuple[int, ...] = ()
    by_month: tuple[int, ...] = ()
    by_set_pos: tuple[int, ...] = ()
    week_start: str = "MO"
    count: int | None = None
    until: date | None = None

    @property
    def text(self) -> str:
        """The rule as it is kept, in one form."""
        parts = [f"FREQ={self.frequency}"]
        parts += [f"INTERVAL={self.interval}"] if self.interval > 1 else []
        parts += [f"BYMONTH={_joined(self.by_month)}"] if self.by_month else []
        parts += [f"BYMONTHDAY={_joined(self.by_month_day)}"] if self.by_month_day else []
        parts += [f"BYDAY={','.join(f'{n or str()}{day}' for n, day in self.by_day)}"] if self.by_day else []
        parts += [f"BYSETPOS={_joined(self.by_set_pos)}"] if self.by_set_pos else []
        parts += [f"WKST={self.week_start}"] if self.week_start != "MO" else []
        parts += [f"COUNT={self.count}"] if self.count is not None else []
        parts += [f"UNTIL={self.until:%Y%m%d}"] if self.until is not None else []
        return ";".join(parts)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time of a series, numbered from 1."""

    number: int
    at: datetime


def read_rule(text: str) -> Rule:
    """The rule that `text` writes, as "FREQ=WEEKLY;BYDAY=MO;COUNT=10". Raises Invalid for any other."""
    pairs = [part.partition("=") for part in text.strip().upper().removeprefix("RRULE:").split(";") if part]
    parts = {name: value for name, _equals, value in pairs}
    if len(text) > 300 or len(parts) != len(pairs) or not text.isascii():
        raise _wrong()
    reader = _Reader(parts)
    rule = Rule(
        frequency=reader.one_of("FREQ", _FREQUENCIES),
        interval=reader.number("INTERVAL", MOST_INTERVAL) or 1,
        by_day=reader.days(),
        by_month_day=reader.numbers("BYMONTHDAY"),
        by_month=reader.numbers("BYMONTH"),
        by_set_pos=reader.numbers("BYSETPOS"),
        week_start=reader.one_of("WKST", _DAYS, "MO"),
        count=reader.number("COUNT", MOST_COUNT),
        until=reader.day("UNTIL"),
    )
    if reader.parts or (rule.count and rule.until) or (rule.by_set_pos and not (rule.by_day or rule.by_month_day)):
        raise _wrong()
    if rule.frequency in {"DAILY", "WEEKLY"} and (rule.by_month_day or any(n for n, _day in rule.by_day)):
        raise _wrong()
    return rule


def anchored(rule: Rule, start: date) -> Rule:
    """A plain monthly or yearly rule that begins late in a month means the last such day that every month has."""
    if start.day <= 28 or rule.by_day or rule.by_month_day or rule.frequency not in {"MONTHLY", "YEARLY"}:
        return rule
    days = tuple(range(28, start.day + 1))
    months = rule.by_month if rule.frequency == "MONTHLY" else (rule.by_month or (start.month,))
    return replace(rule, by_month=months, by_month_day=days, by_set_pos=(-1,))


def from_number(rule: Rule, number: int) -> Rule:
    """The rule as it goes on from the occurrence of that number: so many fewer times."""
    return rule if rule.count is None else replace(rule, count=max(1, rule.count - number + 1))


def occurrences(rule: Rule, starts_at: datetime, zone: ZoneInfo, *, first_number: int = 1) -> Iterator[Occurrence]:
    """Every time of a series that begins at `starts_at`, whose own number is `first_number`, in order."""
    wall = starts_at.astimezone(zone).replace(tzinfo=None)
    number = first_number
    for local in _walls(rule, wall):
        if rule.count is not None and number > rule.count:
            return
        if rule.until is not None and local.date() > rule.until:
            return
        yield Occurrence(number, starts_at if local == wall else local.replace(tzinfo=zone).astimezone(UTC))
        number += 1


def next_on_schedule(
    rule: Rule, starts_at: datetime, zone: ZoneInfo, *, first_number: int, after: datetime, moment: datetime
) -> Occurrence | None:
    """The next time after `after` whose day is not over at `moment`: what was missed meanwhile is passed by."""
    today = moment.astimezone(zone).date()
    for each in islice(occurrences(rule, starts_at, zone, first_number=first_number), MOST_STEPS):
        if each.at > after and each.at.astimezone(zone).date() >= today:
            return each
    return None


def next_after_completion(
    rule: Rule, occurred_at: datetime, zone: ZoneInfo, *, number: int, moment: datetime
) -> Occurrence | None:
    """The next time counted from the day on which the last one was done, at the same hour."""
    hour = occurred_at.astimezone(zone).time()
    base = datetime.combine(moment.astimezone(zone).date(), hour)
    for local in _walls(rule, base):
        if local > base:
            is_over = (rule.count is not None and number >= rule.count) or (
                rule.until is not None and local.date() > rule.until
            )
            return None if is_over else Occurrence(number + 1, local.replace(tzinfo=zone).astimezone(UTC))
    return None


def describe(rule: Rule) -> str:
    """The rule in words: "Every 2 weeks on Monday and Friday, 10 times"."""
    n = rule.interval
    said = {
        "DAILY": ngettext("Every day", "Every %(n)d days", n),
        "WEEKLY": ngettext("Every week", "Every %(n)d weeks", n),
        "MONTHLY": ngettext("Every month", "Every %(n)d months", n),
        "YEARLY": ngettext("Every year", "Every %(n)d years", n),
    }[rule.frequency] % {"n": n}
    if rule.by_month and not _is_last_of_month(rule):
        months = ", ".join(force_str(MONTHS[each]) for each in rule.by_month)
        said = _("%(often)s in %(months)s") % {"often": said, "months": months}
    if days := _days_in_words(rule):
        said = _("%(often)s on %(days)s") % {"often": said, "days": ", ".join(days)}
    if rule.count is not None:
        times = ngettext("%(count)d time", "%(count)d times", rule.count) % {"count": rule.count}
        return f"{said}, {times}"
    if rule.until is not None:
        return _("%(often)s until %(day)s") % {"often": said, "day": formatting.day_full(rule.until)}
    return said


_PLACES = {
    1: gettext_lazy("the first %(day)s"),
    2: gettext_lazy("the second %(day)s"),
    3: gettext_lazy("the third %(day)s"),
    4: gettext_lazy("the fourth %(day)s"),
    5: gettext_lazy("the fifth %(day)s"),
    -1: gettext_lazy("the last %(day)s"),
    -2: gettext_lazy("the last but one %(day)s"),
}


def _days_in_words(rule: Rule) -> list[str]:
    """The days of a rule: "Monday", "the first Monday", "day 15", "the last day"."""
    if _is_last_of_month(rule):
        return [_day_of_month(rule.by_month_day[-1])]
    if rule.by_set_pos:
        # Which of several days is meant takes more words than it is worth.
        return [rule.text.partition(";")[2]]
    return [*map(_day_of_week, rule.by_day), *map(_day_of_month, rule.by_month_day)]


def _is_last_of_month(rule: Rule) -> bool:
    """Whether it is what `anchored` makes of a day that not every month has."""
    days = rule.by_month_day
    return rule.by_set_pos == (-1,) and not rule.by_day and days == tuple(range(28, 28 + len(days)))


def _day_of_week(named: tuple[int, str]) -> str:
    number, day = named
    name = force_str(WEEKDAYS[_DAYS.index(day)])
    return force_str(_PLACES[number]) % {"day": name} if number in _PLACES else name


def _day_of_month(day: int) -> str:
    return _("the last day") if day in {-1, 31} else _("day %(day)s") % {"day": day}


def calendar_rule(rule: Rule, zone: ZoneInfo) -> dict[str, Any]:
    """The rule for a calendar file, where the end is a moment in UTC."""
    parts: dict[str, Any] = {"FREQ": rule.frequency}
    parts |= {"INTERVAL": rule.interval} if rule.interval > 1 else {}
    parts |= {"BYDAY": [f"{n or ''}{day}" for n, day in rule.by_day]} if rule.by_day else {}
    parts |= {"BYMONTHDAY": list(rule.by_month_day)} if rule.by_month_day else {}
    parts |= {"BYMONTH": list(rule.by_month)} if rule.by_month else {}
    parts |= {"BYSETPOS": list(rule.by_set_pos)} if rule.by_set_pos else {}
    parts |= {"WKST": rule.week_start} if rule.week_start != "MO" else {}
    if rule.count is not None:
        parts["COUNT"] = rule.count
    if rule.until is not None:
        parts["UNTIL"] = datetime.combine(rule.until, time(23, 59, 59), tzinfo=zone).astimezone(UTC)
    return parts


def _walls(rule: Rule, start: datetime) -> Iterator[datetime]:
    """Local times from `start` on, `start` itself first whether or not the rule meets it; bounded."""
    yield start
    weekdays = [
        rrule.weekdays[_DAYS.index(day)](n) if n else rrule.weekdays[_DAYS.index(day)] for n, day in rule.by_day
    ]
    limit = start.replace(year=min(start.year + MOST_YEARS, 9999), day=min(start.day, 28))
    found = rrule.rrule(
        _FREQUENCIES[rule.frequency],
        dtstart=start,
        interval=rule.interval,
        wkst=_DAYS.index(rule.week_start),
        bysetpos=list(rule.by_set_pos) or None,
        bymonth=list(rule.by_month) or None,
        bymonthday=list(rule.by_month_day) or None,
        byweekday=weekdays or None,
        until=limit,
    )
    yield from (each for each in found if each > start)


class _Reader:
    """Takes the parts of a rule one by one; what nobody took is left."""

    def __init__(self, parts: dict[str, str]) -> None:
        self.parts = parts

    def one_of(self, name: str, known: Any, default: str = "") -> str:
        value = self.parts.pop(name, default)
        if value not in known:
            raise _wrong()
        return value

    def number(self, name: str, most: int) -> int | None:
        value = self.parts.pop(name, None)
        if value is None:
            return None
        if not value.isdigit() or len(value) > 4 or not 1 <= int(value) <= most:
            raise _wrong()
        return int(value)

    def numbers(self, name: str) -> tuple[int, ...]:
        value = self.parts.pop(name, None)
        if value is None:
            return ()
        low, high = _LISTS[name]
        if not re.fullmatch(r"[+-]?\d{1,3}(,[+-]?\d{1,3})*", value):
            raise _wrong()
        found = tuple(dict.fromkeys(int(each) for each in value.split(",")))
        if len(found) > 31 or not all(low <= each <= high and each for each in found):
            raise _wrong()
        return found

    def days(self) -> tuple[tuple[int, str], ...]:
        value = self.parts.pop("BYDAY", None)
        if value is None:
            return ()
        matches = [_BY_DAY.fullmatch(each) for each in value.split(",")]
        if len(matches) > 14 or not all(matches):
            raise _wrong()
        return tuple(dict.fromkeys((int(match[1] or 0), match[2]) for match in matches if match))

    def day(self, name: str) -> date | None:
        value = self.parts.pop(name, None)
        if value is None:
            return None
        try:
            return datetime.strptime(value[:8], "%Y%m%d").replace(tzinfo=UTC).date()
        except ValueError:
            raise _wrong() from None


def _joined(numbers: tuple[int, ...]) -> str:
    return ",".join(map(str, numbers))


def _wrong() -> Invalid:
    return Invalid(fields={"rule": [_("This is not a rule by which something repeats.")]})
