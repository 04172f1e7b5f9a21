"""Reads the JSON value of a leaf as the type its field and operator ask for.

Responsibilities: strictness and size limits. Do NOT: resolve relative dates (they need a context: `lowering`).
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import TypeVar
from uuid import UUID

from django.utils.translation import gettext as _

from autocrm.kernel.conditions.folding import fold
from autocrm.kernel.conditions.operators import Shape
from autocrm.kernel.conditions.patterns import BadPatternError, SafePattern, read_pattern
from autocrm.kernel.conditions.periods import CLOCK_UNITS, DAY_UNITS, LARGEST_N, UNITS
from autocrm.kernel.conditions.schema import ConditionField, Storage
from autocrm.kernel.conditions.tree import RelativeDate, Span, Value
from autocrm.kernel.field_kinds import FieldKind

LONGEST_TEXT = 1_000
LONGEST_LIST = 100
MOST_DIGITS = 30

Day = date | RelativeDate
Moment = date | datetime | RelativeDate
Key = str | int | UUID
Operand = (
    None
    | bool
    | Decimal
    | Key
    | Moment
    | Span
    | SafePattern
    | tuple[Key, ...]
    | tuple[Decimal, Decimal]
    | tuple[Moment, Moment]
)

D = TypeVar("D", bound=date)
T = TypeVar("T")

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class BadOperandError(ValueError):
    """Says in words why a value does not fit; the binder collects it. Never leaves this package."""


def read_operand(field: ConditionField, shape: Shape, raw: Value) -> Operand:
    """The typed value of a leaf on `field`. Raises BadOperandError."""
    return _READERS[shape](field, raw)


def comparable_text(field: ConditionField, text: str) -> str:
    """`text` in the form that is compared: as the normalised column keeps it, or without differences of case."""
    return field.normalise(text) if field.normalise is not None else fold(text)


def asked_text(field: ConditionField, text: str) -> str:
    """`text` as it is asked for: of what is no whole value, the end of an address say, as it may stand within one."""
    return comparable_text(field, text) or fold(text).strip()


def read_key(field: ConditionField, raw: object) -> Key:
    """An id or choice in the type of its column. Raises ValueError."""
    if field.stored_as is Storage.UUID:
        return raw if isinstance(raw, UUID) else UUID(str(raw))
    if field.stored_as is Storage.INTEGER:
        return int(str(raw))
    return str(raw)


def _nothing(_field: ConditionField, raw: Value) -> None:
    if raw is not None:
        raise BadOperandError(_("This comparison takes no value."))


def _text(field: ConditionField, raw: Value) -> str:
    text = _plain_text(raw)
    if not asked_text(field, text):
        raise BadOperandError(_("Give something to compare with, or use “is empty”."))
    return text


def _plain_text(raw: Value) -> str:
    if not isinstance(raw, str):
        raise BadOperandError(_("Give a text."))
    if len(raw) > LONGEST_TEXT:
        raise BadOperandError(_("The text is longer than %(most)d characters.") % {"most": LONGEST_TEXT})
    if "\0" in raw or any("\ud800" <= char <= "\udfff" for char in raw):
        raise BadOperandError(_("The text contains characters that cannot be stored."))
    return raw


def _pattern(_field: ConditionField, raw: Value) -> SafePattern:
    try:
        return read_pattern(_plain_text(raw))
    except BadPatternError as error:
        raise BadOperandError(str(error)) from error


def _number(_field: ConditionField, raw: Value) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, (int, float, str)):
        raise BadOperandError(_("Give a number."))
    if isinstance(raw, int) and raw.bit_length() > 4 * MOST_DIGITS:
        raise BadOperandError(_("The number is too large."))
    try:
        number = Decimal(str(raw).strip())
    except InvalidOperation as error:
        raise BadOperandError(_("Give a number.")) from error
    if not number.is_finite():
        raise BadOperandError(_("Give a number."))
    if len(number.as_tuple().digits) > MOST_DIGITS or not -MOST_DIGITS <= number.adjusted() <= MOST_DIGITS:
        raise BadOperandError(_("The number is too large."))
    return number


def _boolean(_field: ConditionField, raw: Value) -> bool:
    if not isinstance(raw, bool):
        raise BadOperandError(_("Give yes or no."))
    return raw


def _day(field: ConditionField, raw: Value) -> Day:
    if isinstance(raw, RelativeDate):
        _check_relative(raw, DAY_UNITS)
        return raw
    if not isinstance(raw, str) or not _DATE.fullmatch(raw):
        raise BadOperandError(_("Give a day such as 2026-03-31."))
    return _sensible(_date(raw))


def _moment(field: ConditionField, raw: Value) -> Moment:
    if field.kind is FieldKind.DATE:
        return _day(field, raw)
    if isinstance(raw, RelativeDate):
        _check_relative(raw, UNITS)
        return raw
    if isinstance(raw, str) and not _DATE.fullmatch(raw):
        return _sensible(_datetime(raw))
    return _day(field, raw)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadOperandError(_("There is no such day.")) from error


def _datetime(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise BadOperandError(_("Give a day such as 2026-03-31, or a time such as 2026-03-31T09:30.")) from error


def _sensible(value: D) -> D:
    if not 1000 <= value.year <= 9000:
        raise BadOperandError(_("The year is out of range."))
    return value


def _check_relative(relative: RelativeDate, units: tuple[str, ...]) -> None:
    anchor = relative.anchor or "start"
    if anchor not in {"start", "now"}:
        raise BadOperandError(_("A relative date starts from “start” or “now”."))
    if relative.unit in CLOCK_UNITS and anchor == "start":
        raise BadOperandError(_("Hours and minutes are counted from now."))
    _check_span(abs(relative.n), relative.unit, units)


def _check_span(n: int, unit: str, units: tuple[str, ...]) -> None:
    if unit not in units:
        raise BadOperandError(_("“%(unit)s” is not a unit of time here.") % {"unit": unit})
    if n > LARGEST_N[unit]:
        raise BadOperandError(_("The number is too large."))


def _unit(_field: ConditionField, raw: Value) -> str:
    if not isinstance(raw, str) or raw not in DAY_UNITS:
        raise BadOperandError(_("Give a unit of time, such as month."))
    return raw


def _span(field: ConditionField, raw: Value) -> Span:
    if not isinstance(raw, Span):
        raise BadOperandError(_("Give a number and a unit of time."))
    if raw.n < 1:
        raise BadOperandError(_("Give a number of at least 1."))
    _check_span(raw.n, raw.unit, UNITS if field.kind is FieldKind.DATETIME else DAY_UNITS)
    return raw


def _anniversary(field: ConditionField, raw: Value) -> Span | Day | None:
    if raw is None:
        return None
    if isinstance(raw, Span):
        span = _span(field, raw)
        _check_span(span.n, span.unit, DAY_UNITS)
        return span
    return _day(field, raw)


def _choice(field: ConditionField, raw: Value) -> Key:
    text = _plain_text(raw)
    if not text:
        raise BadOperandError(_("Give something to compare with, or use “is empty”."))
    if not _is_choice(field, text):
        raise BadOperandError(_("“%(value)s” is not one of the choices.") % {"value": text})
    return _reference(field, text)


def _is_choice(field: ConditionField, text: str) -> bool:
    if field.is_choice is not None:
        return field.is_choice(text)
    return field.options is None or any(option.value == text for option in field.options)


def _reference(field: ConditionField, raw: Value) -> Key:
    if isinstance(raw, bool) or not isinstance(raw, (str, int)) or raw == "":
        raise BadOperandError(_("Give the id of a record."))
    try:
        key = read_key(field, raw)
    except ValueError as error:
        raise BadOperandError(_("Give the id of a record.")) from error
    if isinstance(key, int) and not -(2**63) <= key < 2**63:
        raise BadOperandError(_("The number is too large."))
    return _plain_text(key) if isinstance(key, str) else key


def _list(read: Callable[[ConditionField, Value], T]) -> Callable[[ConditionField, Value], tuple[T, ...]]:
    def read_list(field: ConditionField, raw: Value) -> tuple[T, ...]:
        if not isinstance(raw, tuple) or not raw:
            raise BadOperandError(_("Give a list with at least one value."))
        if len(raw) > LONGEST_LIST:
            raise BadOperandError(_("The list has more than %(most)d values.") % {"most": LONGEST_LIST})
        return tuple(read(field, item) for item in raw)

    return read_list


def _numbers(field: ConditionField, raw: Value) -> tuple[Decimal, Decimal]:
    low_raw, high_raw = _pair(raw)
    low, high = _number(field, low_raw), _number(field, high_raw)
    if low > high:
        raise BadOperandError(_("The first value must not be after the second."))
    return low, high


def _moments(field: ConditionField, raw: Value) -> tuple[Moment, Moment]:
    low_raw, high_raw = _pair(raw)
    low, high = _moment(field, low_raw), _moment(field, high_raw)
    if type(low) is date and type(high) is date and low > high:
        raise BadOperandError(_("The first value must not be after the second."))
    return low, high


def _pair(raw: Value) -> tuple[Value, Value]:
    if not isinstance(raw, tuple) or len(raw) != 2:
        raise BadOperandError(_("Give two values: from and to."))
    return raw[0], raw[1]


_READERS: Mapping[Shape, Callable[[ConditionField, Value], Operand]] = MappingProxyType(
    {
        Shape.NONE: _nothing,
        Shape.TEXT: _text,
        Shape.TEXTS: _list(_text),
        Shape.PATTERN: _pattern,
        Shape.NUMBER: _number,
        Shape.NUMBERS: _numbers,
        Shape.BOOLEAN: _boolean,
        Shape.DAY: _day,
        Shape.MOMENT: _moment,
        Shape.MOMENTS: _moments,
        Shape.UNIT: _unit,
        Shape.SPAN: _span,
        Shape.ANNIVERSARY: _anniversary,
        Shape.CHOICE: _choice,
        Shape.CHOICES: _list(_choice),
        Shape.REFERENCE: _reference,
        Shape.REFERENCES: _list(_reference),
    }
)
