"""Functions that make and take texts. Comparing is without case, as in filters; what is written is not changed."""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from autocrm.kernel.conditions.folding import fold
from autocrm.kernel.field_kinds import FieldKind
from autocrm.kernel.formulas.arithmetic import EXACT
from autocrm.kernel.formulas.context import FormulaContext
from autocrm.kernel.formulas.function import (
    NUMBERS,
    TEXTS,
    Evaluate,
    Function,
    Typed,
    always,
    cut,
    lenient,
    strict,
    takes,
)
from autocrm.kernel.formulas.types import BOOLEAN, LIMIT, LONGEST_TEXT, MOST_PLACES, TEXT, WHOLE, number

GROUP = "text"
WRITABLE = (
    FieldKind.TEXT,
    FieldKind.NUMBER,
    FieldKind.CURRENCY,
    FieldKind.PERCENT,
    FieldKind.DATE,
    FieldKind.DATETIME,
    FieldKind.BOOLEAN,
    FieldKind.MULTI_SELECT,
)
_SEARCHED = (FieldKind.TEXT, FieldKind.MULTI_SELECT)
_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?", re.ASCII)


def write_text(value: Any, context: FormulaContext) -> str:
    """Any value as a text, the same in every language: numbers with a point, days as 2026-11-25."""
    return next(write(value, context) for kind, write in _WRITERS if isinstance(value, kind))


