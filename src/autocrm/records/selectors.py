"""Reads of records of any type: get, list, count, search, names for references."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.conditions.sql import to_q
from autocrm.kernel.errors import NotFound, TookTooLong
from autocrm.kernel.field_kinds import FieldKind
from autocrm.kernel.ids import parse_id
from autocrm.kernel.permissions import authorize, can_read_field, is_allowed, visible_filter
from autocrm.kernel.reading import reading
from autocrm.records import sampling
from autocrm.records.custom_references import with_custom_references
from autocrm.records.fields import Field
from autocrm.records.hops import Hop
from autocrm.records.listing import Count, ListQuery, Page
from autocrm.records.models import Tag
from autocrm.records.orders import sorts_of
from autocrm.records.paging import read_page
from autocrm.records.querysets import visible_to
from autocrm.records.registry import RecordType, record_types
from autocrm.records.schema import RecordSchema, condition_context
from autocrm.records.search import MAX_WORDS, Hit, find_records, ids_found, words
from autocrm.records.stretches import ListedRecords
from autocrm.records.titles import is_named, title_for
from autocrm.users import selectors as users
from autocrm.users.models import User

# Up to here lists are counted; beyond it the planner's estimate is shown as "about".
COUNT_EXACTLY_TO = 10_000
# A list shows the best that many found; where a filter drops some of them, more are looked for.
SEARCH_IN_LIST = 200
SEARCH_BELOW_FILTER = 1_000


def get_type(key: str) -> RecordType:
    """A record type by key. Raises NotFound."""
    record_type = record_types.find(key)
    if record_type is None:
        raise NotFound
    return record_type


def get_record(
    record_type: RecordType,
    record_id: object,
    *,
    columns: Iterable[Field] | None = None,
    archived: bool = True,
    actor: Actor,
) -> Any:
    """The record, if the actor may see it; what `columns` (by default all fields) lead to comes along.

    Raises NotFound otherwise, Denied when the type itself is closed.
    """
    authorize(actor, record_type.permission(Verb.READ))
    found = visible_to(record_type, actor).filter(pk=parse_id(record_id))
    if not archived:
        found = found.filter(archived_at__isnull=True)
    for record in with_references(found, record_type, columns)[:1]:
        return record
    raise NotFound


def list_queryset(record_type: RecordType, query: ListQuery, *, actor: Actor) -> QuerySet[Any]:
    """Every record the query matches, unordered and without a page."""
    return _matching(_base(record_type, query, actor), record_type, query, actor)


def _base(record_type: RecordType, query: ListQuery, actor: Actor) -> QuerySet[Any]:
    """The records that the list is chosen from: those of the type that the actor may see."""
    authorize(actor, record_type.permission(Verb.READ))
    found = visible_to(record_type, actor).filter(archived_at__isnull=not query.archived)
    if query.verb is not Verb.READ:
        found = found.filter(visible_filter(actor, record_type.key, query.verb))
    return found


def _matching(base: QuerySet[Any], record_type: RecordType, query: ListQuery, actor: Actor) -> QuerySet[Any]:
    found = base if query.ids is None else base.filter(pk__in=query.ids)
    where = Q()
    if query.condition is not None:
        where = to_q(query.condition, RecordSchema(record_type, actor), condition_context(actor))
    if query.search.strip():
        limit = SEARCH_BELOW_FILTER if where else SEARCH_IN_LIST
        found = found.filter(pk__in=_searched(record_type, query.search, limit, actor))
    return found.filter(where)


def _searched(record_type: RecordType, text: str, limit: int, actor: Actor) -> RawSQL | list[UUID]:
    """The ids of what the words of `text` find. Where the role hides nothing of it they never leave the database."""
    is_open = _open_to(record_type, actor)
    if is_open.title and is_open.terms:
        return ids_found(text, record_type.key, limit=limit)
    hits = find_records(text, [record_type.key], limit=limit, few=1, me=actor.user_id)
    return [hit.record_id for hit in _found_openly(hits, text, actor)]


def list_records(record_type: RecordType, query: ListQuery, *, actor: Actor, columns: Iterable[Field] = ()) -> Page:
    """One page of a list, in the query's order or the type's own."""
    base = _base(record_type, query, actor)
    found = _matching(base, record_type, query, actor)
    sorts = sorts_of(query, RecordSchema(record_type, actor))
    hops = [sort.field for sort in sorts if isinstance(sort.field, Hop)]
    is_cut = len(query.sort) > 1 or bool(hops) or any(sort.ranks for sort in sorts)
    wide = with_references(found, record_type, [*columns, *hops])
    listed = ListedRecords(base, wide, sorts, is_cut, is_live=not query.archived, scope=record_type.scope)
    # What is asked for by ids or words is found from where they lead, not along the order.
    along = (query.condition is not None or is_cut) and query.ids is None and not query.search.strip()
    return read_page(listed, query, along=along)


def count_records(record_type: RecordType, query: ListQuery, *, actor: Actor) -> Count:
    """How many records match: counted up to COUNT_EXACTLY_TO, beyond that estimated by the planner.

    Where the query has patience and counting takes longer, a part of the table is counted and scaled up.
    """
    found = list_queryset(record_type, query, actor=actor).order_by()
    if not query.patience:
        return _counted(found)
    try:
        with reading(seconds=query.patience):
            return _counted(found)
    except TookTooLong:
        return _about(found)


def _counted(found: QuerySet[Any]) -> Count:
    counted = found.values("pk")[: COUNT_EXACTLY_TO + 1].count()
    if counted <= COUNT_EXACTLY_TO:
        return Count(counted, exact=True)
    return Count(max(sampling.planned_rows(found.values("pk")), counted), exact=False)


def _about(found: QuerySet[Any]) -> Count:
    part, share = sampling.in_part(found)
    return Count(sampling.scaled(part.count(), share) or 0, exact=False)


def with_references(
    found: QuerySet[Any], record_type: RecordType, columns: Iterable[Field] | None = None
) -> QuerySet[Any]:
    """Fetch the users and records that the columns (by default all fields) name along with the rows.

    With columns given, as for a list, only what their names are made of.
    """
    shown = list(record_type.all_fields if columns is None else columns)
    hops = [field for field in shown if isinstance(field, Hop)]
    references = list(dict.fromkeys([*(field for field in shown if field.is_reference), *(hop.via for hop in hops)]))
    custom = [field for field in references if field.custom]
    joined = [field for field in references if not field.custom]
    if custom:
        found = with_custom_references(found, custom)
    if not joined:
        return found
    found = found.select_related(*(field.related_path for field in joined))
    if columns is None:
        return found
    needed = {f"{hop.via.related_path}__{'custom' if hop.inner.custom else hop.inner.attribute}" for hop in hops}
    needed |= {hop.sort_path for hop in hops}
    unused = (name for field in joined for name in _not_in_names(field) if name not in needed)
    return found.defer(*unused)


@lru_cache(maxsize=256)
def _not_in_names(field: Field) -> tuple[str, ...]:
    """The columns of what a field leads to that neither its name nor who may see it depends on."""
    model: type[models.Model]
    if field.kind is FieldKind.USER:
        model, kept = User, {"id", "name", "email"}
    else:
        related = record_types.get(field.relation)
        titles = (related.by_key[key] for key in (*related.title_fields, *related.stand_ins))
        named = {"custom" if title.custom else title.attribute for title in titles}
        model, kept = related.model, {"id", "tenant_id", "owner_id", "archived_at", *related.scope, *named}
    return tuple(
        f"{field.related_path}__{each.name}" for each in model._meta.concrete_fields if each.attname not in kept
    )


def search(text: str, *, actor: Actor, types: Sequence[str] | None = None, limit: int = 20) -> list[Hit]:
    """Records of any type the actor may read, best first."""
    wanted = [each for each in record_types if each.search and (types is None or each.key in types)]
    keys = [each.key for each in wanted if is_allowed(actor, each.permission(Verb.READ))]
    hits = _found_openly(find_records(text, keys, limit=limit * 5, me=actor.user_id), text, actor)
    visible: dict[str, set[UUID]] = {}
    for key in {hit.record_type for hit in hits}:
        ids = [hit.record_id for hit in hits if hit.record_type == key]
        visible[key] = set(visible_to(get_type(key), actor).filter(pk__in=ids).values_list("pk", flat=True))
    return [hit for hit in hits if hit.record_id in visible[hit.record_type]][:limit]


def _found_openly(hits: Sequence[Hit], text: str, actor: Actor) -> list[Hit]:
    """The hits that tell the actor nothing of what is hidden from his role: found by open fields, or by their title."""
    open_keys = {key: _open_to(get_type(key), actor) for key in {hit.record_type for hit in hits}}
    tokens = words(text)[:MAX_WORDS]
    nameless = _nameless(hits, actor)
    return [
        hit
        for hit in hits
        if hit.record_id not in nameless
        and open_keys[hit.record_type].title
        and (open_keys[hit.record_type].terms or _is_called(hit.title, tokens))
    ]


def _nameless(hits: Sequence[Hit], actor: Actor) -> set[UUID]:
    """The hits without a name, of types in which the role hides something that may stand in for it."""
    found: set[UUID] = set()
    for record_type in map(get_type, {hit.record_type for hit in hits}):
        if not all(can_read_field(actor, record_type.key, key) for key in record_type.stand_ins):
            rows = record_type.rows().filter(pk__in=[hit.record_id for hit in hits])
            without = {record_type.by_key[key].attribute: "" for key in record_type.title_fields}
            found.update(rows.filter(**without).values_list("pk", flat=True))
    return found


@dataclass(frozen=True, slots=True)
class _Open:
    """What of a type's search an actor may see, whichever record it is."""

    title: bool
    terms: bool


