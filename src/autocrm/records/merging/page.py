"""What the pages of merging show: records side by side with a choice for each field, what moves, and how to undo it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils.encoding import force_str
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.clock import now
from autocrm.kernel.errors import NotFound
from autocrm.kernel.permissions import can_read_field, is_allowed, visible_filter
from autocrm.records import cells
from autocrm.records.duplicate_models import MergeOperation
from autocrm.records.fields import Field
from autocrm.records.looks import Look, look_at
from autocrm.records.matching.candidates import find_candidates
from autocrm.records.matching.facts import Viewer, open_rules
from autocrm.records.matching.scoring import explain, score
from autocrm.records.merging.choosing import Choosing, oldest, suggestions
from autocrm.records.merging.merging import MOST
from autocrm.records.merging.participants import participants_in_order
from autocrm.records.merging.relations import relations_to, rows_leading_to
from autocrm.records.merging.undoing import may_be_undone
from autocrm.records.querysets import live, visible_to
from autocrm.records.record_page import card_row
from autocrm.records.registry import RecordType
from autocrm.records.selectors import with_references
from autocrm.records.values import is_empty

# So long a page says by itself that something was merged into its record.
NEWS_FOR = timedelta(days=1)


@dataclass(frozen=True)
class Cell:
    """One record's value of a field."""

    record_id: UUID
    name: str
    html: SafeString
    is_empty: bool
    is_chosen: bool


@dataclass(frozen=True)
class Row:
    """One field of all records; `may_choose` is false for what the role only lets be seen."""

    key: str
    label: str
    cells: tuple[Cell, ...]
    differs: bool
    may_choose: bool


def merge_context(
    record_type: RecordType,
    ids: Sequence[UUID],
    survivor_id: UUID | None,
    *,
    picks: Mapping[str, UUID] | None = None,
    missing_ok: bool = False,
    actor: Actor,
) -> dict[str, Any]:
    """The merge page for these records, or the search for a second one. `picks` were chosen before, by field.

    Raises NotFound for what is not there; with `missing_ok` only where nothing is.
    """
    found = with_references(live(record_type, actor).filter(pk__in=ids), record_type).in_bulk()
    records = [found[each] for each in dict.fromkeys(ids) if each in found][:MOST]
    if not records or (len(found) != len(set(ids)) and not missing_ok):
        raise NotFound
    look = look_at(record_type, actor, records)
    context: dict[str, Any] = {"record_type": record_type, "ids": ",".join(str(each.pk) for each in records)}
    if len(records) == 1:
        return context | {"only": card_row(look, records[0]), "rows": _candidates(record_type, records[0], look)}
    survivor = found.get(survivor_id) if survivor_id else None
    survivor = survivor or oldest(records)
    losers = tuple(each for each in records if each is not survivor)
    choosing = Choosing(record_type, survivor, losers, actor)
    return context | {
        "survivor": survivor,
        "columns": _columns(choosing, look),
        "fields": _rows(choosing, look, picks or {}),
        "moves": what_moves(record_type, [each.pk for each in losers], actor),
        "may_add": len(records) < MOST,
    }


def what_moves(record_type: RecordType, ids: Sequence[UUID], actor: Actor) -> list[tuple[str, int]]:
    """What leads to these records, counted as far as the actor may see it."""
    moves: list[tuple[str, int]] = []
    for holder, field in relations_to(record_type):
        if is_allowed(actor, holder.permission(Verb.READ)) and can_read_field(actor, holder.key, field.key):
            rows = rows_leading_to(holder, field, ids).filter(visible_filter(actor, holder.key))
            count = rows.filter(archived_at__isnull=True).exclude(pk__in=list(ids)).count()
            moves.append((f"{force_str(holder.label_plural)} · {force_str(field.label)}", count))
    moves += [
        (force_str(each.label), each.count(record_type, ids, actor))
        for each in participants_in_order()
        if each.count is not None and each.key != "relations"
    ]
    return [(label, count) for label, count in moves if count]


