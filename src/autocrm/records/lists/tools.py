"""What the toolbar of a list offers: quick filters, levels of order, groups, figures below the columns."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.encoding import force_str
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from autocrm.kernel.conditions.parsing import parse
from autocrm.kernel.conditions.tree import EVERYTHING
from autocrm.kernel.conditions.words import describe
from autocrm.kernel.errors import Text
from autocrm.kernel.field_kinds import DATE_KINDS, NUMERIC_KINDS
from autocrm.kernel.json_text import read_json
from autocrm.records.fields import Field
from autocrm.records.hops import list_hops
from autocrm.records.lists.aggregates import Figure, figures_of
from autocrm.records.lists.columns import Column
from autocrm.records.lists.grouping import can_group_by
from autocrm.records.lists.state import MINE, ListState

# More parts than this are told in one sentence.
MOST_PARTS = 3
FIGURE_WORDS = {
    Figure.SUM: gettext_lazy("Sum"),
    Figure.AVERAGE: gettext_lazy("Avg"),
    Figure.SMALLEST: gettext_lazy("Min"),
    Figure.LARGEST: gettext_lazy("Max"),
    Figure.EMPTY: gettext_lazy("Empty"),
    Figure.FILLED: gettext_lazy("Filled"),
    Figure.DIFFERENT: gettext_lazy("Unique"),
}


DENSITY_WORDS: dict[str, Text] = {
    "compact": gettext_lazy("Compact rows"),
    "cosy": gettext_lazy("Usual rows"),
    "roomy": gettext_lazy("Roomy rows"),
}


@dataclass(frozen=True)
class QuickFilter:
    """A chip that is off: a field and the values one click away."""

    param: str
    label: str
    choices: tuple[tuple[str, str], ...]


def quick_filters(state: ListState) -> list[QuickFilter]:
    """The filters one click away that are not on: one's own records, and the fields a type declares as quick."""
    on = {chip.param for chip in state.chips}
    fields = [field for field in state.record_type.all_fields if _is_quick(field) and state.schema.can_read(field)]
    owner = state.record_type.by_key["owner"]
    has_mine = state.base != MINE and state.schema.can_read(owner) and state.schema.actor.user_id is not None
    whose = (("me", _("Mine")), ("my_team", _("My team's")))
    mine = [QuickFilter("owner", force_str(owner.label), whose)] if has_mine and "owner" not in on else []
    return mine + [
        QuickFilter(
            field.key,
            force_str(field.label),
            tuple((option.value, force_str(option.label)) for option in field.options if option.active),
        )
        for field in fields
        if field.key not in on
    ]


def _is_quick(field: Field) -> bool:
    return bool(field.extra.get("quick") and field.options)


def filter_parts(state: ListState) -> list[dict[str, str]]:
    """The built filter in words, one part for each comparison that can be taken away alone, and what then remains."""
    if state.condition == EVERYTHING:
        return []
    built = read_json(state.params.get("filter", ""))
    parts = built["args"] if isinstance(built, dict) and built.get("op") == "and" else [built]
    if len(parts) > MOST_PARTS:
        parts = [built]
    return [
        {"words": describe(parse(part, state.schema), state.schema), "rest": _without(parts, part)} for part in parts
    ]


def _without(parts: list[Any], dropped: Any) -> str:
    rest = [part for part in parts if part is not dropped]
    if not rest:
        return ""
    return json.dumps(rest[0] if len(rest) == 1 else {"op": "and", "args": rest}, separators=(",", ":"))


def sort_choices(state: ListState) -> dict[str, Any]:
    """The levels of the order, and what a further level may be."""
    used = [sort.field.key for sort in state.sorts]
    offered = [field for field in _sortable(state) if field.key not in used]
    return {
        "levels": [
            {"key": sort.field.key, "label": sort.field.label, "descending": sort.descending} for sort in state.sorts
        ],
        "offered": [{"key": _first_order(field), "label": field.label} for field in offered],
        "others": [{"key": field.key, "label": field.label} for field in offered],
    }


def _first_order(field: Field) -> str:
    """Numbers and dates begin with the largest and latest."""
    return f"{'-' * (field.kind in NUMERIC_KINDS | DATE_KINDS)}{field.key}"


def _sortable(state: ListState) -> Iterable[Field]:
    """The columns that are shown, and when a record came and changed."""
    shown = [column.field for column in state.columns if column.sortable]
    keys = {field.key for field in shown}
    system = [state.record_type.by_key[key] for key in ("created_at", "updated_at") if key not in keys]
    return [*shown, *(field for field in system if state.schema.can_read(field))]


def group_choices(state: ListState) -> list[dict[str, Any]]:
    """The fields that the list may fall into groups by, of the record and one hop away."""
    now = "" if state.group is None else state.group.key
    offered = (*state.record_type.all_fields, *list_hops(state.schema))
    fields = [each for each in offered if can_group_by(each, state.schema)]
    return [{"key": each.key, "label": each.label, "current": each.key == now} for each in fields]


@dataclass(frozen=True)
class Foot:
    """The cell below a column: what is asked there and what could be."""

    column: Column
    figures: str = ""
    current: str = ""
    words: str = ""


def column_feet(state: ListState) -> list[Foot]:
    """The cells below all columns but the first."""
    asked = {field.key: figure for field, figure in state.sums}
    return [_foot(column, asked.get(column.field.key)) for column in state.columns if not column.is_key]


def _foot(column: Column, figure: Figure | None) -> Foot:
    words = "" if figure is None else force_str(FIGURE_WORDS[figure])
    return Foot(column, " ".join(figures_of(column.field)), "" if figure is None else figure.value, words)
