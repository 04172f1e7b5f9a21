"""HTML for the many small parts of a list, made the cheap way.

`format_html` costs ten times as much as what it does; a list has a thousand of them. Marks and days repeat from row to
row, so they are remembered, by everything they depend on.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from html import escape

from django.utils.safestring import SafeString
from django.utils.translation import get_language

from autocrm.ui import formatting
from autocrm.ui.templatetags import ui

REMEMBERED = 4_096


def fill(template: str, *parts: object) -> SafeString:
    """`template` with `parts` in its braces; every part is escaped that is not HTML already."""
    return SafeString(template.format(*(each if type(each) is SafeString else escape(str(each)) for each in parts)))


@lru_cache(maxsize=REMEMBERED)
def avatar(name: str, *, company: bool = False) -> SafeString:
    """The small mark before a name."""
    return ui.avatar(name, company=company)


@lru_cache(maxsize=REMEMBERED)
def kind(label: str, tone: str) -> SafeString:
    """A dot and a word."""
    return ui.kind(label, tone)


def gauge(value: float) -> SafeString:
    """A small bar for a score."""
    return _gauge(value, get_language())


def number_words(value: int | Decimal, places: int | None) -> str:
    """A number with the reader's separators."""
    return _number_words(value, places, get_language())


def day_words(day: date) -> str:
    """A day in a cell: "Yesterday", "6 Nov"."""
    return _day_words(day, formatting.today(), get_language())


def day_in_full(day: date) -> str:
    """A day in a title: "Friday 20 November 2026"."""
    return _day_in_full(day, get_language())


@lru_cache(maxsize=REMEMBERED)
def _gauge(value: float, _language: str | None) -> SafeString:
    return ui.gauge(value)


@lru_cache(maxsize=REMEMBERED)
def _number_words(value: int | Decimal, places: int | None, _language: str | None) -> str:
    return formatting.number(value, places)


@lru_cache(maxsize=REMEMBERED)
def _day_words(day: date, today: date, _language: str | None) -> str:
    return formatting.ago(day) if abs(day - today) <= timedelta(days=1) else formatting.day(day)


@lru_cache(maxsize=REMEMBERED)
def _day_in_full(day: date, _language: str | None) -> str:
    return formatting.day_long(day)


def activity_tone(moment: datetime | None) -> str:
    """The dot of a next activity: red when overdue, green on its day, plain later, a ring when there is none."""
    if moment is None:
        return "none"
    days = (formatting.local_day(moment) - formatting.today()).days
    return "bad" if days < 0 else "ok" if days == 0 else ""


def activity_dot(moment: datetime) -> SafeString:
    """The next activity in a cell: its dot and its day, the time when it is today."""
    tone, day = activity_tone(moment), formatting.local_day(moment)
    said = formatting.clock_time(moment) if tone == "ok" else day_words(day)
    return fill(
        '<span class="hs"><span class="dot {}" aria-hidden="true"></span>'
        '<time class="{}" datetime="{}" title="{}, {}">{}</time></span>',
        tone,
        "t-bad" if tone == "bad" else "",
        moment.isoformat(),
        day_in_full(day),
        formatting.clock_time(moment),
        said,
    )
