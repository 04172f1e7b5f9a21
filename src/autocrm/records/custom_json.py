"""Values of custom fields as a record's `custom` JSON keeps them, and back again. Empty values are not kept at all.

What stands there and is no value of the field's kind (a kind may have changed) reads as empty, here exactly as in SQL
(`records.sql_values`): the patterns are shared, so that the two never differ.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from autocrm.kernel.field_kinds import NUMERIC_KINDS, TEXT_KINDS, FieldKind

# Every day from the year 1000 on, and nothing else: 30 days have September ..., leap years too.
_MONTHS = "(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8])"
_LEAP_YEARS = "[1-9][0-9](0[48]|[2468][048]|[13579][26])|([2468][048]|[13579][26])00"
_DAY = f"([1-9][0-9]{{3}}-({_MONTHS})|({_LEAP_YEARS})-02-29)"
DATE_PATTERN = f"^{_DAY}$"
MOMENT_PATTERN = f"^{_DAY}" + r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{6}Z$"
UUID_PATTERN = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
# Whole numbers of this many digits fit a bigint whatever they are.
MOST_DIGITS = 18
LARGEST_NUMBER = 10**MOST_DIGITS - 1

_DATE = re.compile(DATE_PATTERN, re.ASCII)
_MOMENT = re.compile(MOMENT_PATTERN, re.ASCII)
_UUID = re.compile(UUID_PATTERN, re.ASCII)


def to_json(kind: FieldKind, value: Any) -> Any:
    """A stored value as JSON; None for what is empty, so that it is left out."""
    if value is None or value in ("", []):
        return None
    return _TO.get(kind, _same)(value)


def from_json(kind: FieldKind, value: Any) -> Any:
    """The stored value that the JSON holds; None where there is none of this kind."""
    return None if value is None else _FROM[kind](value)


def _same(value: Any) -> Any:
    return value


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(value: Any) -> int | None:
    return value if type(value) is int and -LARGEST_NUMBER <= value <= LARGEST_NUMBER else None


def _boolean(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _date(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) and _matches(_DATE, value) else None


def _moment(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) and _matches(_MOMENT, value) else None


def _uuid(value: Any) -> UUID | None:
    return UUID(value) if isinstance(value, str) and _matches(_UUID, value) else None


def _several(value: Any) -> list[str] | None:
    return [each for each in value if isinstance(each, str)] or None if isinstance(value, list) else None


def _matches(pattern: re.Pattern[str], text: str) -> bool:
    # `$` of Python lets a line break follow, that of PostgreSQL does not.
    return pattern.match(text) is not None and not text.endswith("\n")


# Moments are UTC with microseconds always: as texts they sort as they do in time, which an index may use.
_TO: dict[FieldKind, Callable[[Any], Any]] = {
    FieldKind.DATE: date.isoformat,
    FieldKind.DATETIME: lambda value: value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    FieldKind.USER: str,
    FieldKind.RELATION: str,
    FieldKind.MULTI_SELECT: lambda value: [str(each) for each in value],
}
_FROM: dict[FieldKind, Callable[[Any], Any]] = {
    **dict.fromkeys(TEXT_KINDS, _text),
    **dict.fromkeys(NUMERIC_KINDS, _number),
    FieldKind.BOOLEAN: _boolean,
    FieldKind.SELECT: _text,
    FieldKind.MULTI_SELECT: _several,
    FieldKind.DATE: _date,
    FieldKind.DATETIME: _moment,
    FieldKind.USER: _uuid,
    FieldKind.RELATION: _uuid,
}
