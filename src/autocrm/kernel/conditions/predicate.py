"""Compiles a condition to a Python predicate over one row; it agrees with `sql` row for row."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from autocrm.kernel.conditions.binding import BoundLeaf, BoundNode, bind
from autocrm.kernel.conditions.changes import holds
from autocrm.kernel.conditions.checks import passes
from autocrm.kernel.conditions.context import ConditionContext, Row
from autocrm.kernel.conditions.lowering import lower
from autocrm.kernel.conditions.schema import FieldSchema
from autocrm.kernel.conditions.tree import Condition
from autocrm.kernel.errors import Invalid
from autocrm.kernel.field_kinds import TRIGGER_OPERATORS

Predicate = Callable[[Row], bool]


def to_predicate(condition: Condition, schema: FieldSchema, context: ConditionContext) -> Predicate:
    """A function that says whether a row is in. In a trigger (`context.change`) give it the new state.

    Raises Invalid for a field that is gone or hidden, and for trigger operators outside a trigger.
    """
    return _node(bind(condition, schema, trigger=context.change is not None), context)


def _node(node: BoundNode, context: ConditionContext) -> Predicate:
    if isinstance(node, BoundLeaf):
        return _change(node, context) if node.operator in TRIGGER_OPERATORS else _leaf(node, context)
    parts = [_node(arg, context) for arg in node.args]
    if node.op == "not":
        return lambda row: not parts[0](row)
    if node.op == "and":
        return lambda row: all(part(row) for part in parts)
    return lambda row: any(part(row) for part in parts)


def _leaf(leaf: BoundLeaf, context: ConditionContext) -> Predicate:
    lowered = lower(leaf, context)
    check = passes(leaf.field, lowered.test, context)
    return (lambda row: not check(row)) if lowered.negated else check


def _change(leaf: BoundLeaf, context: ConditionContext) -> Predicate:
    if context.change is None:
        raise Invalid(_("“%(field)s” can be watched for changes in a trigger only.") % {"field": leaf.field.label})
    answer = holds(leaf, context.change, context)
    return lambda _row: answer
