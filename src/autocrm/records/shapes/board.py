"""The board: a list laid out in columns, one for each value of a choice, a person, or yes and no.

Everything that shapes it stands in the address: `by` the field of the columns, `cards` up to two more fields on the
cards, `shut` the columns that are folded; search, filters, tabs and order are those of the list. Counts and sums come
from `grouping`. Where the list is small all columns come at once; in a large one each loads its own cards when it is
looked at, so that no request waits for a column that is dear to find.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.conditions.parsing import parse
from autocrm.kernel.conditions.tree import all_of
from autocrm.kernel.errors import Invalid
from autocrm.kernel.field_kinds import FieldKind
from autocrm.kernel.permissions import can_write_field, is_allowed
from autocrm.records.fields import Field
from autocrm.records.listing import ListQuery, Page, ordering, patience
from autocrm.records.lists.addresses import query_string
from autocrm.records.lists.grouping import GroupTotal, choice_words, list_groups
from autocrm.records.lists.moving import NOWHERE, place_of, value_in
from autocrm.records.lists.state import ListState
from autocrm.records.markup import fill
from autocrm.records.orders import sorts_of
from autocrm.records.registry import RecordType
from autocrm.records.sampling import is_dear
from autocrm.records.schema import RecordSchema
from autocrm.records.selectors import list_queryset, list_records
from autocrm.records.shapes.board_cards import CardFields, card_fields, choosable_fields, make_cards
from autocrm.tenants.selectors import get_tenant
from autocrm.ui import formatting
from autocrm.users import selectors as users

BY, CARDS, SHUT, COLUMN = "by", "cards", "shut", "column"
PAGE = 20
MOST_COLUMNS = 30
# In the planner's units: about 30,000 rows looked at, one by one, for a page of cards.
DEAREST_COLUMN = 2_500.0
COLUMN_KINDS = frozenset({FieldKind.SELECT, FieldKind.BOOLEAN, FieldKind.USER})


@dataclass(frozen=True)
class BoardColumn:
    """One column: its place, heading, figures in words, and its first cards when they came along."""

    place: str
    label: str
    tone: str
    count: str
    total: str
    said: str
    is_shut: bool
    add_url: str
    more_url: str
    cards: SafeString | None = None
    next_url: str = ""


@dataclass(frozen=True)
class Board:
    """What a board asks for, read from the address and checked."""

    state: ListState
    by: Field
    fields: CardFields

    @property
    def sums(self) -> tuple[Field, ...]:
        """What is added up over each column."""
        return () if self.fields.amount is None else (self.fields.amount,)


def board_fields(record_type: RecordType, actor: Actor) -> list[Field]:
    """The fields a board can have its columns by, the most telling first."""
    schema = RecordSchema(record_type, actor)
    found = [
        each
        for each in record_type.all_fields
        if each.kind in COLUMN_KINDS and each.filterable and not each.tags and schema.can_read(each)
    ]
    telling = {key: at for at, key in enumerate(record_type.highlights)}
    return sorted(
        found,
        key=lambda each: (
            not each.editable,
            each.kind is not FieldKind.SELECT,
            telling.get(each.key, len(telling)),
        ),
    )


def read_board(state: ListState, actor: Actor) -> Board:
    """The board that the address asks for. Raises Invalid for a field that is unknown, hidden or makes no columns."""
    offered = board_fields(state.record_type, actor)
    key = state.option(BY)
    by = next((each for each in offered if not key or each.key == key), None)
    if by is None:
        raise Invalid(fields={BY: [_("A board cannot have its columns by this field.")]})
    return Board(state, by, card_fields(state.schema, state.option(CARDS)))


def draw_board(request: HttpRequest, state: ListState, actor: Actor) -> SafeString:
    """The whole board as HTML. Raises Invalid."""
    board = read_board(state, actor)
    totals = list_groups(state.record_type, state.query(), board.by, board.sums, actor=actor)
    come_along = all(each.exact for each in totals)
    columns = [_column(board, each, actor, come_along=come_along) for each in _all_columns(board, totals)]
    chosen = {each.key for each in board.fields.chosen}
    context = {
        "record_type": state.record_type,
        "by": board.by,
        "columns": columns,
        "has_totals": bool(board.sums),
        "query": _query(state),
        "fields": board_fields(state.record_type, actor),
        "card_choices": [(each, each.key in chosen) for each in choosable_fields(state.schema)],
        "chosen_count": len(chosen),
        "may_move": can_write_field(actor, state.record_type.key, board.by.key) and board.by.editable,
    }
    return SafeString(render_to_string("records/board.html", context, request))


def draw_column(state: ListState, place: str, actor: Actor) -> tuple[SafeString, str]:
    """The next cards of one column, and where those that follow are found. Raises Invalid."""
    if state.faults:
        raise Invalid(state.faults[0])
    board = read_board(state, actor)
    if _is_rare_and_dear(board, place, actor):
        return _hint(_("Too many records to look through. Narrow the list by a filter.")), ""
    page = _page(board, place, state.cursor, actor)
    return _cards(board, page.rows, actor), _next_url(board, place, page)


def _is_rare_and_dear(board: Board, place: str, actor: Actor) -> bool:
    """Whether the column would be searched for card by card, through a large list that no index divides like that."""
    query = column_query(board.state, board.by, place)
    sorts = sorts_of(query, board.state.schema)
    found = list_queryset(board.state.record_type, query, actor=actor)
    return is_dear(found.order_by(*ordering(sorts))[: PAGE + 1], DEAREST_COLUMN)


def _hint(text: str) -> SafeString:
    return fill('<li class="kmore soft sm">{}</li>', text)


def draw_card(board: Board, record: Any, actor: Actor) -> SafeString:
    """One card."""
    return _cards(board, [record], actor)


def figures(board: Board, actor: Actor) -> list[dict[str, str]]:
    """The counts and sums of all columns anew; nothing where they are only estimates that one card does not change."""
    totals = list_groups(board.state.record_type, board.state.query(), board.by, board.sums, actor=actor)
    if not all(each.exact for each in totals):
        return []
    columns = [_heading(board, each, actor) for each in _all_columns(board, totals)]
    return [{"place": each.place, "count": each.count, "total": each.total} for each in columns]


def _all_columns(board: Board, totals: Sequence[GroupTotal]) -> list[GroupTotal]:
    """The groups that are there, and an empty one for every value a card could be moved to."""
    found: Mapping[Any, GroupTotal] = {each.value: each for each in totals if not each.is_several}
    values = list(_values(board.by, found))
    if None in found or (board.by.nullable and board.by.kind is not FieldKind.BOOLEAN):
        values.append(None)
    empty = GroupTotal(value=None, label="", count=0, exact=all(each.exact for each in totals))
    names = _names(board.by, values)
    return [replace(found.get(each, empty), value=each, label=names[each]) for each in values[:MOST_COLUMNS]]


def _values(by: Field, found: Iterable[Any]) -> Iterable[Any]:
    if by.kind is FieldKind.BOOLEAN:
        return [True, False]
    if by.kind is FieldKind.SELECT:
        there = set(found)
        return [option.value for option in by.options if option.active or option.value in there]
    there = {each for each in found if each is not None}
    people = [person for person, _name, _email, is_placeholder in users.list_people() if not is_placeholder]
    if len(people) <= MOST_COLUMNS:
        there |= set(people)
    names = _names(by, list(there))
    return sorted(there, key=lambda each: names[each].casefold())


def _names(by: Field, values: Sequence[Any]) -> dict[Any, str]:
    names: dict[Any, str] = {None: _("No value")}
    full = [each for each in values if each is not None]
    if by.kind is FieldKind.USER:
        known = users.get_display_names(full)
        return names | {each: known.get(each, _("Somebody who is not here")) for each in full}
    return names | {each: choice_words(by, each) for each in full}


def _heading(board: Board, group: GroupTotal, actor: Actor) -> BoardColumn:
    """A column without its cards."""
    state, by = board.state, board.by
    place = place_of(by, group.value)
    about = "" if group.exact else "≈ "
    total = ""
    if board.fields.amount is not None and group.sums.get(board.fields.amount.key) is not None:
        currency = str(get_tenant(actor.tenant_id).settings.get("currency", "USD"))
        total = about + formatting.money(int(group.sums[board.fields.amount.key]), currency, decimals=0)
    count = about + formatting.number(group.count)
    records = ngettext("%(count)s record", "%(count)s records", group.count) % {"count": count}
    return BoardColumn(
        place=place,
        label=group.label,
        tone=str(by.extra.get("tones", {}).get(group.value, "")),
        count=count,
        total=total,
        said=", ".join(part for part in (group.label, records, total) if part),
        is_shut=place in state.option(SHUT).split(","),
        add_url=_add_url(board, place, actor),
        more_url=f"/{state.record_type.plural}/board/column/?{_query(state)}&{urlencode({COLUMN: place})}",
    )


def _column(board: Board, group: GroupTotal, actor: Actor, *, come_along: bool) -> BoardColumn:
    column = _heading(board, group, actor)
    if column.is_shut or not come_along:
        return column
    if not group.count:
        return replace(column, cards=SafeString(""))
    page = _page(board, column.place, "", actor)
    return replace(column, cards=_cards(board, page.rows, actor), next_url=_next_url(board, column.place, page))


def _page(board: Board, place: str, cursor: str, actor: Actor) -> Page:
    state = board.state
    query = replace(column_query(state, board.by, place), cursor=cursor, limit=PAGE, patience=patience())
    columns = [*board.fields.used, *_behind_subtitle(state.record_type)]
    return list_records(state.record_type, query, actor=actor, columns=columns)


def column_query(state: ListState, by: Field, place: str) -> ListQuery:
    """The list narrowed to one column. Raises Invalid for a place that is none."""
    value = value_in(place)
    if value is None:
        raise Invalid(fields={COLUMN: [_("There is no such column.")]})
    query = state.query()
    here = parse(_comparison(by, value), state.schema)
    return replace(query, condition=here if query.condition is None else all_of(query.condition, here))


def _comparison(by: Field, value: str) -> dict[str, Any]:
    if not value:
        return {"field": by.key, "cmp": "is_empty"}
    if by.kind is FieldKind.BOOLEAN:
        return {"field": by.key, "cmp": "is_true" if value == "true" else "is_false"}
    return {"field": by.key, "cmp": "is", "value": value}


def _behind_subtitle(record_type: RecordType) -> list[Field]:
    return [record_type.by_key[key] for key in record_type.subtitle_fields]


def _cards(board: Board, rows: Sequence[Any], actor: Actor) -> SafeString:
    return make_cards(board.state.record_type, rows, board.fields, board.by, actor)


def _next_url(board: Board, place: str, page: Page) -> str:
    if not page.next_cursor:
        return ""
    more = urlencode({COLUMN: place, "cursor": page.next_cursor})
    return f"/{board.state.record_type.plural}/board/column/?{_query(board.state)}&{more}"


def _query(state: ListState) -> str:
    return query_string(state.params, "cursor", "peek", COLUMN)


def _add_url(board: Board, place: str, actor: Actor) -> str:
    """Where a record with this value is made; "" for whoever may not."""
    record_type, by = board.state.record_type, board.by
    if board.state.is_bin or not is_allowed(actor, record_type.permission(Verb.CREATE)):
        return ""
    if not by.editable or not can_write_field(actor, record_type.key, by.key):
        return ""
    start = "" if place == NOWHERE else f"?{urlencode({by.key: value_in(place)})}"
    return f"/{record_type.plural}/new/{start}"
