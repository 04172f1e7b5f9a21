"""The rows, headings and tools of a list, ready for the template. The number of queries does not grow with the rows."""

from collections.abc import Sequence
from dataclasses import replace
from html import escape
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.encoding import force_str
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.errors import Invalid
from autocrm.kernel.permissions import authorize, is_allowed
from autocrm.kernel.text import read_count
from autocrm.records import cells, selectors
from autocrm.records.bulk_actions import offered_bulk_actions
from autocrm.records.fields import Field
from autocrm.records.list_actions import offered_actions
from autocrm.records.listing import Page, patience
from autocrm.records.lists.addresses import query_string
from autocrm.records.lists.columns import MOST_PINS, Column, list_choices
from autocrm.records.lists.groups import AMONG, among, group_heads
from autocrm.records.lists.layouts import find_layout, is_table, offered_layouts
from autocrm.records.lists.saved_views import may_change
from autocrm.records.lists.state import ListState, read_list_state
from autocrm.records.lists.sums import sums_in_words
from autocrm.records.lists.tools import (
    DENSITY_WORDS,
    FIGURE_WORDS,
    column_feet,
    filter_parts,
    group_choices,
    quick_filters,
    sort_choices,
)
from autocrm.records.lists.view_tabs import list_tabs
from autocrm.records.looks import Look, look_at
from autocrm.records.registry import RecordType
from autocrm.ui.templatetags import ui

# How many records were looked at on the pages before, for who reads it; it decides nothing.
LOOKED = "looked"

_ROW = (
    '<tr data-row data-id="{id}" data-url="{url}" data-peek-url="{url}peek/"><td class="key"{edit}><div class="hs">'
    '<input class="ck" type="checkbox" tabindex="-1" data-select aria-label="{select}">{mark}'
    '<a class="clip" href="{url}" tabindex="-1" data-peek-link>{title}</a>{pencil}</div></td>{cells}</tr>'
)


def list_context(request: HttpRequest, record_type: RecordType, actor: Actor) -> dict[str, Any]:
    """What the list and its tools need. Raises Denied, NotFound."""
    authorize(actor, record_type.permission(Verb.READ))
    params = request.GET
    state = read_list_state(record_type, params, actor)
    inner = _table(state, params, actor) if is_table(state) else _laid_out(request, state, actor)
    return inner | {
        "record_type": record_type,
        "state": state,
        "layouts": _layout_choices(state, actor),
        "query": query_string(params, "cursor", "peek", "part", LOOKED),
        "densities": DENSITY_WORDS.items(),
        "group_choices": group_choices(state),
        "feet": column_feet(state),
        "table_width": sum(column.width for column in state.columns),
        "may_save": state.saved is not None and may_change(state.saved, actor),
        "may_keep": actor.user_id is not None,
        "quick": quick_filters(state),
        "filter_parts": filter_parts(state),
        "sort_choices": sort_choices(state),
        "actions": offered_actions(record_type, actor),
        "bulk_actions": offered_bulk_actions(record_type, actor, in_bin=state.is_bin),
        "may_import": is_allowed(actor, record_type.permission(Verb.IMPORT)),
        "may_create": is_allowed(actor, record_type.permission(Verb.CREATE)),
    }


def _table(state: ListState, asked: QueryDict, actor: Actor) -> dict[str, Any]:
    """A page of rows, of one group where a place is given; of a list in groups their headings first."""
    place = asked.get(AMONG, "")
    if state.group is not None and not place and not state.faults:
        return _groups(state, state.group, actor)
    page, faults = _page(state, place, actor, goes_on=LOOKED in asked)
    look = look_at(state.record_type, actor, page.rows)
    known = not state.cursor and not page.next_cursor and not faults
    return {
        "faults": faults,
        "currency": look.currency,
        "rows": make_rows(page.rows, state.columns, look),
        "next_cursor": page.next_cursor,
        "looked": page.looked + (read_count(asked.get(LOOKED, "")) or 0) if page.looked else 0,
        "total": len(page.rows) if known and not place else None,
    }


def _groups(state: ListState, by: Field, actor: Actor) -> dict[str, Any]:
    """The headings of a list in groups, or why there are none."""
    look = look_at(state.record_type, actor)
    try:
        heads, total = group_heads(state, by, look, actor)
    except Invalid as error:
        return {"faults": _words_of(error), "total": None}
    return {"faults": (), "currency": look.currency, "heads": heads, "total": total, "rows": bool(heads)}


def _laid_out(request: HttpRequest, state: ListState, actor: Actor) -> dict[str, Any]:
    """The list in another shape than the table, or why it has none."""
    layout = find_layout(state, actor)
    faults = state.faults or (() if layout else (_("This list cannot be laid out like that."),))
    drawn = SafeString("")
    if layout is not None and not faults:
        try:
            drawn = layout.render(request, state, actor)
        except Invalid as error:
            faults = _words_of(error)
    return {"faults": faults, "drawn": drawn, "total": None}


