"""The state of a saved view as text, what of it still holds for an actor, and an address laid over it.

An address with `view=<id>` holds only what differs: a parameter that it names replaces the view's, and one without a
value takes it away.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from autocrm.kernel.conditions.parsing import parse
from autocrm.kernel.conditions.schema import find_field
from autocrm.kernel.errors import Invalid, Text
from autocrm.kernel.field_kinds import FieldKind
from autocrm.kernel.json_text import read_json
from autocrm.records.lists.columns import find_column
from autocrm.records.lists.params import is_quick, read_comparison, read_filter, read_group
from autocrm.records.orders import find_order
from autocrm.records.registry import RecordType, record_types
from autocrm.records.schema import RecordSchema

# What says where somebody is, not what the list shows.
_ELSEWHERE = frozenset({"view", "cursor", "peek", "in", "part", "among"})
MOST_TEXT = 6_000


class Loss(StrEnum):
    """Why a part of a view is left out."""

    HIDDEN = "hidden"
    FIELD_GONE = "field_gone"
    CHOICE_GONE = "choice_gone"
    UNFIT = "unfit"


LOSS_WORDS: Mapping[Loss, Text] = {
    Loss.HIDDEN: _("This view uses fields that you may not see; what depends on them is left out."),
    Loss.FIELD_GONE: _("This view uses fields that do not exist any more; what depends on them is left out."),
    Loss.CHOICE_GONE: _(
        "This view filters by a tag or a choice that does not exist any more; this condition is left out."
    ),
    Loss.UNFIT: _("A part of this view does not fit its field any more; it is left out."),
}


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


def readable_part(saved: QueryDict, schema: RecordSchema) -> tuple[QueryDict, frozenset[Loss]]:
    """What of a view holds for the actor, and why anything else had to be left out."""
    reader = _Reader(schema)
    kept = QueryDict(mutable=True)
    for name in saved:
        values = [value for each in saved.getlist(name) if (value := reader.read(name, each))]
        if values:
            kept.setlist(name, values)
    return kept, frozenset(reader.losses)


@dataclass(slots=True)
class _Reader:
    """Reads the parameters of a view with the actor's eyes and notes why a part of them is left out."""

    schema: RecordSchema
    losses: set[Loss] = field(default_factory=set)

    def read(self, name: str, value: str) -> str:
        """The value as far as it holds, "" for nothing."""
        if name in _FIELD_LISTS:
            return ",".join(part for part in value.split(",") if self._is_there(name, _FIELD_LISTS[name](part.strip())))
        if name == "filter":
            return self._filter(value)
        if is_quick(name):
            return self._quick(name, value)
        return value

    def _is_there(self, name: str, key: str) -> bool:
        find = _FIND.get(name, find_column)
        if _is_understood(lambda: find(key, self.schema)):
            return True
        self.losses.add(_loss_of(key, self.schema))
        return False

    def _filter(self, text: str) -> str:
        """The condition without the comparisons that do not hold."""
        if _is_understood(lambda: read_filter(text, self.schema)):
            return text
        try:
            kept = self._node(read_json(text))
        except ValueError:
            kept = None
        if kept is None:
            # What nobody can read is left out as well.
            self.losses = self.losses or {Loss.UNFIT}
            return ""
        left = json.dumps(kept, separators=(",", ":"), ensure_ascii=False)
        return left if _is_understood(lambda: read_filter(left, self.schema)) else ""

    def _node(self, node: Any) -> Any:
        """The part of a condition that holds, None for nothing."""
        if isinstance(node, dict) and "condition" in node:
            return self._node(node["condition"])
        if isinstance(node, dict) and isinstance(node.get("args"), list):
            args = [kept for each in node["args"] if (kept := self._node(each)) is not None]
            return {**node, "args": args} if args else None
        if _is_understood(lambda: parse(node, self.schema)):
            return node
        named = str(node.get("field", "")) if isinstance(node, dict) else ""
        self.losses.add(_loss_of(named, self.schema))
        return None

    def _quick(self, name: str, value: str) -> str:
        """Of several values those that there are."""
        values = [value] if self._is_comparison(name, value) else value.split(",")
        kept = [each for each in values if self._is_comparison(name, each)]
        if len(kept) < len(values):
            key = name if find_field(self.schema, name) else name.rpartition("__")[0] or name
            self.losses.add(_loss_of(key, self.schema))
        return ",".join(kept)

    def _is_comparison(self, name: str, value: str) -> bool:
        return _is_understood(lambda: read_comparison(name, [value], self.schema))


# Parameters that name fields: what of each part is the name of one.
_FIELD_LISTS: dict[str, Callable[[str], str]] = {
    "columns": lambda part: part.partition(":")[0],
    "sort": lambda part: part.removeprefix("-"),
    "group": lambda part: part,
    "sums": lambda part: part.rpartition(":")[0],
    "by": lambda part: part,
    "on": lambda part: part,
    "cards": lambda part: part,
}
_FIND: dict[str, Callable[[str, RecordSchema], object]] = {"sort": find_order, "group": read_group}


def _loss_of(key: str, schema: RecordSchema) -> Loss:
    """Why what a view says of a field does not hold."""
    bound = find_field(schema, key)
    if bound is None:
        return Loss.HIDDEN if _is_declared(key, schema.record_type) else Loss.FIELD_GONE
    is_relation = bound.hop is None and bound.field.kind is FieldKind.RELATION
    if is_relation and not schema.sees_all(schema.record_type.by_key[key].relation):
        # The order of what the actor sees in part only would tell of the others.
        return Loss.HIDDEN
    has_choices = bound.field.options is not None or bound.field.is_choice is not None
    return Loss.CHOICE_GONE if has_choices else Loss.UNFIT


def _is_declared(key: str, record_type: RecordType) -> bool:
    """Whether there is such a field, whoever may see it."""
    first, _dot, second = key.partition(".")
    found = record_type.by_key.get(first)
    if found is None or not second:
        return found is not None
    target = record_types.find(found.relation)
    return target is not None and second in target.by_key


def _is_understood(read: Callable[[], object]) -> bool:
    try:
        read()
    except Invalid:
        return False
    return True
