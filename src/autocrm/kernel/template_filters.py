"""How values get into a template's text: the writers for each kind of value, and the filters.

Only plain values are written; no object's own code runs here.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import dateformat, formats
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from autocrm.kernel.errors import Invalid, Text
from autocrm.kernel.money import Money, format_money

MAX_OUTPUT_LENGTH = 500_000

Literal = str | int

_MAX_INTEGER_BITS = 4096
_DATE_FORMATS = {"short": "SHORT_DATE_FORMAT", "long": "DATE_FORMAT", "datetime": "SHORT_DATETIME_FORMAT"}
_DATE_PATTERN = re.compile(r"[dDjlNmMnFbyYhHgGisaAPS ./,:\-]{1,40}")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_CAPITALS = re.compile(r"^[^\W\d_]|(?<=['’])[^\W\d_](?=[^\W\d_]{2})")


@dataclass(frozen=True, slots=True)
class Rendering:
    """How values are written: language, zone of moments, and whether they go into HTML."""

    locale: str = "en"
    zone: tzinfo = UTC
    html: bool = False
    max_length: int = MAX_OUTPUT_LENGTH


PLAIN = Rendering()


def write(value: object, how: Rendering) -> str:
    """A value as text; a list with commas. Raises Invalid for anything that is not a plain value."""
    if isinstance(value, list | tuple):
        return ", ".join(_write_one(entry, how) for entry in value)
    return _write_one(value, how)


def template_error(reason: Text) -> Invalid:
    """The error for a template, or for a value that doesn't fit into one."""
    return Invalid(reason, fields={"template": [reason]}, code="template")


def _write_one(value: object, how: Rendering) -> str:
    for kind, writer in _WRITERS:
        if isinstance(value, kind):
            return writer(value, how)
    raise template_error(_("A value of this kind can't be written into a text."))


def _write_integer(value: int, _how: Rendering) -> str:
    if value.bit_length() > _MAX_INTEGER_BITS:
        raise template_error(_("A number is too long to be written."))
    return str(value)


def _write_moment(value: date, how: Rendering) -> str:
    name = "SHORT_DATETIME_FORMAT" if isinstance(value, datetime) else "SHORT_DATE_FORMAT"
    return dateformat.format(_local(value, how), formats.get_format(name, how.locale, use_l10n=True))


def _local(value: date, how: Rendering) -> datetime:
    """A moment in the reader's zone; a day stays the day it is, whatever the zone."""
    if not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=how.zone)
    if value.tzinfo is None:
        return value.replace(tzinfo=how.zone)
    try:
        return value.astimezone(how.zone)
    except OverflowError:  # the first and last hours of the calendar have no counterpart elsewhere
        return value


# Order matters: a bool is an int, a moment is a date.
_WRITERS: tuple[tuple[type | tuple[type, ...], Callable[[Any, Rendering], str]], ...] = (
    (type(None), lambda _value, _how: ""),
    (str, lambda value, _how: str.__str__(value)),
    (bool, lambda value, _how: gettext("yes") if value else gettext("no")),
    (int, _write_integer),
    ((float, Decimal, UUID, Promise), lambda value, _how: str(value)),
    (Money, lambda value, how: format_money(value, locale=how.locale)),
    (date, _write_moment),
    (time, lambda value, _how: formats.time_format(value, use_l10n=True)),
)


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter: what it does, and the types of the values it may be given (all of them optional but `default`'s)."""

    apply: Callable[[object, Sequence[Literal], Rendering], object]
    takes: tuple[type, ...] = ()
    needs: int = 0
    check: Callable[[Literal], bool] = field(default=lambda _argument: True)

    def accepts(self, arguments: Sequence[Literal]) -> bool:
        """Whether the arguments fit."""
        if not self.needs <= len(arguments) <= len(self.takes):
            return False
        return all(
            isinstance(given, wanted) and self.check(given)
            for given, wanted in zip(arguments, self.takes, strict=False)
        )


def _default(value: object, arguments: Sequence[Literal], how: Rendering) -> object:
    return value if write(value, how).strip() else arguments[0]


def _title(value: object, _arguments: Sequence[Literal], how: Rendering) -> str:
    """Words with a capital ("o'brien" -> "O'Brien", "it's" -> "It's"); other letters as they are."""
    return _WORD.sub(lambda word: _CAPITALS.sub(lambda part: part[0].upper(), word[0]), write(value, how))


def _date(value: object, arguments: Sequence[Literal], how: Rendering) -> object:
    if not isinstance(value, date):
        return value
    wanted = str(arguments[0]) if arguments else "long"
    name = _DATE_FORMATS.get(wanted)
    return dateformat.format(
        _local(value, how), formats.get_format(name, how.locale, use_l10n=True) if name else wanted
    )


def _number(value: object, arguments: Sequence[Literal], how: Rendering) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return value
    exact = Decimal(write(value, how))
    if not exact.is_finite() or abs(exact.adjusted()) > 40:
        return str(exact)
    decimals = int(arguments[0]) if arguments else None
    return formats.number_format(exact, decimal_pos=decimals, use_l10n=True, force_grouping=True)


def _truncate(value: object, arguments: Sequence[Literal], how: Rendering) -> str:
    text, length = write(value, how), int(arguments[0])
    return text if len(text) <= length else text[: max(length - 1, 0)].rstrip() + "…"


FILTERS = {
    "default": Filter(_default, takes=(str,), needs=1),
    "upper": Filter(lambda value, _arguments, how: write(value, how).upper()),
    "lower": Filter(lambda value, _arguments, how: write(value, how).lower()),
    "title": Filter(_title),
    "date": Filter(
        _date, takes=(str,), check=lambda given: given in _DATE_FORMATS or bool(_DATE_PATTERN.fullmatch(str(given)))
    ),
    "number": Filter(_number, takes=(int,), check=lambda given: 0 <= int(given) <= 10),
    "truncate": Filter(_truncate, takes=(int,), needs=1, check=lambda given: 1 <= int(given) <= 100_000),
}
