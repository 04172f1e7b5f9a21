"""The state of a saved view as text, what of it an actor may know, and an address laid over it.

An address with `view=<id>` holds only what differs: a parameter that it names replaces the view's, and one without a
value takes it away.
"""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict

from autocrm.kernel.errors import Invalid
from autocrm.records.lists.columns import find_column
from autocrm.records.lists.params import is_quick, read_comparison, read_filter
from autocrm.records.orders import find_order
from autocrm.records.schema import RecordSchema

# What says where somebody is, not what the list shows.
_ELSEWHERE = frozenset({"view", "cursor", "peek", "in", "part", "among"})
MOST_TEXT = 6_000


@dataclass(frozen=True)
class Overlaid:
    """What a list shows: the view's parameters with those of the address on top."""

    params: QueryDict
    is_changed: bool


def read_state(text: str) -> QueryDict:
    """The parameters that a saved state holds."""
    return QueryDict(text, mutable=True)


def write_state(params: QueryDict) -> str:
    """The parameters of a list as a view keeps them: in order, without empty ones and what is of the moment."""
    kept = [(name, value) for name in sorted(params) if name not in _ELSEWHERE for value in params.getlist(name)]
    return urlencode([(name, value) for name, value in kept if value != ""])


def overlay(saved: QueryDict, asked: QueryDict) -> Overlaid:
    """The list that `asked` makes of the view `saved`."""
    params = saved.copy()
    is_changed = False
    for name in asked:
        if name in _ELSEWHERE:
            params.setlist(name, asked.getlist(name))
            continue
        values = [value for value in asked.getlist(name) if value != ""]
        is_changed = is_changed or values != saved.getlist(name)
        if values:
            params.setlist(name, values)
        else:
            params.pop(name, None)
    return Overlaid(params, is_changed)


def readable_part(saved: QueryDict, schema: RecordSchema) -> tuple[QueryDict, bool]:
    """What of a view the actor may know of, and whether anything had to be left out."""
    kept = QueryDict(mutable=True)
    for name in saved:
        values = [value for each in saved.getlist(name) if (value := _readable(name, each, schema))]
        if values:
            kept.setlist(name, values)
    return kept, write_state(kept) != write_state(saved)


def _readable(name: str, value: str, schema: RecordSchema) -> str:
    """The value as far as every field in it may be seen, "" for nothing."""
    if name in _FIELD_LISTS:
        return ",".join(part for part in value.split(",") if _is_readable(_FIELD_LISTS[name](part), schema))
    if name == "sort":
        return ",".join(part for part in value.split(",") if _gives_order(part.strip().removeprefix("-"), schema))
    if name == "filter":
        return value if _is_understood(lambda: read_filter(value, schema)) else ""
    if is_quick(name):
        return value if _is_understood(lambda: read_comparison(name, [value], schema)) else ""
    # A layout's own parameter may name a field too.
    hidden = value in schema.record_type.by_key and not _is_readable(value, schema)
    return "" if hidden else value


_FIELD_LISTS: dict[str, Callable[[str], str]] = {
    "columns": lambda part: part.partition(":")[0],
    "group": lambda part: part,
    "sums": lambda part: part.rpartition(":")[0],
    "cards": lambda part: part,
}


def _is_readable(key: str, schema: RecordSchema) -> bool:
    return _is_understood(lambda: find_column(key.strip(), schema))


def _gives_order(key: str, schema: RecordSchema) -> bool:
    return _is_understood(lambda: find_order(key, schema))


def _is_understood(read: Callable[[], object]) -> bool:
    try:
        read()
    except Invalid:
        return False
    return True
