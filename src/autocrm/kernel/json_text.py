"""JSON text on its way out, to rows (journal, jobs), and on its way in, from whoever sends it."""

from collections.abc import Mapping, Set
from decimal import Decimal
from typing import Any

import orjson
from django.utils.functional import Promise

_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS
_NUL = "\\u0000"
# Deeper than anything we take; code that walks what came in may then recurse without a thought.
DEEPEST = 64


def to_json_text(value: object) -> str:
    """`value` as JSON text that a jsonb column takes: UUID, Decimal and lazy text become strings, dates ISO 8601.

    NUL characters, which PostgreSQL refuses, are left out. Raises TypeError for what has no plain form.
    """
    text = orjson.dumps(value, default=_plain, option=_OPTIONS).decode()
    if _NUL in text:
        text = orjson.dumps(_without_nul(orjson.loads(text))).decode()
    return text


def read_json(text: str | bytes) -> Any:
    """What JSON from outside says. Raises ValueError for all else.

    Also refused: NaN and infinity, numbers without end, text that has no UTF-8 form (lone surrogates), and nesting
    beyond DEEPEST, on which the standard library ends in a RecursionError.
    """
    try:
        value = orjson.loads(text)
    except UnicodeEncodeError as error:
        raise ValueError("This text has no UTF-8 form.") from error
    if _is_deeper(value, DEEPEST):
        raise ValueError(f"This is nested deeper than {DEEPEST}.")
    return value


def _is_deeper(value: Any, most: int) -> bool:
    level = [value]
    for _depth in range(most + 1):
        level = [inner for each in level for inner in _holders_in(each)]
        if not level:
            return False
    return True


def _holders_in(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [inner for inner in value.values() if isinstance(inner, dict | list)]
    return [inner for inner in value if isinstance(inner, dict | list)] if isinstance(value, list) else []


def _plain(value: object) -> object:
    if isinstance(value, Decimal | Promise):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Set):
        return sorted(value, key=str)
    raise TypeError(f"{type(value).__name__} has no plain JSON form.")


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, list):
        return [_without_nul(item) for item in value]
    if isinstance(value, dict):
        return {_without_nul(key): _without_nul(item) for key, item in value.items()}
    return value
