"""The single parameters of a list's address: order, built filter, quick filters. Read with the actor's own eyes."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.encoding import force_str
from django.utils.translation import gettext as _

from autocrm.kernel.conditions.params import from_params
from autocrm.kernel.conditions.parsing import parse
from autocrm.kernel.conditions.schema import find_field
from autocrm.kernel.conditions.tree import EVERYTHING, Condition, Leaf, all_of, leaves
from autocrm.kernel.conditions.words import describe
from autocrm.kernel.errors import Invalid
from autocrm.kernel.field_kinds import FieldKind, Operator
from autocrm.kernel.json_text import read_json
from autocrm.kernel.text import read_count
from autocrm.records.fields import Field
from autocrm.records.listing import Sort
from autocrm.records.lists.aggregates import Figure, figures_of
from autocrm.records.lists.columns import MOST_PINS, find_column
from autocrm.records.lists.grouping import can_group_by
from autocrm.records.orders import default_sorts, parse_sort
from autocrm.records.schema import RecordSchema
from autocrm.ui.context import DENSITIES

# Names with a meaning of their own; all others name fields.
_reserved = {
    "pins",
    "among",
    "part",
    "q",
    "view",
    "within",
    "filter",
    "sort",
    "columns",
    "group",
    "sums",
    "cursor",
    "looked",
    "peek",
    "layout",
    "density",
    "in",
}
MOST_SORTS = 3
MOST_SUMS = 20


def reserve_params(*names: str) -> None:
    """Give parameters a meaning of their own, so that they are no quick filters; called while apps are loaded."""
    _reserved.update(names)


def reserved_names() -> frozenset[str]:
    """The parameters that mean something of their own, so that no field may be called so."""
    return frozenset(_reserved)


def is_quick(name: str) -> bool:
    """Whether a parameter is a quick filter."""
    return name not in _reserved


@dataclass(frozen=True)
class Chip:
    """One quick filter that is on, in words, and the parameter that holds it."""

    param: str
    label: str
    value: str


def read_sorts(text: str, schema: RecordSchema) -> tuple[Sort, ...]:
    """The order that "-amount,name" asks for, the type's own when it is empty. Raises Invalid."""
    keys = [key for key in text.split(",") if key.strip()][:MOST_SORTS]
    return parse_sort(keys, schema) if keys else default_sorts(schema)


def read_filter(text: str, schema: RecordSchema) -> Condition:
    """The condition that the filter builder wrote. Raises Invalid."""
    if not text.strip():
        return EVERYTHING
    try:
        return parse(read_json(text), schema)
    except ValueError as error:
        raise Invalid(fields={"filter": [_("The filter in the address is not readable.")]}) from error


def read_quick(params: QueryDict, schema: RecordSchema) -> tuple[Condition, tuple[Chip, ...]]:
    """All quick filters, as one condition and as chips. Raises Invalid."""
    compared: list[Condition] = []
    chips: list[Chip] = []
    for name in filter(is_quick, params):
        values = [value for value in params.getlist(name) if value != ""]
        if values:
            leaf = read_comparison(name, values, schema)
            compared.append(leaf)
            chips += [_chip(name, each, schema) for each in leaves(leaf)]
    return all_of(*compared), tuple(chips)


def read_group(text: str, schema: RecordSchema) -> Field | None:
    """The field that the list falls into groups by. Raises Invalid."""
    if not text:
        return None
    by = find_column(text, schema)
    if not can_group_by(by, schema):
        raise Invalid(fields={"group": [_("Lists cannot be grouped by this field.")]})
    return by


def read_sums(text: str, schema: RecordSchema) -> tuple[tuple[Field, Figure], ...]:
    """What "amount:sum,score:avg" asks for below the columns. Raises Invalid."""
    wanted = []
    for part in [part for part in text.split(",") if part.strip()][:MOST_SUMS]:
        key, _colon, word = part.strip().rpartition(":")
        field = schema.readable([key])[0]
        if word not in figures_of(field):
            raise Invalid(fields={"sums": [_("This cannot be worked out of this field.")]})
        wanted.append((field, Figure(word)))
    return tuple(wanted)


def read_pins(text: str) -> int:
    """How many columns stay in sight beside the name."""
    return read_count(text, most=MOST_PINS) or 0


def read_density(text: str) -> str:
    """How high rows are, "" for as the person likes it everywhere."""
    return text if text in DENSITIES else ""


def read_comparison(name: str, values: list[str], schema: RecordSchema) -> Condition:
    """What one quick filter compares. Raises Invalid."""
    return _about_me(name, values, schema) or from_params({name: values}, schema)


def _about_me(name: str, values: Iterable[str], schema: RecordSchema) -> Leaf | None:
    """`owner=me` and `owner=my_team`, whoever looks."""
    operator = _WHOSE.get(",".join(values))
    field = find_field(schema, name)
    if operator is None or field is None or field.field.kind is not FieldKind.USER:
        return None
    return Leaf(name, operator.value)


_WHOSE = {"me": Operator.IS_ME, "my_team": Operator.IN_MY_TEAM}


def _chip(name: str, leaf: Leaf, schema: RecordSchema) -> Chip:
    """As "Type: Customer"; a comparison other than "is" in a whole sentence."""
    bound = find_field(schema, leaf.field)
    if bound is None or leaf.cmp not in {Operator.IS, Operator.HAS_ANY, *_WHOSE.values()}:
        return Chip(name, "", describe(leaf, schema))
    if leaf.cmp == Operator.IS_ME:
        return Chip(name, bound.label, _("me"))
    if leaf.cmp == Operator.IN_MY_TEAM:
        return Chip(name, bound.label, _("my team"))
    values = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
    options = {option.value: force_str(option.label) for option in bound.field.options or ()}
    label = bound.field.value_label
    words = [options.get(str(each)) or (label(each) if label else str(each)) for each in values]
    return Chip(name, bound.label, ", ".join(words))
