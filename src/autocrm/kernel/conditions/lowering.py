"""Turns an operator and its operand into one of a dozen plain tests, the same for both compilers.

All knowledge of operators, relative dates, time zones, scales and letter case is spent here; what is left are tests so
plain that writing each once in SQL and once in Python keeps the two in step. `negated` asks for the exact complement.
"""

from collections.abc import Callable, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from types import MappingProxyType
from typing import Literal, cast

from django.utils.translation import gettext as _

from autocrm.kernel.conditions.binding import BoundLeaf
from autocrm.kernel.conditions.context import ConditionContext
from autocrm.kernel.conditions.dates import DATE_OPERATORS, between_days, on_day
from autocrm.kernel.conditions.operands import Key, Operand, asked_text, read_key
from autocrm.kernel.conditions.operators import NEGATIVES
from autocrm.kernel.conditions.patterns import SafePattern
from autocrm.kernel.conditions.plain_tests import (
    Bound,
    Case,
    Empty,
    HasAll,
    HasAny,
    Lowered,
    Match,
    Never,
    OneOf,
    Part,
    Range,
    Test,
)
from autocrm.kernel.conditions.schema import ConditionField, Storage
from autocrm.kernel.errors import Invalid
from autocrm.kernel.field_kinds import DATE_KINDS, NUMERIC_KINDS, TEXT_KINDS, FieldKind, Operator

_EXACT = Context(prec=100)
_BIGINT = 2**63


def lower(leaf: BoundLeaf, context: ConditionContext) -> Lowered:
    """The plain test that `leaf` comes down to in `context`. Raises Invalid when currencies do not fit."""
    _check_currency(leaf, context)
    positive = NEGATIVES.get(leaf.operator)
    field = leaf.field.field
    test = _LOWER[positive or leaf.operator](Case(field, positive or leaf.operator, leaf.operand, context))
    return Lowered(test, negated=positive is not None)


def equals(field: ConditionField, operand: Operand, context: ConditionContext) -> Test:
    """The test "is this value", whatever the kind; for operators that compare an old or a new state."""
    if field.kind in NUMERIC_KINDS:
        return _numeric(Case(field, Operator.EQ, operand, context))
    if field.kind in DATE_KINDS:
        return on_day(Case(field, Operator.ON, operand, context))
    if field.kind is FieldKind.BOOLEAN:
        return OneOf((bool(operand),))
    return _is(Case(field, Operator.IS, operand, context))


def in_storage_units(field: ConditionField, number: Decimal) -> Decimal:
    """`number` as the column counts it: minor units for an INTEGER column. Exact."""
    if field.stored_as is not Storage.INTEGER:
        return number
    return _EXACT.multiply(number, Decimal(10) ** field.places)


def _check_currency(leaf: BoundLeaf, context: ConditionContext) -> None:
    kept_in = leaf.field.field.currency or context.base_currency
    if leaf.currency is not None and leaf.currency != kept_in:
        message = _("“%(field)s” is compared in %(kept)s, not in %(asked)s.")
        raise Invalid(message % {"field": leaf.field.label, "kept": kept_in, "asked": leaf.currency})


def _empty(_case: Case) -> Test:
    return Empty()


def _is(case: Case) -> Test:
    values = case.operand if isinstance(case.operand, tuple) else (case.operand,)
    if case.field.kind in TEXT_KINDS:
        texts = dict.fromkeys(asked_text(case.field, str(value)) for value in values)
        return OneOf(tuple(texts), comparable=True)
    return OneOf(tuple(dict.fromkeys(cast("tuple[Key, ...]", values))))


def _part(case: Case) -> Test:
    where: Mapping[Operator, Literal["contains", "starts", "ends"]] = {
        Operator.CONTAINS: "contains",
        Operator.STARTS_WITH: "starts",
        Operator.ENDS_WITH: "ends",
    }
    return Part(where[case.operator], asked_text(case.field, str(case.operand)))


