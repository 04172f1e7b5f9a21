"""What a list's address asks for: everything that shapes a list stands in its URL and is read here, once.

`q` search, `view` tab, `filter` condition as JSON, `sort`, `columns`, `layout`, `cursor`; every other parameter is a
quick filter: `type=customer`, `owner=me`, `revenue__gt=1000`. What cannot be understood is said in its place.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from django.http import QueryDict
from django.utils.encoding import force_str
from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.conditions.tree import EVERYTHING, Condition, Leaf, all_of, leaves
from autocrm.kernel.conditions.words import describe
from autocrm.kernel.errors import Invalid, Text
from autocrm.kernel.field_kinds import Operator
from autocrm.records.fields import Field
from autocrm.records.listing import ListQuery, Sort
from autocrm.records.lists.aggregates import Figure
from autocrm.records.lists.columns import Column, read_columns
from autocrm.records.lists.params import (
    Chip,
    read_density,
    read_filter,
    read_group,
    read_pins,
    read_quick,
    read_sorts,
    read_sums,
)
from autocrm.records.lists.saved_views import get_view
from autocrm.records.lists.view_state import LOSS_WORDS, Loss, Overlaid, overlay, read_state, readable_part, write_state
from autocrm.records.orders import default_sorts
from autocrm.records.registry import RecordType
from autocrm.records.schema import RecordSchema
from autocrm.records.view_models import SavedView
from autocrm.ui.formatting import noun

ALL, MINE, BIN = "all", "mine", "bin"
TABLE = "table"
MOST_COLUMNS_TEXT = 2_000
MOST_OPTION_TEXT = 200
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a parameter of the address; without a name the words say which."""

    name: str
    words: str

    def __str__(self) -> str:
        if not self.name:
            return self.words
        return _("“%(name)s”: %(fault)s") % {"name": self.name, "fault": self.words}


@dataclass(frozen=True)
class ListState:
    """A list as its address describes it; `faults` say what of it could not be understood.

    `view` is the tab: one that every list has, or the id of a saved view; `base` is the one of the former that it
    builds on. `params` are what the list shows, the saved view's with those of the address on top; `saved_text` are
    the saved view's alone, as far as the actor may know of them. `losses` say why anything of the view was left out.
    """

    record_type: RecordType
    schema: RecordSchema
    view: str
    search: str
    condition: Condition
    quick: Condition
    chips: tuple[Chip, ...]
    sorts: tuple[Sort, ...]
    is_sorted: bool
    columns: tuple[Column, ...]
    cursor: str
    params: QueryDict
    base: str = ALL
    layout: str = TABLE
    density: str = ""
    pins: int = 0
    group: Field | None = None
    sums: tuple[tuple[Field, Figure], ...] = ()
    saved: SavedView | None = None
    saved_text: str = ""
    is_changed: bool = False
    losses: frozenset[Loss] = frozenset()
    misread: tuple[Fault, ...] = ()

    @property
    def faults(self) -> tuple[str, ...]:
        """What could not be understood, in words."""
        return tuple(fault.words for fault in self.misread)

    @property
    def is_narrowed(self) -> bool:
        """Whether something besides the view's own rule leaves records out."""
        return bool(self.search.strip() or self.chips or self.faults) or self.condition != EVERYTHING

    @property
    def is_special(self) -> bool:
        """Whether the list shows anything that a view could keep."""
        return write_state(self.params) != ""

    @property
    def notes(self) -> list[Text]:
        """What is said of parts of the view that were left out."""
        return [words for loss, words in LOSS_WORDS.items() if loss in self.losses]

    @property
    def is_outdated(self) -> bool:
        """Whether the view keeps what exists no more, and saving it anew would lose nothing else."""
        return bool(self.losses) and Loss.HIDDEN not in self.losses

    @property
    def is_bin(self) -> bool:
        """Whether the list shows what was moved to the bin."""
        return self.base == BIN

    @property
    def sort_text(self) -> str:
        """The order as the URL writes it."""
        return ",".join(f"{'-' * sort.descending}{sort.field.key}" for sort in self.sorts)

    @property
    def leaves(self) -> int:
        """How many comparisons the built filter has."""
        return sum(1 for _leaf in leaves(self.condition))

    @property
    def sentence(self) -> str:
        """The built filter in words, "" when there is none."""
        return "" if self.condition == EVERYTHING else describe(self.condition, self.schema)

    def option(self, name: str) -> str:
        """A layout's own parameter as it stands in the address, "" when it is not there."""
        return self.params.get(name, "")[:MOST_OPTION_TEXT]

    def query(self) -> ListQuery:
        """What the selectors are asked."""
        return ListQuery(
            condition=self._whole(self.condition, self.quick),
            search=self.search,
            sort=self.sorts,
            cursor=self.cursor,
            archived=self.is_bin,
        )

    def whole_view(self) -> ListQuery:
        """The same view with nothing left out, for "N of M"."""
        return ListQuery(condition=self._whole(), archived=self.is_bin)

    def _whole(self, *conditions: Condition) -> Condition | None:
        mine = [Leaf("owner", Operator.IS_ME.value)] if self.base == MINE else []
        whole = all_of(*mine, *conditions)
        return None if whole == EVERYTHING else whole