def _layout_choices(state: ListState, actor: Actor) -> list[dict[str, Any]]:
    """The switch in the toolbar; nothing where there is only the table."""
    others = offered_layouts(state, actor)
    if not others:
        return []
    table = {"value": "", "label": _("Table"), "icon": "table", "current": is_table(state)}
    return [table] + [
        {"value": each.key, "label": each.label, "icon": each.icon, "current": each.key == state.layout}
        for each in others
    ]


def page_context(context: dict[str, Any], actor: Actor) -> dict[str, Any]:
    """What the whole page needs besides: tabs and the columns chooser."""
    state: ListState = context["state"]
    return context | {
        "tabs": list_tabs(state, actor),
        "column_choices": list_choices(state.schema, state.columns),
        "pin_choices": range(MOST_PINS + 1),
        "figure_words": FIGURE_WORDS.items(),
    }


def count_context(record_type: RecordType, params: QueryDict, actor: Actor) -> dict[str, Any]:
    """How many records the list has, and of how many when a filter leaves some out."""
    state = read_list_state(record_type, params, actor)
    if state.faults:
        return {"count": None, "whole": None}
    shown, all_of_view = (replace(each, patience=patience()) for each in (state.query(), state.whole_view()))
    count = selectors.count_records(record_type, shown, actor=actor)
    whole = selectors.count_records(record_type, all_of_view, actor=actor) if state.is_narrowed else None
    return {"count": count, "whole": whole, "state": state}


def sums_context(record_type: RecordType, params: QueryDict, actor: Actor) -> dict[str, Any]:
    """The figures below the columns. Raises Denied, NotFound, Invalid."""
    authorize(actor, record_type.permission(Verb.READ))
    return {"sums": sums_in_words(read_list_state(record_type, params, actor), actor)}


def make_rows(records: Sequence[Any], columns: Sequence[Column], look: Look) -> SafeString:
    """The records as rows, as HTML: what is the same for all of them is found out once."""
    shown = [
        (column.field, _cell_start(column), look.may_write(column.field)) for column in columns if not column.is_key
    ]
    select, name = _("Select %(name)s"), look.record_type.by_key[look.record_type.list_columns[0]]
    pencil = _pencil(name) if look.may_write(name) else ""
    rows = [_row(record, shown, select, pencil, look) for record in records]
    return SafeString("\n".join(rows))


def _pencil(name: Field) -> str:
    """The button that edits the name: a click on the name itself leads to the record."""
    label = escape(_("Edit: %(field)s") % {"field": force_str(name.label)})
    return (
        f'<button class="btn ghost icon name-b not-phone" type="button" tabindex="-1" data-name-edit'
        f' aria-label="{label}" title="{label}">{ui.icon("pencil", "sm")}</button>'
    )


def _row(record: Any, columns: Sequence[tuple[Field, str, bool]], select: str, pencil: str, look: Look) -> str:
    title = look.title(record)
    url = f"/{look.record_type.plural}/{record.id}/"
    may_update = look.may_update(record)
    parts = []
    for field, start, may_write in columns:
        edit = f' data-edit-url="{url}edit/{field.key}/?in=list"' if may_write and may_update else ""
        parts.append(f"{start}{edit}>{cells.show(field, record, look)}</td>")
    name = look.record_type.list_columns[0]
    return _ROW.format(
        edit=f' data-edit-url="{url}edit/{name}/?in=list"' if pencil and may_update else "",
        pencil=pencil if may_update else "",
        id=record.id,
        url=url,
        select=escape(select % {"name": title}),
        mark=look.mark(title),
        title=escape(title),
        cells="".join(parts),
    )


def _cell_start(column: Column) -> str:
    css = f"{column.css} {column.pin_css}".strip()
    return f'<td class="{css}"' if css else "<td"


def _page(state: ListState, place: str, actor: Actor, *, goes_on: bool) -> tuple[Page, tuple[str, ...]]:
    """The page, or nothing and why."""
    if state.faults:
        return Page([], ""), state.faults
    try:
        query = among(state, state.group, place) if place and state.group is not None else state.query()
        query = replace(query, patience=patience(), goes_on=goes_on)
        fields = [column.field for column in state.columns]
        return selectors.list_records(state.record_type, query, actor=actor, columns=fields), ()
    except Invalid as error:
        return Page([], ""), _words_of(error)


def _words_of(error: Invalid) -> tuple[str, ...]:
    return tuple(force_str(text) for texts in error.fields.values() for text in texts) or (str(error),)
