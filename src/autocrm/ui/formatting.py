"""How dates, numbers and money are written for people; pure functions behind the template filters.

Dates never pass through UTC: a `date` is shown as it is, a `datetime` in the current time zone of the request.
"""

import zlib
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.utils import formats, timezone
from django.utils.encoding import force_str
from django.utils.translation import get_language, ngettext, pgettext, pgettext_lazy
from django.utils.translation import gettext as _

from autocrm.kernel import clock
from autocrm.kernel.money import EXPONENTS, with_currency

Number = int | float | Decimal

_CAPITAL_NOUNS = frozenset({"de", "lb"})

_SCALES = (
    (10**9, pgettext_lazy("short number", "%(number)s bn")),
    (10**6, pgettext_lazy("short number", "%(number)s m")),
    (10**3, pgettext_lazy("short number", "%(number)s k")),
)


def local_day(value: date | datetime) -> date:
    """The calendar day of `value` as the reader sees it."""
    return timezone.localtime(value).date() if isinstance(value, datetime) else value


def today() -> date:
    """The calendar day now, in the current time zone."""
    return timezone.localtime(clock.now()).date()


def day(value: date | datetime) -> str:
    """A short date, the year only when it is not this one: "6 Nov", "6 Nov 2025"."""
    shown = local_day(value)
    this_year = shown.year == today().year
    return formats.date_format(shown, pgettext("day", "j M") if this_year else pgettext("day", "j M Y"))


def day_long(value: date | datetime) -> str:
    """A heading's date: "Friday 20 November 2026"."""
    return formats.date_format(local_day(value), pgettext("day", "l j F Y"))


def day_full(value: date | datetime) -> str:
    """A date with its month in full: "20 November 2026"."""
    return formats.date_format(local_day(value), pgettext("day", "j F Y"))


def day_near(value: date | datetime) -> str:
    """A date without its year: "20 November"."""
    return formats.date_format(local_day(value), pgettext("day", "j F"))


def weekday(value: date | datetime) -> str:
    """A date without its year, with the day of the week: "Friday 20 November"."""
    return formats.date_format(local_day(value), pgettext("day", "l j F"))


def clock_time(value: datetime) -> str:
    """The time of day: "16:00"."""
    return formats.time_format(timezone.localtime(value), "H:i")


def exact(value: date | datetime) -> str:
    """Everything there is to say about a moment, for titles."""
    return f"{day_long(value)}, {clock_time(value)}" if isinstance(value, datetime) else day_long(value)


def _near_day(days: int) -> str:
    return {-1: _("Yesterday"), 0: _("Today"), 1: _("Tomorrow")}.get(days, "")


def _within_a_day(seconds: float) -> str:
    """Words for a moment of today: "just now", "5 min ago", "in 2 h"."""
    past, minutes = seconds <= 0, round(abs(seconds) / 60)
    if minutes < 1:
        return _("just now") if past else _("now")
    if minutes < 60:
        return (_("%(count)d min ago") if past else _("in %(count)d min")) % {"count": minutes}
    hours = round(minutes / 60)
    return (_("%(count)d h ago") if past else _("in %(count)d h")) % {"count": hours}


def ago(value: date | datetime) -> str:
    """How far from now, in the fewest words that are still exact enough: "2 h ago", "Yesterday", "6 Nov"."""
    days = (local_day(value) - today()).days
    if days == 0 and isinstance(value, datetime):
        return _within_a_day((value - clock.now()).total_seconds())
    return _near_day(days) or day(value)


def until(value: date | datetime) -> str:
    """The distance in days, for deadlines: "in 18 days", "today", "5 days overdue"."""
    days = (local_day(value) - today()).days
    if days == 0:
        return _("today")
    if days > 0:
        return ngettext("in %(count)d day", "in %(count)d days", days) % {"count": days}
    return ngettext("%(count)d day overdue", "%(count)d days overdue", -days) % {"count": -days}


def duration(value: timedelta) -> str:
    """A length of time in its two largest units: "2 d 4 h", "1 h 20 min", "45 s"."""
    seconds = int(value.total_seconds())
    if seconds < 60:
        return _("%(count)d s") % {"count": seconds}
    days, hours, minutes = seconds // 86400, seconds % 86400 // 3600, seconds % 3600 // 60
    parts = [(days, _("%(count)d d")), (hours, _("%(count)d h")), (minutes, _("%(count)d min"))]
    named = [text % {"count": amount} for amount, text in parts if amount]
    return " ".join(named[:2])


def number(value: Number, decimals: int | None = None) -> str:
    """A number with the reader's separators; `decimals` fixes the places, halves go away from zero."""
    exact_value = Decimal(str(value))
    if decimals is None:
        places = exact_value.normalize().as_tuple().exponent
        decimals = max(0, -places) if isinstance(places, int) else 0
    # Django cuts off what it does not show; people expect rounding.
    rounded = exact_value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return formats.number_format(rounded, decimal_pos=decimals, use_l10n=True, force_grouping=True)


def compact_number(value: Number) -> str:
    """A number that fits a tile: "1.2 m", "26.8 k", "940"."""
    exact_value = Decimal(str(value))
    for scale, unit in _SCALES:
        if abs(exact_value) >= scale:
            scaled = exact_value / scale
            return unit % {"number": number(scaled, 0 if abs(scaled) >= 100 else 1)}
    return number(value)


def money(minor: int, currency: str, *, decimals: int | None = None) -> str:
    """An amount in minor units with its currency, as the reader's language puts them: "$26,768.00", "26.768,00 $"."""
    return with_currency(amount(abs(minor), currency, decimals=decimals), currency.upper(), is_negative=minor < 0)


def amount(minor: int, currency: str, *, decimals: int | None = None) -> str:
    """The same without the currency, for columns that name it in their heading: "26,768.00"."""
    places = EXPONENTS.get(currency.upper(), 2)
    return number(Decimal(minor).scaleb(-places), places if decimals is None else min(decimals, places))


def percent(value: Number) -> str:
    """A share from 0 to 100 with at most one decimal: "63.1%"."""
    tenths = Decimal(str(value)).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return _("%(number)s%%") % {"number": number(tenths)}


def noun(label: object) -> str:
    """A label as it stands within a sentence: in small letters, unless the language writes nouns with a capital."""
    text = force_str(label)
    spoken = (get_language() or "en").partition("-")[0]
    return text if spoken in _CAPITAL_NOUNS else text.lower()


def initials(name: str) -> str:
    """Up to two letters that stand for a person or company."""
    words = [word for word in name.replace(".", " ").split() if word[0].isalnum()]
    if not words:
        return "?"
    return (words[0][0] + words[-1][0] if len(words) > 1 else words[0][:2]).upper()


def hue(name: str) -> int:
    """The colour 1-6 that stays with a name on every page and every server."""
    return zlib.crc32(name.encode()) % 6 + 1
