"""Reads stored or sent JSON into a condition, with every fault named by its path.

    {"op": "and", "args": [{"field": "sector", "cmp": "is", "value": "medical"},
                           {"op": "not", "args": [{"field": "company.revenue", "cmp": "gt", "value": "1000.50"}]}]}

Nothing (`None`, `{}`) is "everything". An envelope `{"version": 1, "condition": ...}` is accepted.
"""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, cast

from django.utils.translation import gettext as _

from autocrm.kernel.conditions.binding import ROOT, Faults, bind_leaf, join_path
from autocrm.kernel.conditions.operands import LONGEST_LIST
from autocrm.kernel.conditions.schema import FieldSchema
from autocrm.kernel.conditions.tree import (
    EVERYTHING,
    SCHEMA_VERSION,
    Condition,
    Group,
    GroupOp,
    Leaf,
    RelativeDate,
    Span,
    Value,
)

DEEPEST = 5
MOST_LEAVES = 200
MOST_NODES = 2 * MOST_LEAVES

_GROUP_KEYS = {"op", "args"}
_LEAF_KEYS = {"field", "cmp", "value", "opts"}


def parse(json: object, schema: FieldSchema, *, trigger: bool = False) -> Condition:
    """Read and check a condition. `trigger` allows the operators that need an old state.

    Raises Invalid whose `fields` name every fault by path ("args.1.value"); "" is the whole condition.
    """
    reader = _Reader(schema, trigger=trigger)
    condition = reader.root(json)
    reader.faults.raise_if_any()
    return condition


class _Reader:
    def __init__(self, schema: FieldSchema, *, trigger: bool) -> None:
        self.schema = schema
        self.trigger = trigger
        self.faults = Faults()
        self.nodes = 0
        self.leaves = 0

    def root(self, json: object) -> Condition:
        if isinstance(json, Mapping) and "version" in json:
            if json["version"] != SCHEMA_VERSION or set(json) - {"version", "condition"}:
                self.faults.add("version", _("This filter was made by another version."))
                return EVERYTHING
            json = json.get("condition")
        if json in (None, {}, {"op": "and", "args": []}):
            return EVERYTHING
        return self.node(json, ROOT, depth=1) or EVERYTHING

    def node(self, json: object, path: str, *, depth: int) -> Condition | None:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            if self.nodes == MOST_NODES + 1:
                self.too_many()
            return None
        if isinstance(json, Mapping) and "op" in json:
            return self.group(json, path, depth=depth)
        if isinstance(json, Mapping) and "field" in json:
            return self.leaf(json, path)
        self.faults.add(path, _("Give a comparison or a group."))
        return None

    def group(self, json: Mapping[str, Any], path: str, *, depth: int) -> Condition | None:
        self.refuse_unknown(json, _GROUP_KEYS, path)
        op, args = json["op"], json.get("args")
        if op not in ("and", "or", "not"):
            self.faults.add(join_path(path, "op"), _("A group is “and”, “or” or “not”."))
            return None
        if depth > DEEPEST:
            self.faults.add(path, _("Groups are nested deeper than %(most)d.") % {"most": DEEPEST})
            return None
        if not isinstance(args, Sequence) or isinstance(args, str) or not args or (op == "not" and len(args) != 1):
            self.faults.add(join_path(path, "args"), _("A group needs conditions; “not” exactly one."))
            return None
        if len(args) > MOST_LEAVES:
            self.too_many()
            return None
        nodes = [self.node(arg, join_path(path, "args", at), depth=depth + 1) for at, arg in enumerate(args)]
        return Group(cast("GroupOp", op), tuple(node for node in nodes if node is not None))

    def leaf(self, json: Mapping[str, Any], path: str) -> Condition | None:
        self.leaves += 1
        if self.leaves > MOST_LEAVES:
            if self.leaves == MOST_LEAVES + 1:
                self.too_many()
            return None
        self.refuse_unknown(json, _LEAF_KEYS, path)
        field, cmp = json["field"], json.get("cmp")
        if not isinstance(field, str) or not isinstance(cmp, str):
            self.faults.add(path, _("A comparison names a field and how to compare it."))
            return None
        opts = json.get("opts") or {}
        if not isinstance(opts, Mapping) or not all(_is_scalar(value) for value in opts.values()):
            self.faults.add(join_path(path, "opts"), _("The settings of a comparison are not right."))
            return None
        value, understood = _freeze(json.get("value"))
        if not understood:
            self.faults.add(join_path(path, "value"), _("The value has a form that is not known."))
            return None
        leaf = Leaf(field, cmp, value, tuple(sorted((str(name), value) for name, value in opts.items())))
        bind_leaf(leaf, self.schema, path=path, faults=self.faults, trigger=self.trigger)
        return leaf

    def refuse_unknown(self, json: Mapping[str, Any], known: set[str], path: str) -> None:
        for key in list(json)[:10]:
            if key not in known:
                self.faults.add(join_path(path, str(key)[:100]), _("There is no such setting here."))

    def too_many(self) -> None:
        self.faults.add(ROOT, _("A filter has at most %(most)d comparisons.") % {"most": MOST_LEAVES})


def _freeze(raw: object) -> tuple[Value, bool]:
    """The immutable form of a JSON value, and whether it has one."""
    if _is_scalar(raw):
        return cast("Value", raw), True
    if isinstance(raw, Mapping):
        return _freeze_time(raw)
    if isinstance(raw, (list, tuple)) and len(raw) <= LONGEST_LIST + 1:
        items = [_freeze(item) for item in raw if not isinstance(item, (list, tuple))]
        return tuple(value for value, _ok in items), len(items) == len(raw) and all(ok for _value, ok in items)
    return None, False


def _freeze_time(raw: Mapping[str, Any]) -> tuple[Value, bool]:
    rel = raw.get("rel")
    if isinstance(rel, Mapping) and len(raw) == 1:
        anchor = rel.get("anchor")
        if set(rel) <= {"unit", "n", "anchor"} and _has_unit_and_n(rel) and (anchor is None or isinstance(anchor, str)):
            return RelativeDate(rel["unit"], rel["n"], anchor), True
    if set(raw) == {"n", "unit"} and _has_unit_and_n(raw):
        return Span(raw["n"], raw["unit"]), True
    return None, False


def _has_unit_and_n(raw: Mapping[str, Any]) -> bool:
    n, unit = raw.get("n"), raw.get("unit")
    return isinstance(n, int) and not isinstance(n, bool) and isinstance(unit, str)


def _is_scalar(raw: object) -> bool:
    if isinstance(raw, float):
        return isfinite(raw)
    return raw is None or isinstance(raw, (str, int, bool))
