"""Figures below the columns of a list: sum, average, smallest, largest, how many are empty, filled, different.

Exact where that is cheap; beyond that worked out from a sample of the table and said to be "about", the smallest and
largest from an index where one serves: the cost is bounded whatever the workspace holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import F, QuerySet
from django.db.models.expressions import Combinable
from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Invalid
from autocrm.kernel.field_kinds import DATE_KINDS, NUMERIC_KINDS, FieldKind
from autocrm.records import sampling
from autocrm.records.fields import Field
from autocrm.records.listing import ListQuery
from autocrm.records.lists import grouping
from autocrm.records.registry import RecordType
from autocrm.records.schema import RecordSchema
from autocrm.records.selectors import list_queryset


class Figure(StrEnum):
    """What can be worked out of a column."""

    SUM = "sum"
    AVERAGE = "avg"
    SMALLEST = "min"
    LARGEST = "max"
    EMPTY = "empty"
    FILLED = "filled"
    DIFFERENT = "unique"


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One figure, in stored units; None where there is no value.

    Where `exact` is False it is about that, or (of different values) at least that.
    """

    field: Field
    figure: Figure
    value: Any
    exact: bool = True


def figures_of(field: Field) -> tuple[Figure, ...]:
    """What can be worked out of this field."""
    if not field.filterable:
        return ()
    counted = (Figure.EMPTY, Figure.FILLED)
    if field.kind in NUMERIC_KINDS:
        added = () if field.kind is FieldKind.PERCENT else (Figure.SUM,)
        return (*added, Figure.AVERAGE, Figure.SMALLEST, Figure.LARGEST, *counted, Figure.DIFFERENT)
    if field.kind in DATE_KINDS:
        return (Figure.SMALLEST, Figure.LARGEST, *counted, Figure.DIFFERENT)
    if field.kind in {FieldKind.MULTI_SELECT, FieldKind.LONG_TEXT}:
        return counted
    return (*counted, Figure.DIFFERENT)


def list_aggregates(
    record_type: RecordType, query: ListQuery, wanted: Sequence[tuple[Field, Figure]], *, actor: Actor
) -> tuple[Aggregate, ...]:
    """The figures of the query's records, money in the base currency. A handful of statements, however many figures.

    Raises Denied, and Invalid for a field that is unknown, hidden, or of which this cannot be worked out.
    """
    schema = RecordSchema(record_type, actor)
    found = list_queryset(record_type, replace(query, cursor=""), actor=actor).order_by()
    schema.readable(field.key for field, _figure in wanted)
    columns = {f"figure_{at}": _expression(field, schema) for at, (field, _figure) in enumerate(wanted)}
    for field, figure in wanted:
        if figure not in figures_of(field):
            raise Invalid(fields={field.key: [_("This cannot be worked out of this field.")]})
    if not wanted:
        return ()
    narrowed = found.annotate(**columns).values(*columns)
    try:
        return _worked_out(narrowed, found, list(columns.values()), wanted)
    except EmptyResultSet:
        return tuple(Aggregate(field, figure, _nothing(figure)) for field, figure in wanted)


def _expression(field: Field, schema: RecordSchema) -> Combinable:
    declared = schema.get(field.key)
    if declared is not None and declared.array and declared.expression is None and declared.path:
        return F(declared.path)
    return grouping.field_expression(field, schema)


def _worked_out(
    narrowed: QuerySet[Any],
    found: QuerySet[Any],
    expressions: Sequence[Combinable],
    wanted: Sequence[tuple[Field, Figure]],
) -> tuple[Aggregate, ...]:
    bounded = narrowed[: grouping.COUNT_EXACTLY_TO + 1].query.sql_with_params()
    with connections[found.db].cursor() as cursor:
        if sampling.is_worth_trying(cursor, bounded, grouping.COUNT_EXACTLY_TO):
            count, *values = _run(cursor, bounded, wanted)
            if count <= grouping.COUNT_EXACTLY_TO:
                pairs = zip(wanted, values, strict=True)
                return tuple(Aggregate(field, figure, value) for (field, figure), value in pairs)
        share = sampling.share_to_look_at(cursor, found.model._meta.db_table)
        _count, *values = _run(cursor, sampling.sampled(narrowed, share).query.sql_with_params(), wanted)
        return tuple(
            _about(cursor, found, expression, Aggregate(field, figure, value), share)
            for expression, (field, figure), value in zip(expressions, wanted, values, strict=True)
        )


def _run(cursor: Any, inner: tuple[str, tuple[Any, ...]], wanted: Sequence[tuple[Field, Figure]]) -> tuple[Any, ...]:
    sql, params = inner
    parts = [_SQL[figure].format(f"figure_{at}") for at, (_field, figure) in enumerate(wanted)]
    cursor.execute(
        f"SELECT {', '.join(['count(*)', *parts])} FROM ({sql}) AS listed",  # noqa: S608 - compiled by Django
        params,
    )
    row: tuple[Any, ...] = cursor.fetchone()
    return row


# An empty text, list or set is as empty as NULL.
_FILLED = "{0} IS NOT NULL AND {0}::text NOT IN ('', '{{}}', '[]')"
_SQL = {
    Figure.SUM: "sum({0})",
    Figure.AVERAGE: "avg({0})",
    Figure.SMALLEST: "min({0})",
    Figure.LARGEST: "max({0})",
    Figure.EMPTY: f"count(*) FILTER (WHERE NOT ({_FILLED}))",
    Figure.FILLED: f"count(*) FILTER (WHERE {_FILLED})",
    Figure.DIFFERENT: f"count(DISTINCT {{0}}) FILTER (WHERE {_FILLED})",
}
_GROWING = frozenset({Figure.SUM, Figure.EMPTY, Figure.FILLED})


def _about(cursor: Any, found: QuerySet[Any], expression: Combinable, of_sample: Aggregate, share: float) -> Aggregate:
    """The figure for the whole table: of the sample, or the very first or last value where an index gives it."""
    if of_sample.figure in _GROWING:
        return replace(of_sample, value=sampling.scaled(of_sample.value, share), exact=False)
    if of_sample.figure in {Figure.SMALLEST, Figure.LARGEST}:
        edge = _edge(cursor, found, expression, last=of_sample.figure is Figure.LARGEST)
        if edge is not None:
            return replace(of_sample, value=edge)
    return replace(of_sample, exact=False)


def _edge(cursor: Any, found: QuerySet[Any], expression: Combinable, *, last: bool) -> Any:
    """The largest or smallest value, None where finding it would be dear."""
    ordered = found.annotate(figure=expression).filter(figure__isnull=False)
    one = ordered.order_by("-figure" if last else "figure").values("figure")[:1]
    sql, params = one.query.sql_with_params()
    if sampling.plan_cost(cursor, (sql, params)) > sampling.DEAREST_PLAN / 100:
        return None
    cursor.execute(sql, params)
    row = cursor.fetchone()
    return None if row is None else row[0]


def _nothing(figure: Figure) -> int | None:
    return 0 if figure in {Figure.EMPTY, Figure.FILLED, Figure.DIFFERENT} else None
