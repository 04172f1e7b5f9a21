"""What happened lately, in words: the newest journal entries about records the actor may see."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from autocrm.activities.events import TASK_COMPLETED, TASK_REOPENED
from autocrm.journal.models import Entry
from autocrm.kernel.actors import Actor, ActorKind, Verb
from autocrm.kernel.permissions import is_allowed
from autocrm.records import events
from autocrm.records.history.words import change_lines, names_in
from autocrm.records.looks import Look, look_at
from autocrm.records.querysets import visible_to
from autocrm.records.registry import RecordType, record_types
from autocrm.ui.formatting import noun

# What is worth a line. Of several entries that one transaction wrote about one record, the first kind named here.
KINDS = (TASK_COMPLETED, TASK_REOPENED, events.CREATED, events.ARCHIVED, events.RESTORED, events.UPDATED)
LINES = 8
BATCH = 60
MOST_BATCHES = 4
# So many alike in a row become one line.
ALIKE = 3


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened: who did what to which record, and in `detail` what exactly."""

    at: datetime
    who: str
    is_person: bool
    did: str
    label: str
    url: str
    icon: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class _Seen:
    """An entry with its type, its record as the actor sees it, and the changes the actor may know of."""

    entry: Entry
    record_type: RecordType
    title: str
    detail: str


def list_recent(actor: Actor, *, limit: int = LINES) -> list[Line]:
    """The newest lines, newest first; at most MOST_BATCHES * BATCH entries are looked at."""
    types = [each for each in record_types if is_allowed(actor, each.permission(Verb.READ))]
    wanted = Entry.objects.filter(record_type__in=[each.key for each in types], kind__in=KINDS).order_by("-id")
    lines: list[Line] = []
    before: int | None = None
    for _batch in range(MOST_BATCHES):
        entries = list((wanted if before is None else wanted.filter(id__lt=before))[:BATCH])
        is_last = len(entries) < BATCH
        before = entries[-1].id if entries else None
        # Numbers follow each other as things happen; only what is brought in from elsewhere happened before.
        lines += _lines(sorted(entries, key=lambda entry: (entry.at, entry.id), reverse=True), actor)
        if len(lines) >= limit or is_last:
            break
    return lines[:limit]


def _lines(entries: Sequence[Entry], actor: Actor) -> list[Line]:
    seen = {each.entry.id: each for each in _seen(entries, actor)}
    ordered = [seen[entry.id] for entry in _one_each(entries) if entry.id in seen]
    lines: list[Line] = []
    for _key, group in groupby(ordered, key=_likeness):
        alike = list(group)
        lines += [_many(alike)] if len(alike) > ALIKE else [_line(each) for each in alike]
    return lines


def _one_each(entries: Iterable[Entry]) -> list[Entry]:
    """The entry that says most of each transaction and record, where its first one stood."""
    chosen: dict[tuple[int, UUID | None], Entry] = {}
    for entry in entries:
        key = (entry.txid, entry.record_id)
        if key not in chosen or KINDS.index(entry.kind) < KINDS.index(chosen[key].kind):
            chosen[key] = entry
    return list(chosen.values())


def _seen(entries: Sequence[Entry], actor: Actor) -> Iterable[_Seen]:
    """Those whose record the actor sees; three queries a record type at most."""
    for key in dict.fromkeys(entry.record_type for entry in entries):
        record_type = record_types.get(key)
        mine = [entry for entry in entries if entry.record_type == key]
        found = visible_to(record_type, actor).filter(pk__in={entry.record_id for entry in mine})
        records: dict[UUID, Any] = {record.pk: record for record in found}
        look = look_at(record_type, actor)
        readable = {field.key for field in look.readable()}
        for entry in mine:
            entry.changes = {name: change for name, change in entry.changes.items() if name in readable}
        names = names_in(record_type, [entry for entry in mine if entry.kind == events.UPDATED], look)
        for entry in mine:
            record = records.get(entry.record_id) if entry.record_id else None
            if record is not None and (entry.kind != events.UPDATED or entry.changes):
                detail = _detail(record_type, entry, look, names) if entry.kind == events.UPDATED else ""
                yield _Seen(entry, record_type, look.title(record), detail)


def _detail(record_type: RecordType, entry: Entry, look: Look, names: dict[str, str]) -> str:
    """As "Type: Lead → Customer"; of several changes the first, and how many more."""
    lines = change_lines(record_type, entry, look, names)
    if not lines:
        return ""
    first = lines[0]
    said = f"{first.label}: {first.old or '–'} → {first.new or '–'}"
    more = len(lines) - 1
    return said + (ngettext(", %(count)d more", ", %(count)d more", more) % {"count": more} if more else "")


def _likeness(seen: _Seen) -> tuple[str, str, str]:
    return seen.entry.kind, seen.entry.actor_label, seen.record_type.key


def _line(seen: _Seen) -> Line:
    entry = seen.entry
    return Line(
        at=entry.at,
        who=entry.actor_label or _("Somebody"),
        is_person=entry.actor_kind == ActorKind.HUMAN,
        did=_DID[entry.kind](noun(seen.record_type.label)),
        label=seen.title,
        url=f"/{seen.record_type.plural}/{entry.record_id}/",
        icon=_ACTOR_ICONS.get(ActorKind(entry.actor_kind)) or _ICONS.get(entry.kind, seen.record_type.icon),
        detail=seen.detail,
    )


def _many(alike: Sequence[_Seen]) -> Line:
    """Several acts of the same kind, as an import makes them: the newest record and how many more."""
    more = len(alike) - 1
    said = ngettext("and %(count)d more", "and %(count)d more", more) % {"count": more}
    return replace(_line(alike[0]), detail=said)


_DID = {
    TASK_COMPLETED: lambda label: _("completed %(type)s") % {"type": label},
    TASK_REOPENED: lambda label: _("reopened %(type)s") % {"type": label},
    events.CREATED: lambda label: _("added %(type)s") % {"type": label},
    events.ARCHIVED: lambda label: _("moved to the bin: %(type)s") % {"type": label},
    events.RESTORED: lambda label: _("restored %(type)s") % {"type": label},
    events.UPDATED: lambda label: _("changed %(type)s") % {"type": label},
}
_ACTOR_ICONS = {ActorKind.WORKFLOW: "bolt", ActorKind.IMPORT: "database-import", ActorKind.TOKEN: "api"}
_ICONS = {TASK_COMPLETED: "check", events.ARCHIVED: "trash", events.RESTORED: "arrow-back-up"}