def _match(case: Case) -> Test:
    return Match(cast("SafePattern", case.operand))


def _has(case: Case) -> Test:
    values = tuple(dict.fromkeys(cast("tuple[Key, ...]", case.operand)))
    return HasAny(values) if case.operator is Operator.HAS_ANY else HasAll(values)


def _me(case: Case) -> Test:
    me = case.context.actor_user_id
    return Never() if me is None else OneOf((read_key(case.field, me),))


def _team(case: Case) -> Test:
    team = sorted(case.context.team_user_ids, key=str)
    return OneOf(tuple(read_key(case.field, user) for user in team)) if team else Never()


def _numeric(case: Case) -> Test:
    field = case.field
    if isinstance(case.operand, tuple):
        low, high = cast("tuple[Decimal, Decimal]", case.operand)
        return _range(field, _number_bound(field, low), _number_bound(field, high))
    bound = _number_bound(field, cast("Decimal", case.operand))
    above = Bound(bound.value, inclusive=case.operator is Operator.GTE)
    below = Bound(bound.value, inclusive=case.operator is Operator.LTE)
    if case.operator is Operator.EQ:
        return _range(field, bound, bound)
    if case.operator in {Operator.GT, Operator.GTE}:
        return _range(field, above, None)
    return _range(field, None, below)


def _number_bound(field: ConditionField, number: Decimal) -> Bound:
    scaled = in_storage_units(field, number)
    return Bound(float(scaled) if field.stored_as is Storage.FLOAT else scaled, inclusive=True)


def _range(field: ConditionField, low: Bound | None, high: Bound | None) -> Test:
    """A range; over an INTEGER column with whole ends within bigint, so that a bigint index serves it."""
    if field.stored_as is Storage.INTEGER:
        first = None if low is None else _first_whole(low)
        last = None if high is None else _last_whole(high)
        if _outside(first, last):
            return Never()
        low = None if first is None or first < -_BIGINT else Bound(first, inclusive=True)
        high = None if last is None or last >= _BIGINT else Bound(last, inclusive=True)
    if low is not None and low == high:
        return OneOf((low.value,))
    return Range(low, high)


def _outside(first: int | None, last: int | None) -> bool:
    low = -_BIGINT if first is None else first
    high = _BIGINT - 1 if last is None else last
    return low > high or low >= _BIGINT or high < -_BIGINT


def _first_whole(low: Bound) -> int:
    value = cast("Decimal", low.value)
    if low.inclusive:
        return int(value.to_integral_value(ROUND_CEILING))
    return int(value.to_integral_value(ROUND_FLOOR)) + 1


def _last_whole(high: Bound) -> int:
    value = cast("Decimal", high.value)
    if high.inclusive:
        return int(value.to_integral_value(ROUND_FLOOR))
    return int(value.to_integral_value(ROUND_CEILING)) - 1


def _truth(case: Case) -> Test:
    return OneOf((case.operator is Operator.IS_TRUE,))


def _between(case: Case) -> Test:
    return _numeric(case) if case.field.kind in NUMERIC_KINDS else between_days(case)


_LOWER: Mapping[Operator, Callable[[Case], Test]] = MappingProxyType(
    {
        **DATE_OPERATORS,
        Operator.IS: _is,
        Operator.ANY_OF: _is,
        Operator.IS_EMPTY: _empty,
        Operator.CONTAINS: _part,
        Operator.STARTS_WITH: _part,
        Operator.ENDS_WITH: _part,
        Operator.MATCHES: _match,
        Operator.HAS_ANY: _has,
        Operator.HAS_ALL: _has,
        Operator.IS_ME: _me,
        Operator.IN_MY_TEAM: _team,
        Operator.EQ: _numeric,
        Operator.GT: _numeric,
        Operator.GTE: _numeric,
        Operator.LT: _numeric,
        Operator.LTE: _numeric,
        Operator.BETWEEN: _between,
        Operator.IS_TRUE: _truth,
        Operator.IS_FALSE: _truth,
    }
)
