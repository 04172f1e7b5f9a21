"""Cells into values: for each column one function, made once from the field's declaration and the column's format.

They agree with `records.values.read_value`, which reads whatever they do not recognise at a glance; besides, numbers
and dates may be written as the column's format says. The tests hold both ways to the same answer.
"""

import re
from collections.abc import Callable, Container, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.encoding import force_str
from django.utils.translation import gettext as _

from autocrm.kernel.errors import Text
from autocrm.kernel.field_kinds import NUMERIC_KINDS, FieldKind
from autocrm.kernel.phones import REASONS, parse_phone
from autocrm.records.fields import Field
from autocrm.records.values import Reading, Unreadable, read_value

Reader = Callable[[str], Any]
# Says what is doubtful about a value that was read and is kept, "" when nothing is.
Doubt = Callable[[Any], Text]

# Kinds with few different values in a file, or expensive ones: each text is read once.
_REMEMBERED = {
    FieldKind.DATE,
    FieldKind.DATETIME,
    FieldKind.BOOLEAN,
    FieldKind.SELECT,
    FieldKind.MULTI_SELECT,
}
MOST_REMEMBERED = 20_000
CHOICE_KINDS = frozenset({FieldKind.SELECT, FieldKind.MULTI_SELECT})
SHOWN_CHOICES = 10

# A part of what the validators accept that needs no second look.
_PLAIN_EMAIL = re.compile(
    r"[a-zA-Z0-9_+-]{1,40}(?:\.[a-zA-Z0-9_+-]{1,20}){0,2}@(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,40}[a-zA-Z0-9])?\.){1,3}"
    r"[a-zA-Z]{2,20}"
)
_PLAIN_URL = re.compile(
    r"https?://(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,40}[a-zA-Z0-9])?\.){1,3}[a-zA-Z]{2,20}(?:/[a-zA-Z0-9._/-]{0,200})?"
)

_SIGNS = {
    ".": re.compile(r"[+-]?(?:\d+|\d{1,3}(?:[,'’ \u00a0\u202f]\d{2,3})*[,'’ \u00a0\u202f]\d{3})?(?:\.\d+)?"),
    ",": re.compile(r"[+-]?(?:\d+|\d{1,3}(?:[.'’ \u00a0\u202f]\d{2,3})*[.'’ \u00a0\u202f]\d{3})?(?:,\d+)?"),
}
_AROUND = re.compile(r"(?:[A-Z]{3}|[€$£¥₹%])?")
_NUMBER = re.compile(r"(?P<before>[^\d+\-.,(]*)(?P<minus>\(?)(?P<number>[+\-]?[\d.,'’ \u00a0\u202f]*)\)?(?P<after>.*)")
_DAY = re.compile(r"(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})(?:[ T]+(.+))?")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)? ?([AaPp])?\.?[Mm]?\.?")
_WORDED = ("%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d. %B %Y", "%d-%b-%Y")
_ORDERS = {"ymd": (0, 1, 2), "dmy": (2, 1, 0), "mdy": (2, 0, 1)}


def compile_reader(field: Field, form: str, reading: Reading) -> Reader:
    """A function from the text of a cell that is not blank to the stored value; it raises Unreadable."""
    plain = _PLAIN.get(field.kind)
    if plain is not None:
        return plain(field, form, reading)
    if field.kind in _REMEMBERED:
        return remembered(_dated(field, form, reading) if form in _ORDERS else _any(field, reading))
    return _any(field, reading)


def with_meanings(field: Field, read: Reader, meanings: Mapping[str, str]) -> Reader:
    """The reader of a select: words that were said to mean a choice are that choice; refusals name the choices.

    Where several choices are taken, each word of a cell means one.
    """
    known = {word.casefold(): choice for word, choice in meanings.items()}

    def look_up(text: str) -> Any:
        choice = known.get(text.strip().casefold())
        if choice is not None:
            return choice
        try:
            return read(text)
        except Unreadable:
            said = ", ".join(force_str(option.label) for option in field.options[:SHOWN_CHOICES])
            more = ", …" if len(field.options) > SHOWN_CHOICES else ""
            raise Unreadable(_("This is not one of the choices: %(choices)s.") % {"choices": said + more}) from None

    if field.kind is FieldKind.MULTI_SELECT:
        names = choice_names(field)
        return remembered(lambda text: _several(field, text, names, look_up))
    return look_up


def choice_names(field: Field) -> dict[str, str]:
    """The choices of a field by what files call them, without case: by their labels, then by their values."""
    by_word: dict[str, str] = {}
    for option in field.options:
        by_word.setdefault(force_str(option.label).casefold(), option.value)
        by_word.setdefault(option.value.casefold(), option.value)
    return by_word


def words_of_cell(field: Field, cell: str, known: Container[str]) -> list[str]:
    """The words that stand in a cell for choices: of a field of several all of them, else the cell as it is.

    A cell that is a choice as a whole is that one, whatever signs are in it.
    """
    word = cell.strip()
    if field.kind is not FieldKind.MULTI_SELECT or word.casefold() in known:
        return [word]
    sign = next((each for each in "|;," if each in word), "|")
    return [part.strip() for part in word.split(sign) if part.strip()]


