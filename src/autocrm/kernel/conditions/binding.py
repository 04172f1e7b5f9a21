"""Binds a condition to a schema: field ids become fields, operators are checked, values get their type.

Every way in (parsing, parameters) and both compilers go through here, so that a stored condition is checked again each
time it is used: a field may have been removed, or be hidden from this actor.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import assert_never

from django.utils.translation import gettext as _

from autocrm.kernel.conditions.operands import BadOperandError, Operand, read_operand
from autocrm.kernel.conditions.operators import shape_of
from autocrm.kernel.conditions.schema import BoundField, FieldSchema, find_field
from autocrm.kernel.conditions.tree import Condition, Group, GroupOp, Leaf
from autocrm.kernel.errors import Invalid, Text
from autocrm.kernel.field_kinds import OPERATORS, TRIGGER_OPERATORS, FieldKind, Operator

ROOT = ""


@dataclass(slots=True)
class Faults:
    """Collects what is wrong, by path, so that a person sees every fault at once."""

    found: dict[str, list[Text]] = field(default_factory=dict)

    def add(self, path: str, message: Text) -> None:
        self.found.setdefault(path, []).append(message)

    def raise_if_any(self) -> None:
        """Raise Invalid with all faults, if there are any."""
        if self.found:
            raise Invalid(_("The filter is not right."), fields=self.found, code="invalid_condition")


@dataclass(frozen=True, slots=True)
class BoundLeaf:
    """A leaf with its field, its operator and its typed operand."""

    field: BoundField
    operator: Operator
    operand: Operand
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class BoundGroup:
    """A group of bound nodes."""

    op: GroupOp
    args: "tuple[BoundNode, ...]"


BoundNode = BoundGroup | BoundLeaf


def bind(condition: Condition, schema: FieldSchema, *, trigger: bool = False) -> BoundNode:
    """Bind the whole tree. Raises Invalid with every fault. `trigger` allows operators that need an old state."""
    faults = Faults()
    bound = _bind(condition, schema, _Place(ROOT, faults, trigger=trigger))
    faults.raise_if_any()
    if bound is None:
        raise Invalid(code="invalid_condition")
    return bound


def join_path(path: str, *parts: str | int) -> str:
    """`args.1.value`; the root has no name."""
    return ".".join(str(part) for part in (path, *parts) if part != ROOT)


@dataclass(frozen=True, slots=True)
class _Place:
    path: str
    faults: Faults
    trigger: bool

    def of_arg(self, index: int) -> "_Place":
        return _Place(join_path(self.path, "args", index), self.faults, self.trigger)


def _bind(condition: Condition, schema: FieldSchema, place: _Place) -> BoundNode | None:
    match condition:
        case Leaf():
            return bind_leaf(condition, schema, path=place.path, faults=place.faults, trigger=place.trigger)
        case Group():
            args = [_bind(arg, schema, place.of_arg(index)) for index, arg in enumerate(condition.args)]
            return BoundGroup(condition.op, tuple(arg for arg in args if arg is not None))
        case _:
            assert_never(condition)


def bind_leaf(leaf: Leaf, schema: FieldSchema, *, path: str, faults: Faults, trigger: bool = False) -> BoundLeaf | None:
    """Bind one leaf, or note in `faults` everything that is wrong with it and answer None."""
    bound_field = find_field(schema, leaf.field)
    if bound_field is None:
        faults.add(join_path(path, "field"), _("There is no field “%(field)s”.") % {"field": leaf.field[:100]})
        return None
    operator = _operator(leaf.cmp, bound_field, trigger=trigger)
    if operator is None:
        faults.add(
            join_path(path, "cmp"),
            _("“%(field)s” cannot be compared with “%(cmp)s”.") % {"field": bound_field.label, "cmp": leaf.cmp[:100]},
        )
        return None
    currency = _read_opts(leaf, bound_field, path=path, faults=faults)
    try:
        operand = read_operand(bound_field.field, shape_of(bound_field.field.kind, operator), leaf.value)
    except BadOperandError as error:
        faults.add(join_path(path, "value"), str(error))
        return None
    return BoundLeaf(bound_field, operator, operand, currency)


def allowed_operators(bound_field: BoundField, *, trigger: bool = False) -> Iterable[Operator]:
    """The operators this field takes; a change is known of the record itself only, not of the one it leads to."""
    for operator in OPERATORS[bound_field.field.kind]:
        if operator not in TRIGGER_OPERATORS or (trigger and bound_field.hop is None):
            yield operator


def _operator(name: str, bound_field: BoundField, *, trigger: bool) -> Operator | None:
    return next((op for op in allowed_operators(bound_field, trigger=trigger) if op == name), None)


def _read_opts(leaf: Leaf, bound_field: BoundField, *, path: str, faults: Faults) -> str | None:
    currency: str | None = None
    for name, value in leaf.opts:
        here = join_path(path, "opts", name)
        if name != "currency" or bound_field.field.kind is not FieldKind.CURRENCY:
            faults.add(here, _("There is no such setting here."))
        elif not isinstance(value, str) or value != (bound_field.field.currency or value):
            faults.add(here, _("Amounts in this field are kept in another currency."))
        else:
            currency = value
    return currency
