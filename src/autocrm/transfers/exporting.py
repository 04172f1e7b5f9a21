"""Records on their way into a file: which of them, which columns, and what stands in each cell.

Read page by page by the place in the order, each page in a transaction of its own, so that no export however large
keeps one open. Dates are ISO 8601, numbers and amounts have a point, whatever the language; names stand for people and
related records, as an import finds them again. What the role hides is not there.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction
from django.http import QueryDict
from django.utils import translation
from django.utils.encoding import force_str
from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.errors import Invalid
from autocrm.kernel.field_kinds import FieldKind
from autocrm.kernel.permissions import authorize
from autocrm.kernel.tenancy import tenant_scope
from autocrm.records.bulk_operations.selection import Selection
from autocrm.records.fields import Field
from autocrm.records.hops import Hop
from autocrm.records.listing import ListQuery, patience
from autocrm.records.lists.columns import find_column
from autocrm.records.lists.state import read_list_state
from autocrm.records.looks import Look, look_at
from autocrm.records.registry import RecordType, record_types
from autocrm.records.representation import to_dict
from autocrm.records.selectors import get_type, list_records
from autocrm.tenants.selectors import get_tenant
from autocrm.transfers.mapping import RECORD_ID

BATCH = 1_000
# Which columns: those of the view, or all that the actor may see; otherwise some by name.
OF_VIEW, ALL_FIELDS = "view", "all"

Cell = Callable[[Any, Look], Any]
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Shown:
    """One column of a file: its heading and what stands in it for a record."""

    label: str
    cell: Cell


@dataclass(frozen=True)
class Plan:
    """What is exported, checked; it is made anew with the rights of the moment wherever work goes on."""

    record_type: RecordType
    query: ListQuery
    fields: tuple[Field, ...]
    with_ids: bool
    sentence: str
    actor: Actor
    columns: tuple[Shown, ...] = field(init=False)

    def __post_init__(self) -> None:
        ids = [Shown(force_str(RECORD_ID.label), lambda record, _look: str(record.pk))] if self.with_ids else []
        columns = [column for each in self.fields for column in _columns_of(each)]
        object.__setattr__(self, "columns", (*ids, *columns))


def make_plan(
    record_type: RecordType, selection: Selection, *, columns: str = OF_VIEW, with_ids: bool = False, actor: Actor
) -> Plan:
    """What an export of a selection would hold. Raises Denied, NotFound, Invalid for an address with faults."""
    authorize(actor, record_type.permission(Verb.EXPORT))
    state = read_list_state(record_type, QueryDict(selection.query), actor)
    if state.faults:
        raise Invalid(fields={"query": list(state.faults)})
    schema = state.schema
    if columns == ALL_FIELDS:
        fields = [each for each in record_type.all_fields if schema.can_read(each)]
    elif columns and columns != OF_VIEW:
        fields = [find_column(key.strip(), schema) for key in columns.split(",") if key.strip()]
    else:
        # Its name always stands first, hidden or not; all others have been looked at.
        fields = [each.field for each in state.columns if not each.is_key or schema.can_read(each.field)]
    query = replace(state.query(), cursor="", limit=BATCH, verb=Verb.EXPORT, ids=selection.ids)
    if selection.ids is not None:
        query = replace(query, condition=None, search="")
    return Plan(record_type, query, tuple(fields), with_ids, _words(state, selection), actor)


def _words(state: Any, selection: Selection) -> str:
    """Which records, in words, for the journal and the page."""
    if selection.ids is not None:
        return _("a selection")
    parts = [state.sentence, *(f"{chip.label}: {chip.value}" for chip in state.chips)]
    if state.search.strip():
        parts.append(_("found by “%(text)s”") % {"text": state.search.strip()})
    return "; ".join(part for part in parts if part)[:1000]


def _pages(plan: Plan, make: Callable[[Any, Look], Made]) -> Iterator[list[Made]]:
    """What `make` makes of each record, page by page; works after the request has ended too.

    Nothing is handed on within a transaction: whoever takes it may be slow.
    """
    # Pages may be short: nobody waits for one, and what no index serves is gone through once, not once for each page.
    query, tenant_id = replace(plan.query, patience=patience()), plan.actor.tenant_id
    while True:
        with (
            tenant_scope(tenant_id) as tenant,
            transaction.atomic(using=tenant.database),
            translation.override(plan.actor.locale),
        ):
            page = list_records(plan.record_type, query, columns=plan.fields, actor=plan.actor)
            look = look_at(plan.record_type, plan.actor, page.rows)
            made = [make(record, look) for record in page.rows]
        yield made
        if not page.next_cursor:
            return
        query = replace(query, cursor=page.next_cursor)


def rows_of(plan: Plan) -> Iterator[list[list[Any]]]:
    """The cells, page by page."""
    cells = [column.cell for column in plan.columns]
    return _pages(plan, lambda record, look: [cell(record, look) for cell in cells])


def dicts_of(plan: Plan) -> Iterator[list[dict[str, Any]]]:
    """The records as the API shows them, page by page."""
    expand = frozenset(each.key for each in plan.fields if each.is_reference or each.tags)
    return _pages(plan, lambda record, look: to_dict(look, record, plan.fields, expand=expand, tags=look.tags))


def plan_again(
    record_type: str, query: str, ids: Sequence[UUID] | None, options: Mapping[str, Any], actor: Actor
) -> Plan:
    """The plan of an export that was asked for before, with the rights that hold now."""
    selection = Selection(None if ids is None else tuple(ids), query)
    columns, with_ids = str(options.get("columns", OF_VIEW)), bool(options.get("with_ids"))
    return make_plan(get_type(record_type), selection, columns=columns, with_ids=with_ids, actor=actor)


# --- Cells ------------------------------------------------------------------------------------------------------------


def _columns_of(field: Field) -> list[Shown]:
    """A field's column; beside an amount stands its currency."""
    label = force_str(field.label)
    if field.kind is FieldKind.CURRENCY:
        currency = _("%(field)s, currency") % {"field": label}
        return [Shown(label, _cell_of(field)), Shown(currency, lambda record, look: _currency(field, record, look))]
    return [Shown(label, _cell_of(field))]


