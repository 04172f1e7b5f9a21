"""Undo, written from the journal: the one way to take back bulk edits, imports and single acts.

Each record is looked at with all entries that are to be undone of it, the newest first, as one: a change is taken back
where the value is still what it was changed to, what came is moved to the bin (never removed for good: relations that
were made since stay whole, an undo can be undone, and the bin empties itself), what went comes back. Where somebody
changed the very thing since, the record stays as it is and the reason is said. Nobody's undo does what she may not do.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from autocrm.journal.models import Entry
from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.errors import Invalid, Text
from autocrm.kernel.permissions import can_write_field, is_allowed
from autocrm.records import events
from autocrm.records.bulk import PLAIN_FIELDS, Change, archive_records, restore_records, update_records, write_in_halves
from autocrm.records.fields import Field
from autocrm.records.history.reasons import Reasons
from autocrm.records.history.tracing import Trace, trace
from autocrm.records.querysets import visible_to, with_relations
from autocrm.records.references import Referable
from autocrm.records.registry import RecordType, record_types
from autocrm.records.titles import label_for
from autocrm.records.uniqueness import refusal_in_words


class Outcome(StrEnum):
    """What became of one record."""

    SET_BACK = "set_back"
    BINNED = "binned"
    RESTORED = "restored"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Reversed:
    """One record of an undo; `reason` says in words why it was refused, "" otherwise."""

    record_type: str
    record_id: UUID
    outcome: Outcome
    reason: Text = ""
    label: str = ""


def reverse_entries(entries: Sequence[Entry], *, data: Mapping[str, Any] | None = None, actor: Actor) -> list[Reversed]:
    """Undo what the entries tell, in the caller's transaction: a chunk of up to some 2,000 records at a time.

    Journal: record.updated, record.archived and record.restored with `data`. Nothing is raised for a record that
    cannot be undone: it is refused with the reason. Entries of other kinds than `record.*` are passed over.
    """
    by_type: dict[str, dict[UUID, list[Entry]]] = defaultdict(lambda: defaultdict(list))
    for entry in sorted(entries, key=lambda each: each.id, reverse=True):
        if entry.record_id is not None:
            by_type[entry.record_type][entry.record_id].append(entry)
    found: list[Reversed] = []
    for key, of_records in by_type.items():
        record_type = record_types.find(key)
        if record_type is None:
            reason = _("Records of this kind no longer exist.")
            found += [Reversed(key, record_id, Outcome.REFUSED, reason) for record_id in of_records]
        else:
            found += _Reversal(record_type, of_records, data or {}, actor).carry_out()
    return found


@dataclass(slots=True)
class _Plan:
    """What is to become of one record."""

    record: Any
    trace: Trace
    changes: dict[str, tuple[Any, Any]]

    @property
    def outcome(self) -> Outcome:
        if self.trace.archived is not None:
            return Outcome.BINNED if self.trace.archived else Outcome.RESTORED
        return Outcome.SET_BACK if self.changes else Outcome.UNCHANGED


class _Reversal:
    """The undo of entries about records of one type."""

    def __init__(
        self, record_type: RecordType, entries: Mapping[UUID, list[Entry]], data: Mapping[str, Any], actor: Actor
    ) -> None:
        self._type = record_type
        self._entries = entries
        self._data = data
        self._actor = actor
        self._reasons = Reasons(record_type, entries, actor)
        self._refused: dict[UUID, Text] = {}

    def carry_out(self) -> list[Reversed]:
        records = self._load()
        plans = self._plan(records)
        ready = [plan for plan in plans if plan.record.id not in self._refused]
        for plan, error in write_in_halves(
            [plan for plan in ready if plan.outcome is not Outcome.UNCHANGED], self._write, lambda plan: plan.record
        ):
            new = {key: value for key, (_old, value) in plan.changes.items()}
            said = refusal_in_words(self._type, error, record_id=plan.record.id, values=new)
            self._refused[plan.record.id] = said
        outcomes = {plan.record.id: plan.outcome for plan in ready}
        return [self._told(record_id, outcomes.get(record_id)) for record_id in self._entries]

    def _told(self, record_id: UUID, outcome: Outcome | None) -> Reversed:
        label = label_for(self._type, record_id, self._entries[record_id][0].record_label, self._actor)
        if record_id in self._refused or outcome is None:
            return Reversed(self._type.key, record_id, Outcome.REFUSED, self._refused[record_id], label)
        return Reversed(self._type.key, record_id, outcome, "", label)

    def _load(self) -> dict[UUID, Any]:
        """The records, locked in one order everywhere so that no two writers deadlock; those out of sight missing."""
        found = visible_to(self._type, self._actor).filter(pk__in=list(self._entries))
        if not self._is_plain():
            found = with_relations(found, self._type)
        locked = found.order_by("pk").select_for_update(of=("self",), no_key=True)
        return {record.id: record for record in locked}

    def _is_plain(self) -> bool:
        """Whether only fields are set back that the words of the search are not made of."""
        return all(
            entry.kind == events.UPDATED and PLAIN_FIELDS.issuperset(entry.changes)
            for entries in self._entries.values()
            for entry in entries
        )

    def _plan(self, records: Mapping[UUID, Any]) -> list[_Plan]:
        plans, clashes = [], []
        for record_id, entries in self._entries.items():
            record = records.get(record_id)
            if record is None:
                self._refused[record_id] = self._reasons.gone
                continue
            traced = trace(self._type, record, entries)
            if traced.clash is not None:
                clashes.append(traced.clash)
            plans.append(_Plan(record, traced, {}))
        going = [plan.record.id for plan in plans if plan.trace.clash is None and plan.trace.archived]
        self._refused |= self._reasons.of(clashes) | self._reasons.touched_since(going)
        self._settle([plan for plan in plans if plan.record.id not in self._refused])
        return plans

    def _settle(self, plans: Sequence[_Plan]) -> None:
        """Put the old values on the records, as far as the actor and the rules of the type let it be done."""
        referable = Referable(self._actor)
        for plan in plans:
            for field, value in plan.trace.values.items():
                referable.ask(field, value)
        referable.look_up()
        for plan in plans:
            reason = self._why_not(plan, referable)
            if reason:
                self._refused[plan.record.id] = reason

    def _why_not(self, plan: _Plan, referable: Referable) -> Text:
        record, traced = plan.record, plan.trace
        if traced.archived is not None and not self._may(Verb.DELETE, record):
            return self._reasons.no_right
        if not traced.values:
            return ""
        if not self._may(Verb.UPDATE, record) or not all(map(self._may_write, traced.values)):
            return self._reasons.no_right
        faults = [fault for field, value in traced.values.items() if (fault := referable.fault(field, value))]
        values = {field.key: referable.without_missing(field, value) for field, value in traced.values.items()}
        try:
            self._type.check(record, values, self._actor)
        except Invalid as error:
            faults += [str(message) for messages in error.fields.values() for message in messages] or [error.message]
        if faults:
            return faults[0]
        self._put(plan, values, referable)
        # An owner who is set back may put the record out of the actor's reach; then it stays where it is.
        return "" if self._may(Verb.READ, record) else self._reasons.no_right

    def _put(self, plan: _Plan, values: Mapping[str, Any], referable: Referable) -> None:
        for key, value in values.items():
            field = self._type.by_key[key]
            old = field.read(plan.record)
            if old != value:
                field.write(plan.record, value)
                plan.changes[key] = (old, value)
                referable.attach(field, plan.record, value)

    def _may(self, verb: Verb, record: Any) -> bool:
        return is_allowed(self._actor, self._type.permission(verb), record)

    def _may_write(self, field: Field) -> bool:
        return can_write_field(self._actor, self._type.key, field.key)

    def _write(self, plans: Sequence[_Plan]) -> None:
        write: Callable[..., None]
        changed = [Change(plan.record, plan.changes) for plan in plans if plan.changes]
        if changed:
            update_records(self._type, changed, data=self._data, actor=self._actor)
        for archived, write in ((True, archive_records), (False, restore_records)):
            moved = [plan.record for plan in plans if plan.trace.archived is archived]
            if moved:
                write(self._type, moved, data=self._data, actor=self._actor)
