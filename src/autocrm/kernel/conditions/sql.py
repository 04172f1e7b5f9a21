"""Compiles a condition to SQL: a Django `Q` over declared columns only, true or false for every row, never NULL.

A positive test stands bare, so that an index can serve it; NULL then counts as "no", as WHERE takes it. A complement
is written `(...) IS NOT TRUE`, which takes in NULL. Groups are negated by De Morgan down to the leaves, so the two
never mix. Text that is compared through no normalised column is folded by a function no index serves.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from types import MappingProxyType
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    BigIntegerField,
    BooleanField,
    DateField,
    DateTimeField,
    DecimalField,
    Exists,
    F,
    Field,
    FloatField,
    Func,
    IntegerField,
    OuterRef,
    Q,
    TextField,
    UUIDField,
    Value,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, ExtractDay, ExtractMonth, Left
from django.db.models.lookups import (
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    In,
    IsNull,
    LessThan,
    LessThanOrEqual,
)

from autocrm.kernel.conditions.binding import BoundLeaf, BoundNode, bind
from autocrm.kernel.conditions.context import ConditionContext
from autocrm.kernel.conditions.folding import fold_sql
from autocrm.kernel.conditions.lowering import lower
from autocrm.kernel.conditions.patterns import LONGEST_TEXT
from autocrm.kernel.conditions.plain_tests import (
    DayOfYear,
    Empty,
    HasAll,
    HasAny,
    Match,
    Never,
    OneOf,
    Part,
    Range,
    Stored,
    Test,
)
from autocrm.kernel.conditions.schema import BoundField, FieldSchema, Storage
from autocrm.kernel.conditions.tree import Condition

_OUTPUT: Mapping[Storage, "type[Field[Any, Any]]"] = MappingProxyType(
    {
        Storage.TEXT: TextField,
        Storage.INTEGER: BigIntegerField,
        Storage.DECIMAL: DecimalField,
        Storage.FLOAT: FloatField,
        Storage.BOOLEAN: BooleanField,
        Storage.DATE: DateField,
        Storage.DATETIME: DateTimeField,
        Storage.UUID: UUIDField,
    }
)


def to_q(condition: Condition, schema: FieldSchema, context: ConditionContext) -> Q:
    """The filter for a query on the records `schema` describes; `Q()` for "everything".

    For the complement compile `tree.negate(condition)`: `~Q` and `.exclude()` would lose rows with empty fields.
    A related field is read whatever the rights on that very record; hide the field where that matters.
    Raises Invalid for a field that is gone or hidden, and for operators that need an old state.
    """
    return _node(bind(condition, schema), context, negated=False)


class _IsNotTrue(Func):
    template = "(%(expressions)s) IS NOT TRUE"
    output_field = BooleanField()


class _Like(Func):
    template = "(%(expressions)s)"
    arg_joiner = " LIKE "
    output_field = BooleanField()


class _Matches(Func):
    template = "(%(expressions)s)"
    arg_joiner = " ~ "
    output_field = BooleanField()


class _Overlaps(Func):
    template = "(%(expressions)s)"
    arg_joiner = " && "
    output_field = BooleanField()


class _Holds(Func):
    template = "(%(expressions)s)"
    arg_joiner = " @> "
    output_field = BooleanField()


class _StartsWith(Func):
    """The function, not LIKE: it is leakproof, so an index under "C" serves it even below row-level security."""

    function = "starts_with"
    output_field = BooleanField()


@dataclass(frozen=True, slots=True)
class _Column:
    """Where a value stands in a query: as it is, and in its comparable form."""

    storage: Storage
    plain: Combinable
    normalised: Combinable | None = None
    is_list: bool = False

    def comparable(self, *sought: str) -> Combinable:
        """The text in the form in which it is compared with `sought`."""
        return self.normalised or fold_sql(self.plain, *sought)

    def value(self, value: Stored) -> Value:
        return Value(value, output_field=_OUTPUT[self.storage]())

    def values(self, values: Sequence[Stored]) -> Value:
        return Value(list(values), output_field=ArrayField(_OUTPUT[self.storage]()))


@dataclass(frozen=True, slots=True)
class _Sql:
    """A filter; `total` when it can never be NULL, so that a plain NOT is its complement."""

    q: Q
    total: bool = False

    def complement(self) -> Q:
        return ~self.q if self.total else Q(_IsNotTrue(self.q))


def _node(node: BoundNode, context: ConditionContext, *, negated: bool) -> Q:
    if isinstance(node, BoundLeaf):
        return _leaf(node, context, negated=negated)
    if node.op == "not":
        return _node(node.args[0], context, negated=not negated)
    if not node.args:
        return _constant(truth=False) if negated else Q()
    join = and_ if (node.op == "and") is not negated else or_
    return reduce(join, (_node(arg, context, negated=negated) for arg in node.args))


def _leaf(leaf: BoundLeaf, context: ConditionContext, *, negated: bool) -> Q:
    lowered = lower(leaf, context)
    sql = _of_rows(leaf.field, lowered.test) if leaf.field.field.through else _of_column(leaf.field, lowered.test)
    return sql.complement() if lowered.negated is not negated else sql.q


def _of_column(bound: BoundField, test: Test) -> _Sql:
    field, prefix = bound.field, bound.prefix
    plain = field.expression(prefix) if field.expression else F(prefix + field.path)
    normalised: Combinable | None = F(prefix + field.normalised_path) if field.normalised_path else None
    if field.normalised_expression:
        normalised = field.normalised_expression(prefix)
    return _SQL[type(test)](_Column(field.stored_as, plain, normalised, field.array), test)


def _of_rows(bound: BoundField, test: Test) -> _Sql:
    """The test of a value that lives in related rows: some row passes; empty is "no row has a value"."""
    rows = bound.field.through
    if rows is None:
        raise TypeError(f"{bound.id} has no related rows")
    normalised = F(rows.normalised) if rows.normalised else None
    column = _Column(bound.field.stored_as, F(rows.value), normalised)

    def some_row(inner: Q) -> Q:
        return Q(Exists(rows.rows().filter(Q(**{rows.link: OuterRef(bound.prefix + rows.outer)}) & inner)))

    if isinstance(test, Empty):
        return _Sql(~some_row(_empty(column, test).complement()), total=True)
    if isinstance(test, HasAll):
        each = (some_row(_one_of(column, OneOf((value,))).q) for value in test.values)
        return _Sql(reduce(and_, each), total=True)
    if isinstance(test, HasAny):
        test = OneOf(test.values)
    return _Sql(some_row(_SQL[type(test)](column, test).q), total=True)


def _constant(*, truth: bool) -> Q:
    return Q(Value(truth, output_field=BooleanField()))


def _never(_column: _Column, _test: Never) -> _Sql:
    return _Sql(_constant(truth=False), total=True)


def _empty(column: _Column, _test: Empty) -> _Sql:
    if column.is_list:
        length = Coalesce(Func(column.plain, function="cardinality", output_field=IntegerField()), 0)
        return _Sql(Q(Exact(length, Value(0))), total=True)
    missing = Q(IsNull(column.plain, rhs=True))
    if column.storage is Storage.TEXT:
        missing |= Q(Exact(column.plain, column.value("")))
    return _Sql(missing, total=True)


def _one_of(column: _Column, test: OneOf) -> _Sql:
    left = column.comparable(*map(str, test.values)) if test.comparable else column.plain
    values = [column.value(value) for value in test.values]
    return _Sql(Q(Exact(left, values[0]) if len(values) == 1 else In(left, values)))


def _range(column: _Column, test: Range) -> _Sql:
    parts = [] if test.low or test.high else [Q(IsNull(column.plain, rhs=False))]
    if test.low:
        above = GreaterThanOrEqual if test.low.inclusive else GreaterThan
        parts.append(Q(above(column.plain, column.value(test.low.value))))
    if test.high:
        below = LessThanOrEqual if test.high.inclusive else LessThan
        parts.append(Q(below(column.plain, column.value(test.high.value))))
    return _Sql(reduce(and_, parts))


def _part(column: _Column, test: Part) -> _Sql:
    text = column.comparable(test.text)
    if test.where == "starts":
        return _Sql(Q(_StartsWith(text, column.value(test.text))))
    escaped = test.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    pattern = f"%{escaped}%" if test.where == "contains" else f"%{escaped}"
    return _Sql(Q(_Like(text, column.value(pattern))))


def _match(column: _Column, test: Match) -> _Sql:
    return _Sql(Q(_Matches(Left(column.plain, LONGEST_TEXT), column.value(test.pattern.postgresql))))


def _day_of_year(column: _Column, test: DayOfYear) -> _Sql:
    month = ExtractMonth(column.plain, tzinfo=test.tz)
    day = ExtractDay(column.plain, tzinfo=test.tz)
    return _Sql(Q(In(month * 100 + day, [Value(key) for key in sorted(test.days)])))


def _has_any(column: _Column, test: HasAny) -> _Sql:
    return _Sql(Q(_Overlaps(column.plain, column.values(test.values))))


def _has_all(column: _Column, test: HasAll) -> _Sql:
    return _Sql(Q(_Holds(column.plain, column.values(test.values))))


_SQL: Mapping[type[Test], Callable[[_Column, Any], _Sql]] = MappingProxyType(
    {
        Never: _never,
        Empty: _empty,
        OneOf: _one_of,
        Range: _range,
        Part: _part,
        Match: _match,
        DayOfYear: _day_of_year,
        HasAny: _has_any,
        HasAll: _has_all,
    }
)