def read_list_state(record_type: RecordType, asked: QueryDict, actor: Actor) -> ListState:
    """The list that the parameters of an address ask for. One query more for a saved view.

    Raises NotFound for a view that does not exist; other faults are kept.
    """
    schema = RecordSchema(record_type, actor)
    view = asked.get("view") or ALL
    saved = None if view in _built_in(schema) else get_view(view, record_type=record_type, actor=actor)
    nothing_lost: tuple[QueryDict, frozenset[Loss]] = (QueryDict(), frozenset())
    stored, losses = nothing_lost if saved is None else readable_part(read_state(saved.state), schema)
    shown = overlay(stored, asked) if saved is not None else Overlaid(asked, is_changed=False)
    params = shown.params
    faults: list[Fault] = []
    sorts = _caught("sort", faults, lambda: read_sorts(params.get("sort", ""), schema), default_sorts(schema))
    nothing: tuple[Condition, tuple[Chip, ...]] = (EVERYTHING, ())
    quick, chips = _caught("", faults, lambda: read_quick(params, schema), nothing)
    text = params.get("columns", "")[:MOST_COLUMNS_TEXT]
    pins = read_pins(params.get("pins", ""))
    return ListState(
        record_type=record_type,
        schema=schema,
        view=view if saved is None else str(saved.pk),
        search=params.get("q", "")[:200],
        condition=_caught("filter", faults, lambda: read_filter(params.get("filter", ""), schema), nothing[0]),
        quick=quick,
        chips=chips,
        sorts=sorts,
        is_sorted=bool(params.get("sort")),
        columns=_caught(
            "columns", faults, lambda: read_columns(text, schema, sorts, pins), read_columns("", schema, sorts, pins)
        ),
        density=read_density(params.get("density", "")),
        pins=pins,
        group=_caught("group", faults, lambda: read_group(params.get("group", ""), schema), None),
        sums=_caught("sums", faults, lambda: read_sums(params.get("sums", ""), schema), ()),
        cursor=params.get("cursor", ""),
        params=params,
        base=view if saved is None else _base(stored, schema),
        layout=params.get("layout") or TABLE,
        saved=saved,
        saved_text=write_state(stored),
        is_changed=shown.is_changed,
        losses=losses,
        misread=tuple(faults),
    )


def list_faults(state: ListState) -> list[str]:
    """What means nothing in the address of a list, by the names of its parameters; some of it is only passed over."""
    asked = state.params
    wrong = [
        name
        for name, is_right in (
            ("density", state.density == asked.get("density", "")),
            ("pins", asked.get("pins", "") in {"", str(state.pins)}),
            ("within", asked.get("within", ALL) in _built_in(state.schema)),
        )
        if not is_right
    ]
    return [*map(str, state.misread), *(str(Fault(name, _("This is not one of the choices."))) for name in wrong)]


def _built_in(schema: RecordSchema) -> set[str]:
    return {each.key for each in list_views(schema)}


def _base(stored: QueryDict, schema: RecordSchema) -> str:
    """Which records a saved view starts from."""
    within = stored.get("within", ALL)
    return within if within in _built_in(schema) else ALL


@dataclass(frozen=True)
class View:
    """One tab above a list."""

    key: str
    label: str
    icon: str = ""


def list_views(schema: RecordSchema) -> tuple[View, ...]:
    """The tabs of a type: all, one's own where the owner may be seen, the bin."""
    plural = force_str(schema.record_type.label_plural)
    own = schema.can_read(schema.record_type.by_key["owner"]) and schema.actor.user_id is not None
    return (
        View(ALL, _("All %(plural)s") % {"plural": noun(plural)}),
        *((View(MINE, _("My %(plural)s") % {"plural": noun(plural)}),) if own else ()),
        View(BIN, _("Bin"), "trash"),
    )


def _caught(name: str, faults: list[Fault], read: Callable[[], Found], otherwise: Found) -> Found:
    try:
        return read()
    except Invalid as error:
        words = [force_str(text) for texts in error.fields.values() for text in texts] or [str(error)]
        faults += [Fault(name, each) for each in words]
        return otherwise