def _write_number(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _write_moment(value: datetime, context: FormulaContext) -> str:
    try:
        local = value.astimezone(context.tz)
    except OverflowError:  # the first and last hours of the calendar have no counterpart elsewhere
        local = value
    return local.isoformat(" ", "minutes")[:16]


# Order matters: a moment is a date.
_WRITERS: tuple[tuple[type, Callable[[Any, FormulaContext], str]], ...] = (
    (str, lambda value, _context: value),
    (bool, lambda value, _context: "true" if value else "false"),
    (Decimal, lambda value, _context: _write_number(value)),
    (datetime, _write_moment),
    (date, lambda value, _context: value.isoformat()),
    (frozenset, lambda value, _context: ", ".join(sorted(value))),
)


def writer(typed: Typed, part: Evaluate) -> Evaluate:
    """Evaluates to the text of a value, "" when it is empty."""
    if typed.type.kind is FieldKind.TEXT:
        return lambda row, context: part(row, context) or ""
    if typed.type.kind is FieldKind.PERCENT:
        return lambda row, context: _write_percent(part(row, context), context)

    def evaluate(row: Any, context: FormulaContext) -> str:
        value = part(row, context)
        return "" if value is None else write_text(value, context)

    return evaluate


def _write_percent(value: Decimal | None, context: FormulaContext) -> str:
    return "" if value is None else f"{write_text(value.scaleb(2, EXACT), context)}%"


def join_texts(typed: Sequence[Typed], parts: Sequence[Evaluate]) -> Evaluate:
    """All values as texts one after another; it stops when the text is as long as it may be."""
    writers = tuple(writer(each, part) for each, part in zip(typed, parts, strict=True))

    def evaluate(row: Any, context: FormulaContext) -> str | None:
        pieces, length = [], 0
        for write in writers:
            piece = write(row, context)
            pieces.append(piece)
            length += len(piece)
            if length >= LONGEST_TEXT:
                break
        return cut("".join(pieces))

    return evaluate


def _left(text: str, count: Decimal) -> str | None:
    return text[: _whole(count)] or None


def _right(text: str, count: Decimal) -> str | None:
    return text[max(len(text) - _whole(count), 0) :] or None


def _mid(text: str, start: Decimal, count: Decimal) -> str | None:
    begin = max(int(start) - 1, 0) if start < LONGEST_TEXT else LONGEST_TEXT
    return text[begin : begin + _whole(count)] or None


def _whole(count: Decimal) -> int:
    return 0 if count < 0 else LONGEST_TEXT if count > LONGEST_TEXT else int(count)


def _length(value: str | frozenset[str] | None) -> Decimal:
    return Decimal(0 if value is None else len(value))


def _contains(value: str | frozenset[str] | None, part: str | None) -> bool:
    if value is None or part is None:
        return False
    if isinstance(value, frozenset):
        return fold(part) in {fold(each) for each in value}
    return fold(part) in fold(value)


def _starts(text: str | None, part: str | None) -> bool:
    return text is not None and part is not None and fold(text).startswith(fold(part))


def _ends(text: str | None, part: str | None) -> bool:
    return text is not None and part is not None and fold(text).endswith(fold(part))


def _replace(text: str | None, old: str | None, new: str | None) -> str | None:
    if text is None or old is None:
        return text
    words = new or ""
    # More replacements than these cannot be seen in a text that is cut.
    return cut(text.replace(old, words, LONGEST_TEXT // len(words) + 1 if words else -1))


def _read_number(text: str) -> Decimal | None:
    written = text.strip()
    if not _NUMBER.fullmatch(written):
        return None
    value = EXACT.create_decimal(written)
    if value.as_tuple().exponent < -MOST_PLACES:  # type: ignore[operator] # a finite number has a whole exponent
        value = value.quantize(Decimal(1).scaleb(-MOST_PLACES), context=EXACT)
    return value if abs(value) < LIMIT else None


def _build_text(typed: Sequence[Typed], parts: Sequence[Evaluate]) -> Evaluate:
    return join_texts(typed, parts)


def _build_number(typed: Sequence[Typed], parts: Sequence[Evaluate]) -> Evaluate:
    kind = typed[0].type.kind
    if kind is FieldKind.TEXT:
        return strict(_read_number)(typed, parts)
    if kind is FieldKind.BOOLEAN:
        return strict(lambda value: Decimal(1 if value else 0))(typed, parts)
    return parts[0]


TEXT_FUNCTIONS = (
    Function(
        "concat",
        GROUP,
        "concat(value, value, …)",
        _("Joins values to one text; empty ones are left out. The same as value & value."),
        'concat(first_name, " ", last_name)',
        takes(WRITABLE, result=always(TEXT), more=True),
        join_texts,
    ),
    Function(
        "upper",
        GROUP,
        "upper(text)",
        _("The text in capital letters."),
        "upper(country)",
        takes(TEXTS, result=always(TEXT)),
        strict(lambda text: cut(text.upper())),
    ),
    Function(
        "lower",
        GROUP,
        "lower(text)",
        _("The text in small letters."),
        "lower(email)",
        takes(TEXTS, result=always(TEXT)),
        strict(lambda text: cut(text.lower())),
    ),
    Function(
        "trim",
        GROUP,
        "trim(text)",
        _("The text without spaces at its ends."),
        "trim(name)",
        takes(TEXTS, result=always(TEXT)),
        strict(lambda text: text.strip() or None),
    ),
    Function(
        "left",
        GROUP,
        "left(text, count)",
        _("The first characters of a text."),
        "left(last_name, 1)",
        takes(TEXTS, NUMBERS, result=always(TEXT)),
        strict(_left),
    ),
    Function(
        "right",
        GROUP,
        "right(text, count)",
        _("The last characters of a text."),
        "right(phone, 4)",
        takes(TEXTS, NUMBERS, result=always(TEXT)),
        strict(_right),
    ),
    Function(
        "mid",
        GROUP,
        "mid(text, start, count)",
        _("Characters out of the middle of a text; the first is 1."),
        "mid(postal_code, 1, 2)",
        takes(TEXTS, NUMBERS, NUMBERS, result=always(TEXT)),
        strict(_mid),
    ),
    Function(
        "len",
        GROUP,
        "len(text)",
        _("How many characters a text has, or how many choices are made; 0 when empty."),
        "len(name)",
        takes(_SEARCHED, result=always(WHOLE)),
        lenient(_length),
    ),
    Function(
        "contains",
        GROUP,
        "contains(text, part)",
        _("Whether a text contains another, or whether a choice is made; without regard to case."),
        'contains(job_title, "head")',
        takes(_SEARCHED, TEXTS, result=always(BOOLEAN)),
        lenient(_contains),
    ),
    Function(
        "starts_with",
        GROUP,
        "starts_with(text, part)",
        _("Whether a text begins with another; without regard to case."),
        'starts_with(phone, "+49")',
        takes(TEXTS, TEXTS, result=always(BOOLEAN)),
        lenient(_starts),
    ),
    Function(
        "ends_with",
        GROUP,
        "ends_with(text, part)",
        _("Whether a text ends with another; without regard to case."),
        'ends_with(email, ".org")',
        takes(TEXTS, TEXTS, result=always(BOOLEAN)),
        lenient(_ends),
    ),
    Function(
        "replace",
        GROUP,
        "replace(text, old, new)",
        _("The text with every occurrence of one part replaced by another."),
        'replace(phone, " ", "")',
        takes(TEXTS, TEXTS, TEXTS, result=always(TEXT)),
        lenient(_replace),
    ),
    Function(
        "text",
        GROUP,
        "text(value)",
        _("Any value as a text: 1234.5, 2026-11-25, true, 25%."),
        "text(created_at)",
        takes(WRITABLE, result=always(TEXT)),
        _build_text,
    ),
    Function(
        "number",
        GROUP,
        "number(value)",
        _("A text such as 1234.5 as a number; an amount or a percent as a bare number; yes is 1, no is 0."),
        "number(left(code, 3))",
        takes(
            (FieldKind.TEXT, FieldKind.BOOLEAN, *NUMBERS),
            result=lambda types: number(types[0].places if types[0].is_number else MOST_PLACES),
        ),
        _build_number,
    ),
)