def _currency(field: Field, record: Any, look: Look) -> str:
    if field.read(record) is None:
        return ""
    holder = field.via.related(record) if isinstance(field, Hop) else record
    own = getattr(holder, field.currency_path) if field.currency_path else ""
    return str(own or look.currency or get_tenant(look.actor.tenant_id).settings.get("currency", "USD"))


def _cell_of(field: Field) -> Cell:
    if field.is_reference:
        return lambda record, look: _name_of(field, record, look)
    write: Callable[[Field, Any, Look], Any] = _CELLS.get(field.kind, _as_it_is)

    def cell(record: Any, look: Look) -> Any:
        value = field.read(record)
        return None if value is None or value in ("", []) else write(field, value, look)

    return cell


def _name_of(field: Field, record: Any, look: Look) -> str | None:
    related = field.related(record)
    if related is None or not look.may_see(field, related):
        return None
    if field.kind is FieldKind.USER:
        return str(related)
    return look_at(record_types.get(field.relation), look.actor).title(related)


def _as_it_is(_field: Field, value: Any, _look: Look) -> Any:
    return value


def _many(field: Field, value: Sequence[Any], look: Look) -> str:
    if field.tags:
        names = [look.tags[each].name for each in value if each in look.tags]
    else:
        names = [force_str(field.option_label(each)) for each in value]
    # Read again it is divided at the bar first, whatever stands in the names.
    text = "|".join(names)
    return f"{text}|" if len(names) == 1 and any(sign in text for sign in ",;") else text


def _scaled(field: Field, value: Any, _look: Look) -> Decimal | int:
    return Decimal(value).scaleb(-field.places) if field.places else value


_CELLS: dict[FieldKind, Callable[[Field, Any, Look], Any]] = {
    FieldKind.NUMBER: _scaled,
    FieldKind.PERCENT: _scaled,
    FieldKind.CURRENCY: _scaled,
    FieldKind.BOOLEAN: lambda _field, value, _look: bool(value),
    FieldKind.DATETIME: lambda _field, value, _look: value.astimezone(UTC),
    FieldKind.SELECT: lambda field, value, _look: force_str(field.option_label(value)),
    FieldKind.MULTI_SELECT: _many,
}
