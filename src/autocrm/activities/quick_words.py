"""One line typed on Today, as "Call Ana tomorrow 10:00": what it is, what it is called, when it is.

English and German words are understood, whatever language the page is in, since people write as they speak. What is
not understood stays in the subject: nothing that was typed is lost. A weekday counts only at the end or after "on".
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from autocrm.activities.permissions import CALL, MEETING, TASK
from autocrm.activities.states import TaskKind

MORNING, EVENING, NIGHT = time(9), time(17), time(23, 59)
# "at 2" without more is no hour of the night.
FIRST_HOUR = 7
LONGEST = 300

_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            ("monday", "mon", "montag", "mo"),
            ("tuesday", "tue", "tues", "dienstag", "di"),
            ("wednesday", "wed", "mittwoch", "mi"),
            ("thursday", "thu", "thurs", "donnerstag", "do"),
            ("friday", "fri", "freitag", "fr"),
            ("saturday", "sat", "samstag", "sonnabend", "sa"),
            ("sunday", "sun", "sonntag", "so"),
        )
    )
    for name in names
}
# Too short to be sure of: only after a word that says a day follows.
_SURE_WEEKDAYS = "|".join(sorted((name for name in _WEEKDAYS if len(name) > 2), key=len, reverse=True))
_ALL_WEEKDAYS = "|".join(sorted(_WEEKDAYS, key=len, reverse=True))
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("january", "jan", "januar", "jänner"),
            ("february", "feb", "februar"),
            ("march", "mar", "märz"),
            ("april", "apr"),
            ("may", "mai"),
            ("june", "jun", "juni"),
            ("july", "jul", "juli"),
            ("august", "aug"),
            ("september", "sep", "sept"),
            ("october", "oct", "oktober", "okt"),
            ("november", "nov"),
            ("december", "dec", "dezember", "dez"),
        ),
        start=1,
    )
    for name in names
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_UNITS = {"day": 1, "days": 1, "tag": 1, "tagen": 1, "week": 7, "weeks": 7, "woche": 7, "wochen": 7}


@dataclass(frozen=True, slots=True)
class Quick:
    """What was understood; `kind` is the kind of a task, `at` None where no time was named."""

    activity_type: str
    subject: str
    at: datetime | None
    kind: str = TaskKind.TODO.value


Found = tuple[date | None, time | None]
Reader = Callable[[re.Match[str], datetime], Found | None]


def read_quick(text: str, *, moment: datetime, zone: ZoneInfo) -> Quick:
    """Understand one line at `moment` in `zone`. A call or meeting without a time is a task of calling or meeting."""
    local = moment.astimezone(zone)
    rest = " ".join(text.split())[:LONGEST]
    rest, later = _take(rest, _SPANS, local)
    day: date | None = None
    hour: time | None = None
    if later is not None:
        day, hour = later
    if day is None:
        rest, found = _take(rest, _DAYS, local)
        day = found[0] if found else None
    if hour is None:
        rest, found = _take(rest, _TIMES, local)
        hour = found[1] if found else None
    at = _moment(day, hour, local)
    return _named(rest.strip(" ,;-–") or text.strip()[:LONGEST], at, has_hour=hour is not None)


def _moment(day: date | None, hour: time | None, local: datetime) -> datetime | None:
    """The day at the hour; without a day the next time that hour comes, without an hour the morning.

    Where today's morning is over, the end of work, or when that is over as well, the end of the day.
    """
    if day is None and hour is None:
        return None
    if day == local.date() and hour is None:
        hour = next((each for each in (MORNING, EVENING) if each > local.time()), NIGHT)
    if day is None:
        today = datetime.combine(local.date(), hour or MORNING, tzinfo=local.tzinfo)
        return (
            today
            if today > local
            else datetime.combine(local.date() + timedelta(days=1), today.time(), tzinfo=local.tzinfo)
        )
    return datetime.combine(day, hour or MORNING, tzinfo=local.tzinfo)


def _named(subject: str, at: datetime | None, *, has_hour: bool) -> Quick:
    words = subject.casefold()
    if _CALL.search(words):
        is_call = at is not None and has_hour
        return Quick(CALL, subject, at) if is_call else Quick(TASK, subject, at, TaskKind.CALL.value)
    if _MEET.search(words) and at is not None and has_hour:
        return Quick(MEETING, subject, at)
    if _MAIL.search(words):
        return Quick(TASK, subject, at, TaskKind.EMAIL.value)
    return Quick(TASK, subject, at)


_CALL = re.compile(r"^(call|phone|ring|anruf|telefonat)\b|\banrufen$|\btelefonieren\b")
_MEET = re.compile(r"^(meet|meeting|lunch|coffee|demo|treffen|termin|besprechung|mittagessen)\b|\btreffen$")
_MAIL = re.compile(r"^(e-?mail|mail|write to)\b|\b(schreiben|mailen)$")


def _take(text: str, readers: tuple[tuple[re.Pattern[str], Reader], ...], local: datetime) -> tuple[str, Found | None]:
    """The text without the first thing that is understood, and what it means."""
    for pattern, read in readers:
        for match in pattern.finditer(text):
            found = read(match, local)
            if found is not None:
                rest = f"{text[: match.start()].rstrip()} {text[match.end() :].lstrip()}"
                return " ".join(rest.split()), found
    return text, None


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.:/-])(?:{pattern})(?![\w:/-])", re.IGNORECASE)


def _in_days(match: re.Match[str], local: datetime) -> Found | None:
    count = int(match["n"]) if match["n"].isdigit() else 1
    unit = match["unit"].casefold()
    if unit in _UNITS:
        return local.date() + timedelta(days=count * _UNITS[unit]), None
    is_hours = unit.startswith(("h", "s"))
    later = local + (timedelta(hours=count) if is_hours else timedelta(minutes=count))
    return later.date(), later.time().replace(second=0, microsecond=0)


def _plain_day(days: int) -> Reader:
    return lambda _match, local: (local.date() + timedelta(days=days), None)


def _next_week(_match: re.Match[str], local: datetime) -> Found | None:
    return local.date() + timedelta(days=7 - local.weekday()), None


def _weekday(match: re.Match[str], local: datetime) -> Found | None:
    """The day of that name that comes next, today never."""
    ahead = (_WEEKDAYS[match["day"].casefold()] - local.weekday()) % 7 or 7
    return local.date() + timedelta(days=ahead), None


def _date(match: re.Match[str], local: datetime) -> Found | None:
    """A date; without a year the next such day."""
    parts = match.groupdict()
    month = parts["month"]
    try:
        number = _MONTHS[month.casefold()] if not month.isdigit() else int(month)
        if parts.get("year"):
            year = int(parts["year"])
            return date(year + 2000 if year < 100 else year, number, int(parts["day"])), None
        found = date(local.year, number, int(parts["day"]))
        return (found if found >= local.date() else found.replace(year=local.year + 1)), None
    except ValueError:
        return None


def _time(match: re.Match[str], _local: datetime) -> Found | None:
    parts = match.groupdict()
    hour, minute = int(parts["h"]), int(parts.get("m") or 0)
    half = (parts.get("half") or "").casefold()
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    return (None, time(hour, minute)) if hour < 24 and minute < 60 else None


def _bare_hour(match: re.Match[str], _local: datetime) -> Found | None:
    hour = int(match["h"])
    return (None, time(hour + 12 if 0 < hour < FIRST_HOUR else hour)) if hour < 24 else None


_SPANS: tuple[tuple[re.Pattern[str], Reader], ...] = (
    (
        _words(
            r"in (?P<n>\d{1,3}|an?|einem|einer) "
            r"(?P<unit>days?|tag(?:en)?|weeks?|wochen?|hours?|stunden?|minutes?|minuten?|min)"
        ),
        _in_days,
    ),
)
_DAYS: tuple[tuple[re.Pattern[str], Reader], ...] = (
    (_words(r"(?:on |am )?(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"), _date),
    (
        re.compile(
            r"(?<![\w.:/-])(?:am )?(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4}|\d{2})?(?![\w:/-])", re.I
        ),
        _date,
    ),
    (_words(rf"(?:on |am )?(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)? (?P<month>{_MONTH})(?: (?P<year>\d{{4}}))?"), _date),
    (_words(rf"(?:on )?(?P<month>{_MONTH}) (?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,? (?P<year>\d{{4}}))?"), _date),
    (_words(r"day after tomorrow|übermorgen"), _plain_day(2)),
    (_words(r"tomorrow|morgen"), _plain_day(1)),
    (_words(r"today|tonight|heute"), _plain_day(0)),
    (_words(r"next week|nächste woche|nächster woche"), _next_week),
    (_words(rf"(?:on|next|am|nächsten|kommenden) (?P<day>{_ALL_WEEKDAYS})"), _weekday),
    (
        re.compile(
            rf"(?<!\w)(?P<day>{_SURE_WEEKDAYS})(?=(?: (?:at |um )?\d{{1,2}}(?::\d\d)?(?: ?[ap]m| uhr)?)?$)", re.I
        ),
        _weekday,
    ),
)
_TIMES: tuple[tuple[re.Pattern[str], Reader], ...] = (
    (_words(r"(?:at |um )?(?P<h>\d{1,2})(?::(?P<m>\d{2}))? ?(?P<half>am|pm|a\.m\.|p\.m\.)"), _time),
    (_words(r"(?:at |um )?(?P<h>\d{1,2})[:.](?P<m>\d{2})(?: uhr)?"), _time),
    (_words(r"(?:um )?(?P<h>\d{1,2}) uhr(?: (?P<m>\d{2}))?"), _time),
    (_words(r"(?:at|um) (?P<h>\d{1,2})"), _bare_hour),
    (_words(r"(?:at )?noon|mittags"), lambda _match, _local: (None, time(12))),
)