def _open_to(record_type: RecordType, actor: Actor) -> _Open:
    def are_open(keys: Iterable[str]) -> bool:
        return all(_is_open(record_type.by_key[key], record_type, actor) for key in keys)

    search = record_type.search
    return _Open(are_open(record_type.title_fields), search is not None and are_open(search.fields))


def _is_open(field: Field, record_type: RecordType, actor: Actor) -> bool:
    if not can_read_field(actor, record_type.key, field.key):
        return False
    if field.kind is not FieldKind.RELATION:
        return True
    return not visible_filter(actor, field.relation) and is_named(get_type(field.relation), actor)


def _is_called(title: str, tokens: Sequence[str]) -> bool:
    """Whether the title alone has words that begin as typed."""
    of_title = words(title)
    return all(any(word.startswith(token) for word in of_title) for token in tokens)


def names_of_tags(ids: Iterable[UUID]) -> dict[UUID, Tag]:
    """The tags among `ids`, by id."""
    return Tag.objects.in_bulk(list(set(ids)))


def reference_labels(field: Field, ids: Iterable[UUID], *, actor: Actor) -> dict[UUID, str]:
    """The names of the users or records that `ids` mean for a field; what the actor may not see is left out."""
    wanted = set(ids)
    if not wanted:
        return {}
    if field.kind is FieldKind.USER:
        return dict(users.get_display_names(wanted))
    related = get_type(field.relation)
    found = visible_to(related, actor).filter(pk__in=wanted)
    return {each.pk: title_for(related, each, actor) for each in found}
