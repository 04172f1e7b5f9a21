"""How a list falls into groups: for each value of a field how many records there are, and their sums.

The field is one of the record, or one hop away. Texts that differ in nothing but case are one group, as for conditions.

Exact where that is cheap, otherwise worked out from a sample of the table and marked as "about": the cost is bounded
whatever the workspace holds. The expressions come from the schema, so custom fields are grouped like declared ones.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import DateField, F, QuerySet, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import TruncMonth
from django.utils.encoding import force_str
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from autocrm.kernel.actors import Actor
from autocrm.kernel.conditions.folding import fold, fold_sql
from autocrm.kernel.conditions.schema import BoundField, find_field
from autocrm.kernel.errors import Invalid
from autocrm.kernel.field_kinds import DATE_KINDS, NUMERIC_KINDS, FieldKind
from autocrm.records import sampling
from autocrm.records.fields import Field
from autocrm.records.hops import Hop
from autocrm.records.listing import ListQuery
from autocrm.records.lists.columns import find_column
from autocrm.records.registry import RecordType, record_types
from autocrm.records.schema import RecordSchema
from autocrm.records.selectors import list_queryset, reference_labels
from autocrm.ui.formatting import number

# Up to so many records, and so much work by the planner's reckoning, groups are counted one by one.
COUNT_EXACTLY_TO = 50_000
# A list in more groups than this is not read by anybody: the largest are told apart, the others are one.
MOST_GROUPS = 200

_CHOICES = frozenset({FieldKind.SELECT, FieldKind.BOOLEAN})
GROUPED_KINDS = _CHOICES | DATE_KINDS | {FieldKind.USER, FieldKind.RELATION, FieldKind.TEXT}


@dataclass(frozen=True, kw_only=True)
class GroupTotal:
    """One group: its value (None is "no value"; of dates the first day of the month), count and sums.

    `sums` are in stored units by field key, a field without any value is left out; `exact` is False where count and
    sums are worked out from a sample. `hidden` stands for all records that lead to something the actor may not see,
    `rest` for those of the values that are too many to be told apart; it has no sums.
    """

    value: Any
    label: str
    count: int
    sums: Mapping[str, int | Decimal] = field(default_factory=dict)
    exact: bool = True
    hidden: bool = False
    rest: bool = False

    @property
    def is_several(self) -> bool:
        """Whether it stands for more values than one, which no condition names."""
        return self.hidden or self.rest


def can_group_by(by: Field, schema: RecordSchema) -> bool:
    """Whether lists can be grouped by this field: choices, people, records, yes or no, dates by month, texts.

    Not by what tells a record from all others, as its name, and not by what the actor may not filter by.
    """
    target = record_types.get(by.via.relation) if isinstance(by, Hop) else schema.record_type
    field = by.inner if isinstance(by, Hop) else by
    tells = {*target.title_fields, *target.natural_key}
    is_own = field.kind is FieldKind.TEXT and (field.unique or field.key in tells)
    return by.kind in GROUPED_KINDS and not is_own and find_field(schema, by.key) is not None


def can_sum(target: Field) -> bool:
    """Whether values of this field can be added up."""
    summable = target.kind in NUMERIC_KINDS and target.kind is not FieldKind.PERCENT and target.filterable
    # Amounts that each have a currency of their own add up to nothing.
    return summable and not target.currency_path


def list_groups(
    record_type: RecordType, query: ListQuery, by: Field, sums: Sequence[Field] = (), *, actor: Actor
) -> tuple[GroupTotal, ...]:
    """The groups that the query's records fall into, choices in their order, dates by time, others by name.

    Groups without records are left out, but choices of a sampled list are all there: a rare one may have been missed.
    Of more than MOST_GROUPS values the rare ones are one group, the last, so that all counts make the whole.
    Raises Denied, and Invalid for a field that is unknown or hidden, cannot be grouped by, or cannot be summed.
    """
    schema = RecordSchema(record_type, actor)
    found = list_queryset(record_type, replace(query, cursor=""), actor=actor)
    by, sums = find_column(by.key, schema), schema.readable(each.key for each in sums)
    if not can_group_by(by, schema) or not all(can_sum(each) for each in sums):
        raise Invalid(fields={by.key: [_("Lists cannot be grouped by this field.")]})
    columns = {"group_value": _group_expression(by, schema, actor), "group_label": _label_expression(by, schema)}
    columns |= {f"group_sum_{at}": field_expression(each, schema) for at, each in enumerate(sums)}
    counted = _totals(found.order_by().annotate(**columns).values(*columns), len(sums))
    totals = [_total(row, by, sums, exact=counted.exact) for row in counted.rows]
    named = _named(_complete(totals, by, exact=counted.exact), by, actor)
    return (*named, *_rest(counted))


def field_expression(target: Field, schema: RecordSchema) -> Combinable:
    """Where the value of a field stands in SQL. Raises Invalid where it stands in no single place."""
    bound = find_field(schema, target.key)
    if bound is None or bound.field.array:
        raise Invalid(fields={target.key: [_("There is no field “%(name)s” here.") % {"name": target.key[:80]}]})
    if bound.field.expression is not None:
        return bound.field.expression(bound.prefix)
    if not bound.field.path:
        raise Invalid(fields={target.key: [_("Lists cannot be grouped by this field.")]})
    return F(bound.prefix + bound.field.path)


def _group_expression(by: Field, schema: RecordSchema, actor: Actor) -> Combinable:
    expression = field_expression(by, schema)
    bound = find_field(schema, by.key)
    if by.kind is FieldKind.TEXT and bound is not None:
        return _compared(bound, expression)
    if by.kind is FieldKind.DATE:
        return TruncMonth(expression, output_field=DateField())
    if by.kind is FieldKind.DATETIME:
        return TruncMonth(expression, output_field=DateField(), tzinfo=actor.zone)
    return expression


def _compared(bound: BoundField, plain: Combinable) -> Combinable:
    """A text in the form in which conditions compare it, so that a group has the records that "is" finds."""
    declared = bound.field
    if declared.normalised_path:
        return F(bound.prefix + declared.normalised_path)
    if declared.normalised_expression is not None:
        return declared.normalised_expression(bound.prefix)
    return fold_sql(plain)


def _label_expression(by: Field, schema: RecordSchema) -> Combinable:
    """What a group of texts is called: one of them as it is written. Other groups get their words elsewhere."""
    return field_expression(by, schema) if by.kind is FieldKind.TEXT else Value(None, output_field=TextField())


@dataclass(frozen=True, slots=True)
class _Counted:
    """Value, label, count and sums of the largest groups; how many records and values the others are."""

    rows: Sequence[tuple[Any, ...]]
    exact: bool = True
    other_records: int = 0
    other_values: int = 0


def _totals(found: QuerySet[Any], sums: int) -> _Counted:
    """The groups, counted one by one or worked out from a sample."""
    try:
        bounded = found[: COUNT_EXACTLY_TO + 1].query.sql_with_params()
    except EmptyResultSet:
        return _Counted([])
    connection = connections[found.db]
    with connection.cursor() as cursor:
        if sampling.is_worth_trying(cursor, bounded, COUNT_EXACTLY_TO):
            counted = _run(cursor, bounded, sums)
            if sum(row[2] for row in counted.rows) + counted.other_records <= COUNT_EXACTLY_TO:
                return counted
        share = sampling.share_to_look_at(cursor, found.model._meta.db_table)
        counted = _run(cursor, sampling.sampled(found, share).query.sql_with_params(), sums)
    rows = [
        (value, label, *(sampling.scaled(each, share) for each in figures)) for value, label, *figures in counted.rows
    ]
    others = sampling.scaled(counted.other_records, share) or 0
    return replace(counted, rows=rows, exact=False, other_records=others)


def _run(cursor: Any, inner: tuple[str, tuple[Any, ...]], sums: int) -> _Counted:
    sql, params = inner
    figures = ["array[min(group_label), max(group_label)]", "count(*)", *(f"sum(group_sum_{at})" for at in range(sums))]
    cursor.execute(
        f"SELECT count(*) OVER (), sum(count(*)) OVER (), group_value, {', '.join(figures)}"  # noqa: S608 - compiled by Django, values apart
        f" FROM ({sql}) AS listed GROUP BY group_value ORDER BY count(*) DESC, group_value LIMIT {MOST_GROUPS}",
        params,
    )
    found = cursor.fetchall()
    rows = [row[2:] for row in found]
    if not found:
        return _Counted([])
    values, records = found[0][:2]
    others = int(records) - sum(row[2] for row in rows)
    return _Counted(rows, other_records=others, other_values=int(values) - len(rows))


def _rest(counted: _Counted) -> Sequence[GroupTotal]:
    """The group of all values that are too many to be told apart; of a sample nobody knows how many there are."""
    if not counted.other_values:
        return ()
    words = ngettext("%(count)s other value", "%(count)s other values", counted.other_values)
    label = words % {"count": number(counted.other_values)} if counted.exact else _("All other values")
    return (GroupTotal(value=None, label=label, count=counted.other_records, exact=counted.exact, rest=True),)


def _total(row: tuple[Any, ...], by: Field, sums: Sequence[Field], *, exact: bool) -> GroupTotal:
    value, label, count, *figures = row
    if isinstance(value, datetime):
        value = value.date()
    if by.kind is FieldKind.TEXT:
        value = _best_written(label) if value else None
    whole = {
        each.key: int(figure) if figure == int(figure) else figure
        for each, figure in zip(sums, figures, strict=True)
        if figure is not None
    }
    return GroupTotal(value=None if value == "" else value, label="", count=count, sums=whole, exact=exact)


def _best_written(labels: Sequence[str]) -> str:
    """How a group of texts is called: not in capitals or small letters alone, where one of them is not."""
    return next((each for each in labels if each not in {each.upper(), each.lower()}), labels[-1])


def _complete(totals: Iterable[GroupTotal], by: Field, *, exact: bool) -> list[GroupTotal]:
    """With empty text and NULL as one group, and in a sample with the choices it may have missed."""
    merged: dict[Any, GroupTotal] = {}
    for total in totals:
        # The database folds letters of one alphabet only.
        key = fold(total.value) if by.kind is FieldKind.TEXT and total.value else total.value
        merged[key] = _together(merged.get(key), total)
    if not exact:
        for value in _choices(by):
            merged.setdefault(value, GroupTotal(value=value, label="", count=0, exact=False))
    return list(merged.values())


def _together(one: GroupTotal | None, other: GroupTotal) -> GroupTotal:
    if one is None:
        return other
    sums = {key: one.sums.get(key, 0) + other.sums.get(key, 0) for key in {*one.sums, *other.sums}}
    return replace(one, count=one.count + other.count, sums=sums)


def _choices(by: Field) -> list[Any]:
    if by.kind is FieldKind.BOOLEAN:
        return [True, False]
    return [option.value for option in by.options if option.active]


def _named(totals: list[GroupTotal], by: Field, actor: Actor) -> list[GroupTotal]:
    """The groups with their words, in the order to show them; the one without a value stands last."""
    empty = [replace(each, label=_("No value")) for each in totals if each.value is None]
    full = [each for each in totals if each.value is not None]
    if by.is_reference:
        return [*_by_name(full, by, actor), *empty]
    if by.kind in DATE_KINDS:
        full.sort(key=lambda each: each.value)
        return [*(replace(each, label=month_words(each.value)) for each in full), *empty]
    if by.kind is FieldKind.TEXT:
        named = [replace(each, label=str(each.value)) for each in full]
        return [*sorted(named, key=lambda each: each.label.casefold()), *empty]
    order = {value: at for at, value in enumerate(_order(by))}
    full.sort(key=lambda each: (order.get(each.value, len(order)), str(each.value)))
    return [*(replace(each, label=choice_words(by, each.value)) for each in full), *empty]


def _order(by: Field) -> list[Any]:
    return [True, False] if by.kind is FieldKind.BOOLEAN else [option.value for option in by.options]


def choice_words(by: Field, value: Any) -> str:
    """A choice, or yes and no, in words."""
    if by.kind is FieldKind.BOOLEAN:
        return _("Yes") if value else _("No")
    return force_str(by.option_label(value))


def month_words(value: date) -> str:
    """As "November 2026", in the reader's language."""
    return date_format(value, "F Y")


def _by_name(totals: list[GroupTotal], by: Field, actor: Actor) -> list[GroupTotal]:
    """People and records by name; those the actor may not see are one group, told apart by nothing."""
    names = reference_labels(by, [each.value for each in totals], actor=actor)
    seen = [replace(each, label=names[each.value]) for each in totals if each.value in names]
    seen.sort(key=lambda each: (each.label.casefold(), str(each.value)))
    unseen: GroupTotal | None = None
    for each in totals:
        if each.value not in names:
            unseen = _together(unseen, each)
    words = _("Somebody who is not here") if by.kind is FieldKind.USER else _("Not visible to you")
    return [*seen, replace(unseen, value=None, label=words, hidden=True)] if unseen else seen
