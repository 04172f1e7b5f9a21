"""A table in groups: a heading for each with count and sums, its rows asked for when it is opened."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.conditions.parsing import parse
from autocrm.kernel.conditions.tree import all_of
from autocrm.kernel.errors import Invalid
from autocrm.kernel.field_kinds import DATE_KINDS, FieldKind
from autocrm.records.fields import Field
from autocrm.records.listing import ListQuery
from autocrm.records.lists.aggregates import Aggregate, Figure
from autocrm.records.lists.grouping import GroupTotal, can_sum, list_groups
from autocrm.records.lists.moving import place_of, value_in
from autocrm.records.lists.state import ListState
from autocrm.records.lists.sums import figure_in_words
from autocrm.records.looks import Look
from autocrm.records.markup import kind
from autocrm.ui import formatting

AMONG = "among"


@dataclass(frozen=True)
class GroupCell:
    """What a heading says below one column."""

    css: str
    words: str


@dataclass(frozen=True)
class GroupHead:
    """The heading of one group; `place` names it in addresses, "" where it cannot be opened."""

    place: str
    label: Any
    count: str
    cells: tuple[GroupCell, ...]


def group_heads(state: ListState, by: Field, look: Look, actor: Actor) -> tuple[list[GroupHead], int | None]:
    """The headings in their order, and how many records there are when that is certain. Raises Denied, Invalid."""
    sums = [column.field for column in state.columns if not column.is_key and _is_summed(column.field, state)]
    totals = list_groups(state.record_type, state.query(), by, sums, actor=actor)
    is_exact = all(total.exact for total in totals)
    heads = [_head(total, state, by, look) for total in totals]
    return heads, sum(total.count for total in totals) if is_exact else None


def _is_summed(field: Field, state: ListState) -> bool:
    """Amounts always; other numbers where the reader asked for their sum."""
    return can_sum(field) and (field.kind is FieldKind.CURRENCY or (field, Figure.SUM) in state.sums)


def _head(total: GroupTotal, state: ListState, by: Field, look: Look) -> GroupHead:
    count = formatting.number(total.count)
    return GroupHead(
        place="" if total.is_several else place_of(_valued_as(by), total.value),
        label=_label(total, by),
        count=count if total.exact else _("about %(figure)s") % {"figure": count},
        cells=tuple(
            GroupCell(column.head_css, _sum(total, column.field, look)) for column in state.columns if not column.is_key
        ),
    )


def _valued_as(by: Field) -> Field:
    """Moments fall into groups by the first day of their month."""
    return replace(by, kind=FieldKind.DATE) if by.kind is FieldKind.DATETIME else by


def _label(total: GroupTotal, by: Field) -> Any:
    tone = by.extra.get("tones", {}).get(total.value, "") if by.kind is FieldKind.SELECT else ""
    return kind(total.label, tone) if tone else total.label


def _sum(total: GroupTotal, field: Field, look: Look) -> str:
    value = total.sums.get(field.key)
    return "" if value is None else figure_in_words(Aggregate(field, Figure.SUM, value, total.exact), look)


def among(state: ListState, by: Field, place: str) -> ListQuery:
    """The list narrowed to one group. Raises Invalid for a place that is none."""
    value = value_in(place)
    if value is None:
        raise Invalid(fields={AMONG: [_("There is no such group.")]})
    query = state.query()
    here = parse(_comparison(by, value), state.schema)
    return replace(query, condition=here if query.condition is None else all_of(query.condition, here))


def _comparison(by: Field, value: str) -> dict[str, Any]:
    if not value:
        return {"field": by.key, "cmp": "is_empty"}
    if by.kind is FieldKind.BOOLEAN:
        return {"field": by.key, "cmp": "is_true" if value == "true" else "is_false"}
    if by.kind in DATE_KINDS:
        return {"field": by.key, "cmp": "between", "value": list(_month_of(value))}
    return {"field": by.key, "cmp": "is", "value": value}


def _month_of(text: str) -> Sequence[str]:
    """The first and the last day of the month that begins on this day. Raises Invalid."""
    try:
        first = date.fromisoformat(text[:10]).replace(day=1)
        following = (first + timedelta(days=32)).replace(day=1)
    except (ValueError, OverflowError) as error:
        raise Invalid(fields={AMONG: [_("There is no such group.")]}) from error
    return first.isoformat(), (following - timedelta(days=1)).isoformat()
