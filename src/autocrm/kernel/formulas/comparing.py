"""Comparing two values: what may be compared, and the tests themselves.

A comparison with an empty value is false; only `!=` is true then, unless both are empty. Texts compare without case.
"""

import operator
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext as _

from autocrm.kernel.conditions.folding import fold
from autocrm.kernel.errors import Text
from autocrm.kernel.field_kinds import DATE_KINDS, FieldKind
from autocrm.kernel.formulas.calendar import day_of
from autocrm.kernel.formulas.context import FormulaContext
from autocrm.kernel.formulas.function import Typed
from autocrm.kernel.formulas.tree import Literal, Node
from autocrm.kernel.formulas.types import Type, common_type

Test = Callable[[Any, Any, FormulaContext], bool]

_ORDERED = frozenset(
    {
        FieldKind.TEXT,
        FieldKind.NUMBER,
        FieldKind.CURRENCY,
        FieldKind.PERCENT,
        FieldKind.DATE,
        FieldKind.DATETIME,
    }
)
_TESTS: Mapping[str, Callable[[Any, Any], bool]] = MappingProxyType(
    {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
)


def comparison_fault(op: str, left: Typed, right: Typed) -> Text:
    """Why the two cannot be compared, "" when they can."""
    one, other = left.type, right.type
    if one.kind is None or other.kind is None:
        return ""
    if FieldKind.MULTI_SELECT in {one.kind, other.kind}:
        return _("Several choices cannot be compared; ask contains(field, “choice”).")
    if {one.kind, other.kind} == {FieldKind.NUMBER, FieldKind.PERCENT}:
        return "" if _is_zero(left.node) or _is_zero(right.node) else _("Write a percent with its sign, like 20%.")
    if not _go_together(one, other):
        return mixed(one, other)
    if op in _TESTS and one.kind not in _ORDERED:
        return _("%(one)s has no order; compare by = or !=.") % {"one": one.label}
    return ""


def mixed(one: Type, other: Type) -> str:
    """Why two values do not go together."""
    if one.kind is other.kind is FieldKind.CURRENCY:
        return _("These amounts may be in different currencies.")
    return _("These do not go together: %(one)s and %(other)s.") % {"one": one.label, "other": other.label}


def _go_together(one: Type, other: Type) -> bool:
    return {one.kind, other.kind} <= DATE_KINDS or common_type(one, other) is not None


def _is_zero(node: Node) -> bool:
    return isinstance(node, Literal) and isinstance(node.value, Decimal) and not node.value


def same_test(one: Type, other: Type) -> Test:
    """Whether two values are the same; empty is the same as empty."""
    kinds = {one.kind, other.kind}
    if FieldKind.TEXT in kinds:
        return lambda left, right, _context: (
            left == right or (left is not None and right is not None and fold(left) == fold(right))
        )
    if kinds == DATE_KINDS:
        return lambda left, right, context: _day(left, context) == _day(right, context)
    return lambda left, right, _context: left == right


def order_test(op: str, one: Type, other: Type) -> Test:
    """One of < <= > >=; false when a value is empty."""
    compare = _TESTS[op]
    kinds = {one.kind, other.kind}
    if FieldKind.TEXT in kinds:
        return lambda left, right, _context: left is not None and right is not None and compare(fold(left), fold(right))
    if kinds == DATE_KINDS:
        return lambda left, right, context: (
            left is not None and right is not None and compare(_day(left, context), _day(right, context))
        )
    return lambda left, right, _context: left is not None and right is not None and compare(left, right)


def _day(value: date | None, context: FormulaContext) -> date | None:
    return None if value is None else day_of(value, context.tz)
