"""Why an undo leaves a record as it is, in words: who did what to it since. Hidden fields are never named."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.utils.encoding import force_str
from django.utils.translation import gettext as _

from autocrm.journal import selectors as journal
from autocrm.journal.entry_types import entry_types
from autocrm.journal.models import Entry
from autocrm.kernel.actors import Actor, ActorKind, Verb
from autocrm.kernel.errors import Text
from autocrm.kernel.permissions import can_read_field, is_allowed
from autocrm.records import events
from autocrm.records.fields import Field
from autocrm.records.history.tracing import Clash
from autocrm.records.registry import RecordType


class Reasons:
    """The words for the records of one undo; asks the journal once for all of them."""

    def __init__(self, record_type: RecordType, undone: Mapping[UUID, Sequence[Entry]], actor: Actor) -> None:
        self._type = record_type
        self._undone = undone
        self._actor = actor

    @property
    def no_right(self) -> Text:
        """The actor may not do it."""
        return _("Your role does not allow this.")

    @property
    def gone(self) -> Text:
        """For a record that is not there, or out of the actor's sight: which of the two is not said."""
        return _("It is no longer there, or you may not see it.")

    def of(self, clashes: Sequence[Clash]) -> dict[UUID, Text]:
        """What happened to the records whose values are no longer those of the entries."""
        later = self._later([clash.record_id for clash in clashes])
        return {clash.record_id: self._say_clash(clash, later.get(clash.record_id, ())) for clash in clashes}

    def touched_since(self, record_ids: Collection[UUID]) -> dict[UUID, Text]:
        """The records that somebody worked on after the undone entries: they do not go to the bin with them."""
        found: dict[UUID, Text] = {}
        for record_id, entries in self._later(record_ids).items():
            standing = _without_undone(entries)
            by_people = [entry for entry in standing if entry.actor_kind != ActorKind.SYSTEM]
            if by_people:
                found[record_id] = self._say(by_people[0])
        return found

    def _later(self, record_ids: Collection[UUID]) -> dict[UUID, list[Entry]]:
        """The entries after the first undone one that are not undone themselves, nor follow from them."""
        if not record_ids or not is_allowed(self._actor, self._type.permission(Verb.READ)):
            return {}
        undone = {entry.id for each in record_ids for entry in self._undone[each]}
        roots = {entry.root_id for each in record_ids for entry in self._undone[each]}
        first = {each: min(entry.id for entry in self._undone[each]) for each in record_ids}
        found: dict[UUID, list[Entry]] = {}
        entries = journal.entries_of_many(
            self._type.key, record_ids, after=min(first.values()), since=self._since(record_ids), actor=self._actor
        )
        for entry in entries:
            about = entry.record_id
            if about is None or entry.id <= first[about] or entry.id in undone or entry.root_id in roots:
                continue
            found.setdefault(about, []).append(entry)
        return found

    def _since(self, record_ids: Iterable[UUID]) -> datetime:
        return min(entry.at for each in record_ids for entry in self._undone[each])

    def _say_clash(self, clash: Clash, later: Sequence[Entry]) -> Text:
        if clash.entry.kind == events.DELETED:
            return _("It was deleted for good.")
        if clash.field is None:
            moved = next((entry for entry in later if entry.kind == events.ARCHIVED), None)
            return _("It is in the bin.") if moved is None else self._say(moved)
        cause = next((entry for entry in later if clash.field.key in entry.changes), None)
        return self._say_changed(cause, clash.field)

    def _say(self, entry: Entry) -> Text:
        if entry.kind == events.UPDATED:
            field = next((self._type.by_key[key] for key in entry.changes if key in self._type.by_key), None)
            return self._say_changed(entry, field)
        declared = entry_types.find(entry.kind)
        did = force_str(declared.label) if declared else entry.kind
        return _("%(who)s %(did)s after that.") % {"who": self._who(entry), "did": did}

    def _say_changed(self, entry: Entry | None, field: Field | None) -> Text:
        named = field is not None and can_read_field(self._actor, self._type.key, field.key)
        what = force_str(field.label) if named and field is not None else _("something")
        if entry is None:
            return _("%(field)s was changed after that.") % {"field": what}
        return _("%(who)s changed %(field)s after that.") % {"who": self._who(entry), "field": what}

    def _who(self, entry: Entry) -> Text:
        if entry.actor_id is not None and entry.actor_id == self._actor.user_id:
            return _("You")
        return entry.actor_label or _("Somebody")


def _without_undone(entries: Sequence[Entry]) -> list[Entry]:
    """What still stands of a record's entries: an operation and its undo, both among them, cancel each other out."""
    made = {entry.data.get("bulk") for entry in entries}
    taken_back = {undone for entry in entries if (undone := entry.data.get("undo_of")) and undone in made}
    return [
        entry
        for entry in entries
        if entry.data.get("bulk") not in taken_back and entry.data.get("undo_of") not in taken_back
    ]
