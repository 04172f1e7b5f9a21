"""The one way values become JSON text for rows (journal, jobs): ids, dates and decimals turn into strings."""

from collections.abc import Mapping, Set
from decimal import Decimal
from typing import Any

import orjson
from django.utils.functional import Promise

_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS
_NUL = "\\u0000"


def to_json_text(value: object) -> str:
    """`value` as JSON text that a jsonb column takes: UUID, Decimal and lazy text become strings, dates ISO 8601.

    NUL characters, which PostgreSQL refuses, are left out. Raises TypeError for what has no plain form.
    """
    text = orjson.dumps(value, default=_plain, option=_OPTIONS).decode()
    if _NUL in text:
        text = orjson.dumps(_without_nul(orjson.loads(text))).decode()
    return text


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