def merge_note(record_type: RecordType, record: Any, params: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    """What a record's page says of a merge: for a day, and to whoever came by the address of a merged record."""
    wanted = MergeOperation.objects.filter(record_type=record_type.key, survivor_id=record.pk, undone_at=None)
    operation = wanted.order_by("-merged_at").first()
    came_by = "merged" in params
    if operation is None or not (came_by or operation.merged_at > now() - NEWS_FOR):
        return {}
    return {
        "merge": operation,
        "merge_count": len(operation.loser_ids),
        "may_undo_merge": may_be_undone(operation) and _may_merge(record_type, record, actor),
    }


def _may_merge(record_type: RecordType, record: Any, actor: Actor) -> bool:
    return all(is_allowed(actor, record_type.permission(verb), record) for verb in (Verb.UPDATE, Verb.DELETE))


def may_merge(record_type: RecordType, actor: Actor) -> bool:
    """Whether the actor may merge records of this type at all."""
    return bool(record_type.match_rules) and all(
        is_allowed(actor, record_type.permission(verb)) for verb in (Verb.UPDATE, Verb.DELETE)
    )


def _candidates(record_type: RecordType, record: Any, look: Look) -> list[dict[str, Any]]:
    values = {field.key: field.read(record) for field in record_type.fields}
    found = find_candidates(record_type, values, limit=9, actor=look.actor)
    return [
        {"card": card_row(look, each.record), "score": each.score, "reasons": each.reasons, "id": each.record.pk}
        for each in found
        if each.record.pk != record.pk
    ]


def _columns(choosing: Choosing, look: Look) -> list[dict[str, Any]]:
    viewer = Viewer(choosing.record_type, open_rules(choosing.record_type, look.actor))
    facts = viewer.of_record(choosing.survivor)
    shown = {field.key for field in look.readable()}
    columns = []
    ids = [str(each.pk) for each in choosing.records]
    for record in choosing.records:
        other = viewer.of_record(record)
        got = score(viewer.rules, facts, other)
        is_survivor = record is choosing.survivor
        columns.append(
            {
                "id": record.pk,
                "card": card_row(look, record),
                "created_at": record.created_at if "created_at" in shown else None,
                "updated_at": record.updated_at if "updated_at" in shown else None,
                "is_survivor": is_survivor,
                "version": record.version,
                "score": None if is_survivor else got.points,
                "reasons": [] if is_survivor else explain(choosing.record_type, viewer.rules, got, facts, other),
                "without": ",".join(each for each in ids if each != str(record.pk)),
            }
        )
    return columns


def _rows(choosing: Choosing, look: Look, picks: Mapping[str, UUID]) -> list[Row]:
    suggested = suggestions(choosing)
    suggested |= {key: each for key, each in picks.items() if key in suggested}
    rows = (_row(field, choosing, look, suggested.get(field.key)) for field in look.readable() if _is_shown(field))
    return [row for row in rows if not all(each.is_empty for each in row.cells)]


def _row(field: Field, choosing: Choosing, look: Look, chosen: UUID | None) -> Row:
    values = [field.read(each) for each in choosing.records]
    made = tuple(
        Cell(
            record_id=record.pk,
            name=look.title(record),
            html=cells.show(field, record, look, linked=False),
            is_empty=is_empty(value),
            is_chosen=record.pk == chosen,
        )
        for record, value in zip(choosing.records, values, strict=True)
    )
    differs = any(value != values[0] for value in values)
    return Row(field.key, force_str(field.label), made, differs, may_choose=chosen is not None and differs)


def _is_shown(field: Field) -> bool:
    return field.editable and not field.tags and not field.computed


def recent_merges(record_type: RecordType, actor: Actor, *, limit: int = 50) -> list[dict[str, Any]]:
    """The latest merges whose survivors the actor sees, ready for the template."""
    latest = MergeOperation.objects.filter(record_type=record_type.key).order_by("-merged_at")
    operations = latest.defer("snapshot")[:limit]
    ids = {operation.survivor_id for operation in operations}
    found = with_references(visible_to(record_type, actor).filter(pk__in=ids), record_type).in_bulk()
    look = look_at(record_type, actor)
    gone = visible_to(record_type, actor).in_bulk({each for one in operations for each in one.loser_ids})
    return [
        {
            "operation": operation,
            "card": card_row(look, found[operation.survivor_id]),
            "said": _said(operation, gone, look),
            "may_undo": may_be_undone(operation) and _may_merge(record_type, found[operation.survivor_id], actor),
        }
        for operation in operations
        if operation.survivor_id in found
    ]


def _said(operation: MergeOperation, gone: Mapping[UUID, Any], look: Look) -> str:
    """What went into it: by name as long as all that went can be seen."""
    count = len(operation.loser_ids)
    if not all(each in gone for each in operation.loser_ids):
        return ngettext("One record was merged into it", "%(count)d records were merged into it", count) % {
            "count": count
        }
    names = ", ".join(look.title(gone[each]) for each in operation.loser_ids)
    return ngettext("%(names)s was merged into it", "%(names)s were merged into it", count) % {"names": names}
