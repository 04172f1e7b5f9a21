"""Evaluates the operators that look at an old and a new state; only a trigger has both.

Their answer does not depend on the row asked: it is a fact of the change. SQL knows no old state and refuses them.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, cast

from autocrm.kernel.conditions.binding import BoundLeaf
from autocrm.kernel.conditions.checks import passes
from autocrm.kernel.conditions.context import ChangeContext, ConditionContext, Row
from autocrm.kernel.conditions.lowering import equals, in_storage_units
from autocrm.kernel.conditions.rows import is_empty, read_value
from autocrm.kernel.field_kinds import Operator


def holds(leaf: BoundLeaf, change: ChangeContext, context: ConditionContext) -> bool:
    """Whether the change is as `leaf` asks."""
    return _CHANGES[leaf.operator](leaf, change, context)


def _has_changed(leaf: BoundLeaf, change: ChangeContext, context: ConditionContext) -> bool:
    if change.changed is not None:
        return leaf.field.id in change.changed
    old, new = (read_value(leaf.field, row, context.tz) for row in (change.old, change.new))
    return not (is_empty(old) and is_empty(new)) and bool(old != new)


def _state_is(leaf: BoundLeaf, row: Row, context: ConditionContext) -> bool:
    return passes(leaf.field, equals(leaf.field.field, leaf.operand, context), context)(row)


def _changed_to(leaf: BoundLeaf, change: ChangeContext, context: ConditionContext) -> bool:
    return _has_changed(leaf, change, context) and _state_is(leaf, change.new, context)


def _changed_from(leaf: BoundLeaf, change: ChangeContext, context: ConditionContext) -> bool:
    return _has_changed(leaf, change, context) and _state_is(leaf, change.old, context)


def _was(leaf: BoundLeaf, change: ChangeContext, context: ConditionContext) -> bool:
    return _state_is(leaf, change.old, context)


def _difference(leaf: BoundLeaf, change: ChangeContext, context: ConditionContext) -> Any:
    """New minus old, or None when either is empty."""
    old, new = (read_value(leaf.field, row, context.tz) for row in (change.old, change.new))
    return None if old is None or new is None else new - old


def _moved(leaf: BoundLeaf, change: ChangeContext, context: ConditionContext) -> bool:
    difference = _difference(leaf, change, context)
    if difference is None or not difference:
        return False
    up = bool(difference > type(difference)(0))
    return up is (leaf.operator is Operator.INCREASED)


def _moved_far(leaf: BoundLeaf, change: ChangeContext, context: ConditionContext) -> bool:
    difference = _difference(leaf, change, context)
    limit = in_storage_units(leaf.field.field, cast("Decimal", leaf.operand))
    return difference is not None and bool(abs(difference) > limit)


_CHANGES: Mapping[Operator, Callable[[BoundLeaf, ChangeContext, ConditionContext], bool]] = MappingProxyType(
    {
        Operator.CHANGED: _has_changed,
        Operator.CHANGED_TO: _changed_to,
        Operator.CHANGED_FROM: _changed_from,
        Operator.WAS: _was,
        Operator.INCREASED: _moved,
        Operator.DECREASED: _moved,
        Operator.CHANGED_BY_MORE_THAN: _moved_far,
    }
)
