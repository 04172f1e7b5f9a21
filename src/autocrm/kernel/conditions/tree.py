"""The tree a condition is: groups and leaves, its JSON form, and the constructors code uses to write one.

Responsibilities: hold a condition exactly as stored. Do NOT: know fields, types or operators (that is `binding`).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

SCHEMA_VERSION = 1

GroupOp = Literal["and", "or", "not"]


@dataclass(frozen=True, slots=True)
class RelativeDate:
    """A date that moves with time: the start of the unit that is `n` units from now, or now shifted by `n` units."""

    unit: str
    n: int
    anchor: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The stored form; an anchor left out stays left out."""
        rel: dict[str, Any] = {"unit": self.unit, "n": self.n}
        if self.anchor is not None:
            rel["anchor"] = self.anchor
        return {"rel": rel}


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time: 30 days, 2 quarters."""

    n: int
    unit: str

    def to_json(self) -> dict[str, Any]:
        """The stored form."""
        return {"n": self.n, "unit": self.unit}


Scalar = str | int | float | bool | None
Value = Scalar | RelativeDate | Span | tuple["Value", ...]


@dataclass(frozen=True, slots=True)
class Leaf:
    """One comparison. `value` is the JSON value made immutable, not yet typed: typing it needs the field."""

    field: str
    cmp: str
    value: Value = None
    opts: tuple[tuple[str, Scalar], ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """All of ("and"), at least one of ("or"), or the complement of its one argument ("not")."""

    op: GroupOp
    args: "tuple[Condition, ...]"


Condition = Group | Leaf

EVERYTHING = Group("and", ())


def where(field: str, cmp: str, value: object = None, **opts: Scalar) -> Leaf:
    """A leaf written in code: `where("amount", "gt", Decimal("9.50"))`. Values become their JSON form."""
    return Leaf(field, str(cmp), _plain(value), tuple(sorted(opts.items())))


def all_of(*conditions: Condition) -> Condition:
    """Every one of `conditions`; those that are "everything" fall away."""
    kept = tuple(condition for condition in conditions if condition != EVERYTHING)
    return kept[0] if len(kept) == 1 else Group("and", kept)


def any_of(*conditions: Condition) -> Condition:
    """At least one of `conditions`, of which there must be one: none at all would be ambiguous."""
    if not conditions:
        raise ValueError("any_of needs at least one condition")
    if EVERYTHING in conditions:
        return EVERYTHING
    return conditions[0] if len(conditions) == 1 else Group("or", conditions)


def negate(condition: Condition) -> Condition:
    """Exactly the rows `condition` leaves out."""
    return Group("not", (condition,))


def to_json(condition: Condition) -> dict[str, Any]:
    """The stored form; `{}` is "everything". `parse` gives back an equal condition."""
    return {} if condition == EVERYTHING else _node_to_json(condition)


def fields_of(condition: Condition) -> set[str]:
    """The field ids that `condition` reads; a change of any other field cannot change its outcome."""
    return {leaf.field for leaf in leaves(condition)}


def leaves(condition: Condition) -> Iterator[Leaf]:
    """Every leaf, in the order written."""
    if isinstance(condition, Leaf):
        yield condition
        return
    for arg in condition.args:
        yield from leaves(arg)


def _node_to_json(condition: Condition) -> dict[str, Any]:
    if isinstance(condition, Group):
        return {"op": condition.op, "args": [_node_to_json(arg) for arg in condition.args]}
    node: dict[str, Any] = {"field": condition.field, "cmp": condition.cmp}
    if condition.value is not None:
        node["value"] = _value_to_json(condition.value)
    if condition.opts:
        node["opts"] = dict(condition.opts)
    return node


def _value_to_json(value: Value) -> Any:
    if isinstance(value, tuple):
        return [_value_to_json(item) for item in value]
    if isinstance(value, (RelativeDate, Span)):
        return value.to_json()
    return value


def _plain(value: object) -> Value:
    if value is None or isinstance(value, (bool, int, float, RelativeDate, Span)):
        return value
    if isinstance(value, (UUID, Decimal, str)):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Iterable) and not isinstance(value, Mapping):
        return tuple(_plain(item) for item in value)
    raise TypeError(f"a condition cannot compare with {type(value).__name__}")
