"""What a list's address asks for: everything that shapes a list stands in its URL and is read here, once.

`q` search, `view` tab, `filter` condition as JSON, `sort`, `columns`, `layout`, `cursor`; every other parameter is a
quick filter: `type=customer`, `owner=me`, `revenue__gt=1000`. What cannot be understood is said in its place.
"""

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.encoding import force_str
from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.conditions.params import from_params
from autocrm.kernel.conditions.parsing import parse
from autocrm.kernel.conditions.schema import find_field
from autocrm.kernel.conditions.tree import EVERYTHING, Condition, Leaf, all_of, leaves
from autocrm.kernel.conditions.words import describe
from autocrm.kernel.errors import Invalid, NotFound
from autocrm.kernel.field_kinds import FieldKind, Operator
from autocrm.kernel.json_text import read_json
from autocrm.records.columns import Column, read_columns
from autocrm.records.listing import ListQuery, Sort, default_sorts, parse_sort
from autocrm.records.registry import RecordType
from autocrm.records.schema import RecordSchema

# Names with a meaning of their own; all others name fields.
_reserved = {"q", "view", "filter", "sort", "columns", "cursor", "peek", "layout", "in"}
ALL, MINE, BIN = "all", "mine", "bin"
TABLE = "table"
MOST_OPTION_TEXT = 200
MOST_COLUMNS_TEXT = 2_000


def reserve_params(*names: str) -> None:
    """Give parameters a meaning of their own, so that they are no quick filters; called while apps are loaded."""
    _reserved.update(names)


def reserved_names() -> frozenset[str]:
    """The parameters that mean something of their own, so that no field may be called so."""
    return frozenset(_reserved)


@dataclass(frozen=True)
class Chip:
    """One quick filter that is on, in words, and the parameter that holds it."""

    param: str
    label: str
    value: str


@dataclass(frozen=True)
class ListState:
    """A list as its address describes it; `faults` say what of it could not be understood."""

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
    layout: str = TABLE
    faults: tuple[str, ...] = ()

    @property
    def is_narrowed(self) -> bool:
        """Whether something besides the view's own rule leaves records out."""
        return bool(self.search.strip() or self.chips or self.faults) or self.condition != EVERYTHING

    @property
    def is_bin(self) -> bool:
        """Whether the list shows what was moved to the bin."""
        return self.view == BIN

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
        mine = [Leaf("owner", Operator.IS_ME.value)] if self.view == MINE else []
        whole = all_of(*mine, *conditions)
        return None if whole == EVERYTHING else whole


def read_list_state(record_type: RecordType, params: QueryDict, actor: Actor) -> ListState:
    """The list that `params` ask for. Raises NotFound for a view that does not exist; other faults are kept."""
    schema = RecordSchema(record_type, actor)
    view = params.get("view") or ALL
    if view not in {each.key for each in list_views(schema)}:
        raise NotFound
    faults: list[str] = []
    sorts = _caught(faults, lambda: _sorts(params.get("sort", ""), schema), default_sorts(schema))
    quick, chips = _caught(faults, lambda: _quick(params, schema), (EVERYTHING, ()))
    text = params.get("columns", "")[:MOST_COLUMNS_TEXT]
    return ListState(
        record_type=record_type,
        schema=schema,
        view=view,
        search=params.get("q", "")[:200],
        condition=_caught(faults, lambda: _filter(params.get("filter", ""), schema), EVERYTHING),
        quick=quick,
        chips=chips,
        sorts=sorts,
        is_sorted=bool(params.get("sort")),
        columns=_caught(faults, lambda: read_columns(text, schema, sorts), read_columns("", schema, sorts)),
        cursor=params.get("cursor", ""),
        params=params,
        layout=params.get("layout") or TABLE,
        faults=tuple(faults),
    )


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
        View(ALL, _("All %(plural)s") % {"plural": plural.lower()}),
        *((View(MINE, _("My %(plural)s") % {"plural": plural.lower()}),) if own else ()),
        View(BIN, _("Bin"), "trash"),
    )


def _caught(faults: list[str], read: Any, otherwise: Any) -> Any:
    try:
        return read()
    except Invalid as error:
        faults += [force_str(text) for texts in error.fields.values() for text in texts] or [str(error)]
        return otherwise


def _sorts(text: str, schema: RecordSchema) -> tuple[Sort, ...]:
    keys = [key for key in text.split(",") if key.strip()][:3]
    return parse_sort(keys, schema) if keys else default_sorts(schema)


def _filter(text: str, schema: RecordSchema) -> Condition:
    if not text.strip():
        return EVERYTHING
    try:
        return parse(read_json(text), schema)
    except ValueError as error:
        raise Invalid(fields={"filter": [_("The filter in the address is not readable.")]}) from error


def _quick(params: QueryDict, schema: RecordSchema) -> tuple[Condition, tuple[Chip, ...]]:
    compared: list[Condition] = []
    chips: list[Chip] = []
    for name in params:
        values = [value for value in params.getlist(name) if value != ""]
        if name in _reserved or not values:
            continue
        leaf = _about_me(name, values, schema) or from_params({name: values}, schema)
        compared.append(leaf)
        chips += [_chip(name, each, schema) for each in leaves(leaf)]
    return all_of(*compared), tuple(chips)


def _about_me(name: str, values: list[str], schema: RecordSchema) -> Leaf | None:
    field = find_field(schema, name)
    if field is None or field.field.kind is not FieldKind.USER or values != ["me"]:
        return None
    return Leaf(name, Operator.IS_ME.value)


def _chip(name: str, leaf: Leaf, schema: RecordSchema) -> Chip:
    """As "Type: Customer"; a comparison other than "is" in a whole sentence."""
    bound = find_field(schema, leaf.field)
    if bound is None or leaf.cmp not in {Operator.IS, Operator.IS_ME, Operator.HAS_ANY}:
        return Chip(name, "", describe(leaf, schema))
    if leaf.cmp == Operator.IS_ME:
        return Chip(name, bound.label, _("me"))
    values = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
    options = {option.value: force_str(option.label) for option in bound.field.options or ()}
    label = bound.field.value_label
    words = [options.get(str(each)) or (label(each) if label else str(each)) for each in values]
    return Chip(name, bound.label, ", ".join(words))
