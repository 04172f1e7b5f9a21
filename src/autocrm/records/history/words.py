"""A record's journal in words: who did what when, which field from what to what. Hidden fields stay hidden."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.encoding import force_str
from django.utils.translation import gettext as _

from autocrm.journal import selectors as journal
from autocrm.journal.entry_types import entry_types
from autocrm.journal.models import Entry
from autocrm.kernel.actors import Actor, ActorKind
from autocrm.kernel.ids import find_id
from autocrm.records import cells, events, selectors
from autocrm.records.fields import Field
from autocrm.records.looks import Look, look_at
from autocrm.records.merging.pointers import merged_ids
from autocrm.records.registry import RecordType
from autocrm.records.titles import label_for
from autocrm.records.values import stored_value
from autocrm.ui import formatting
from autocrm.ui.formatting import noun

PAGE = 40
# What stands before an entry, by its kind and by an actor that is no person.
ICONS = {
    events.CREATED: "plus",
    events.UPDATED: "pencil",
    events.ARCHIVED: "trash",
    events.RESTORED: "arrow-back-up",
    events.MERGED: "arrow-merge",
    events.UNMERGED: "arrows-split-2",
}
# What these say of fields is told.
TOLD_ALWAYS = frozenset({events.CREATED, events.MERGED, events.UNMERGED})
CHANGING = frozenset({events.UPDATED, events.MERGED, events.UNMERGED})
ACTOR_ICONS = {
    ActorKind.WORKFLOW: "bolt",
    ActorKind.IMPORT: "database-import",
    ActorKind.TOKEN: "api",
    ActorKind.SYSTEM: "settings",
}


@dataclass(frozen=True)
class ChangeLine:
    """One field's change in words; an empty side is ""."""

    label: str
    old: str
    new: str


@dataclass(frozen=True)
class HistoryItem:
    """One entry. `day` is set on the first of each day."""

    id: int
    who: str
    did: str
    at: datetime
    icon: str
    lines: tuple[ChangeLine, ...]
    day: date | None = None
    by: str = ""


def history_of(
    record_type: RecordType, record: Any, *, before: int | None = None, limit: int = PAGE, actor: Actor
) -> tuple[list[HistoryItem], int | None]:
    """A page of the record's history, newest first, and where the next begins (None at the end)."""
    also = merged_ids(record_type, record.id)
    entries = journal.entries_of(record_type.key, record.id, before=before, limit=limit + 1, also=also, actor=actor)
    following = entries[limit - 1].id if len(entries) > limit else None
    entries = entries[:limit]
    look = look_at(record_type, actor)
    names = names_in(record_type, entries, look)
    items = [_item(record_type, entry, look, names) for entry in entries if is_worth_telling(entry)]
    return _with_days(items), following


def change_lines(record_type: RecordType, entry: Entry, look: Look, names: dict[str, str]) -> tuple[ChangeLine, ...]:
    """The changes of an entry in words, in the order of the declaration."""
    return tuple(
        ChangeLine(force_str(field.label), *(_said(field, raw, look, names) for raw in change))
        for field in record_type.all_fields
        if (change := entry.changes.get(field.key)) is not None
    )


def _said(field: Field, raw: Any, look: Look, names: dict[str, str]) -> str:
    """One side of a change; what was written down when the field was of another kind is told as it stands."""
    value = stored_value(field, raw)
    if value is None and raw is not None:
        return ", ".join(map(str, raw)) if isinstance(raw, list) else str(raw)
    return cells.say(field, value, look, names)


def is_worth_telling(entry: Entry) -> bool:
    """A change of hidden fields alone leaves nothing to tell; that a record came, or took others in, is told always."""
    if entry.kind in TOLD_ALWAYS:
        return True
    return not entry.is_emptied and (entry.kind != events.UPDATED or bool(entry.changes))


def _item(record_type: RecordType, entry: Entry, look: Look, names: dict[str, str]) -> HistoryItem:
    kind = ActorKind(entry.actor_kind)
    lines = change_lines(record_type, entry, look, names) if entry.kind in CHANGING else ()
    return HistoryItem(
        id=entry.id,
        who=entry.actor_label or _("Somebody"),
        did=what_was_done(record_type, entry, look.actor),
        at=entry.at,
        icon=ICONS.get(entry.kind, "activity"),
        lines=lines,
        by=ACTOR_ICONS.get(kind, ""),
    )


def what_was_done(record_type: RecordType, entry: Entry, actor: Actor) -> str:
    """What an entry tells `actor` of a record, after the name of who did it; on its timeline as in its history."""
    if entry.kind == events.CREATED:
        return _("created this %(label)s") % {"label": noun(record_type.label)}
    if entry.kind == events.MERGED:
        return _merged(record_type, entry, actor)
    declared = entry_types.find(entry.kind)
    return force_str(declared.label) if declared else entry.kind


def _merged(record_type: RecordType, entry: Entry, actor: Actor) -> str:
    """Which of them this is: the one that went, named by its entry, or the one that took others in."""
    if "merged" not in entry.data:
        name = label_for(record_type, entry.record_id, entry.record_label, actor)
        return _("merged “%(name)s” into this record") % {"name": name}
    return _("merged this with %(count)d other") % {"count": len(entry.data["merged"])}


def _with_days(items: Iterable[HistoryItem]) -> list[HistoryItem]:
    marked: list[HistoryItem] = []
    last: date | None = None
    for item in items:
        day = formatting.local_day(item.at)
        marked.append(item if day == last else HistoryItem(**{**item.__dict__, "day": day}))
        last = day
    return marked


def names_in(record_type: RecordType, entries: Sequence[Entry], look: Look) -> dict[str, str]:
    """The names of everything the entries mention, one query for each kind of reference."""
    names: dict[str, str] = {}
    for field in record_type.all_fields:
        if not (field.is_reference or field.tags):
            continue
        # Of a field that was of another kind once, entries may say what is no id.
        said = (find_id(text) for entry in entries for text in _mentioned(entry.changes.get(field.key)))
        ids = {each for each in said if each is not None}
        if field.tags:
            names |= {str(tag.id): tag.name for tag in selectors.names_of_tags(ids).values()} if ids else {}
        else:
            labels = selectors.reference_labels(field, ids, actor=look.actor)
            names |= {str(key): label for key, label in labels.items()}
    return names


def _mentioned(change: Sequence[Any] | None) -> Iterable[str]:
    for side in change or ():
        yield from side if isinstance(side, list) else [side] if side else []