def _several(field: Field, text: str, names: Mapping[str, str], look_up: Reader) -> list[str]:
    found: set[str] = set()
    for word in words_of_cell(field, text, names):
        value = names.get(word.casefold()) or look_up(word)
        found.update([value] if isinstance(value, str) else value)
    return sorted(found)


def doubt_of(field: Field, reading: Reading) -> Doubt | None:
    """What may be doubtful about values of a field: numbers nobody can dial are kept as they are written."""
    if field.kind is not FieldKind.PHONE:
        return None

    def doubt(value: str) -> Text:
        reason = parse_phone(value, reading.region).reason
        return _("%(reason)s It is kept as it is written.") % {"reason": REASONS[reason]} if reason else ""

    return doubt


def names_something(field: Field) -> bool:
    """Whether the cell holds names to be looked up rather than a value: of people, related records or tags."""
    return field.is_reference or field.tags


def remembered(read: Reader) -> Reader:
    """The same reader with a memory for what it said, refusals included."""
    known: dict[str, Any] = {}

    def look_up(text: str) -> Any:
        try:
            value = known[text]
        except KeyError:
            if len(known) > MOST_REMEMBERED:
                known.clear()
            try:
                value = read(text)
            except Unreadable as error:
                value = error
            known[text] = value
        if isinstance(value, Unreadable):
            raise Unreadable(str(value))
        return list(value) if isinstance(value, list) else value

    return look_up


def _any(field: Field, reading: Reading) -> Reader:
    def read(text: str) -> Any:
        return read_value(field, text, reading)

    return read


def _text_reader(field: Field, _form: str, reading: Reading) -> Reader:
    longest = field.max_length or 2**31

    def read(text: str) -> Any:
        stripped = text.strip()
        if stripped.isprintable() and 0 < len(stripped) <= longest:
            return stripped
        return read_value(field, text, reading)

    return read


def _matching_reader(pattern: re.Pattern[str]) -> Callable[[Field, str, Reading], Reader]:
    def make(field: Field, _form: str, reading: Reading) -> Reader:
        longest = field.max_length or 2**31
        matches = pattern.fullmatch

        def read(text: str) -> Any:
            stripped = text.strip()
            if matches(stripped) and len(stripped) <= longest:
                return stripped
            return read_value(field, text, reading)

        return read

    return make


def _number_reader(field: Field, form: str, reading: Reading) -> Reader:
    decimal_sign = form if form in _SIGNS else "."

    def read(text: str) -> Any:
        return read_value(field, plain_number(text, decimal_sign), reading)

    return read


def plain_number(text: str, decimal_sign: str) -> Decimal:
    """The number a cell means: "$1,100.04", "1.100,04 €", "(12)", "85%". Raises Unreadable."""
    parts = _NUMBER.fullmatch(text.strip())
    if parts is not None and all(_AROUND.fullmatch(parts[side].strip()) for side in ("before", "after")):
        number = parts["number"].strip(" \u00a0\u202f")
        if any(map(str.isdecimal, number)) and _SIGNS[decimal_sign].fullmatch(number):
            return _signed(number, decimal_sign, negative=bool(parts["minus"]))
    raise Unreadable(_("This is not a number."))


def _signed(number: str, decimal_sign: str, *, negative: bool) -> Decimal:
    whole, _sign, decimals = number.partition(decimal_sign)
    digits = "".join(character for character in whole if character.isdecimal() or character in "+-")
    value = Decimal(f"{digits if digits.strip('+-') else digits + '0'}.{decimals or '0'}")
    return -abs(value) if negative else value


def _dated(field: Field, order: str, reading: Reading) -> Reader:
    def read(text: str) -> Any:
        try:
            return read_value(field, text, reading)
        except Unreadable:
            iso = iso_date(text.strip(), order)
            if iso is None:
                raise
            return read_value(field, iso if field.kind is FieldKind.DATETIME else iso[:10], reading)

    return read


def iso_date(text: str, order: str) -> str | None:
    """A date of that order, or with the month in words, as ISO 8601 with its time of day if it has one."""
    found = _DAY.fullmatch(text)
    if found is None:
        return _worded_date(text)
    parts = (found[1], found[3], found[4])
    if len(found[1]) == 4:
        order = "ymd"
    year, month, day = (parts[position] for position in _ORDERS[order])
    time = _clock(found[5]) if found[5] else ""
    if len(year) not in {2, 4} or time is None:
        return None
    full_year = int(year) if len(year) == 4 else int(year) + (1900 if int(year) > 68 else 2000)
    return f"{full_year:04d}-{int(month):02d}-{int(day):02d}{time}"


def _clock(text: str) -> str | None:
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        return None
    hour = int(found[1])
    if found[4]:
        hour = hour % 12 + (12 if found[4] in "pP" else 0)
    return f"T{hour:02d}:{found[2]}:{found[3] or '00'}"


def _worded_date(text: str) -> str | None:
    for form in _WORDED:
        try:
            return datetime.strptime(text, form).date().isoformat()  # noqa: DTZ007 - only its day is used
        except ValueError:
            continue
    return None


_PLAIN: dict[FieldKind, Callable[[Field, str, Reading], Reader]] = {
    FieldKind.TEXT: _text_reader,
    FieldKind.EMAIL: _matching_reader(_PLAIN_EMAIL),
    FieldKind.URL: _matching_reader(_PLAIN_URL),
    **dict.fromkeys(NUMERIC_KINDS, _number_reader),
}
