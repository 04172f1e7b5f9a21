"""A chunk of rows into records: read, look up, match, decide, write. All of it within the caller's transaction.

`plan` only reads and decides (a preview asks for no more), `apply` writes what was planned. Never half a row: a value
that cannot be read is left out where its field allows that, and otherwise the whole row stays out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.errors import Invalid
from autocrm.kernel.field_kinds import FieldKind
from autocrm.kernel.permissions import is_allowed
from autocrm.records.bulk import Change, blank_records, insert_records, update_records
from autocrm.records.fields import Field
from autocrm.records.permissions import MANAGE_DATA_MODEL
from autocrm.records.querysets import visible_to
from autocrm.records.registry import RecordType
from autocrm.records.values import Reading, is_empty
from autocrm.tenants.selectors import get_tenant
from autocrm.transfers.choices import Choices, is_open
from autocrm.transfers.drafts import RECORD_ID_KEY, Draft, Note, RowReader
from autocrm.transfers.files import Row
from autocrm.transfers.lookups import Found, People, Related, Tags, related_type
from autocrm.transfers.mapping import is_findable, match_keys, needed_fields
from autocrm.transfers.matching import Matcher
from autocrm.transfers.models import Match
from autocrm.transfers.options import NO_KEY, Options, Owners

NEW, CHANGED, SAME, REFUSED = "new", "changed", "same", "refused"


@dataclass(slots=True)
class Outcome:
    """What a chunk came to. `pending` are references to records of the same type: [row, record id, key, word]."""

    counts: dict[str, int] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    created_ids: list[UUID] = field(default_factory=list)
    updated_ids: list[UUID] = field(default_factory=list)
    related_ids: list[UUID] = field(default_factory=list)
    pending: list[list[Any]] = field(default_factory=list)

    def add(self, other: "Outcome") -> None:
        """Take in what another part of the same chunk came to."""
        for action, count in other.counts.items():
            self.counts[action] = self.counts.get(action, 0) + count
        for name in ("notes", "created_ids", "updated_ids", "related_ids", "pending"):
            getattr(self, name).extend(getattr(other, name))


@dataclass(frozen=True, slots=True)
class Job:
    """What is imported, and how."""

    record_type: RecordType
    columns: Sequence[str]
    mapping: Mapping[str, str]
    options: Options
    data: Mapping[str, Any] = field(default_factory=dict)


class Engine:
    """Imports chunks of one file for one actor; keeps what it looked up from chunk to chunk."""

    def __init__(self, job: Job, actor: Actor, *, creating: bool = True) -> None:
        self._job = job
        self._actor = actor
        self._type = job.record_type
        self._options = job.options
        region = str(get_tenant(actor.tenant_id).settings.get("region", "US"))
        reading = Reading(actor.zone, region)
        self._choices = _choices(job, actor, creating=creating)
        self.reader = RowReader(
            self._type, job.mapping, job.columns, form_of=job.options.form_of, reading=reading, by_name=self._choices
        )
        self._matcher = _matcher(job, actor, remembering=not creating)
        self._needed = {each.key for each in needed_fields(self._type)}
        self._fields = self._type.by_key
        self._people = People(actor, adding=job.options.owners == Owners.PLACEHOLDER, creating=creating)
        self._tags = Tags(actor, creating=creating)
        self._related = {
            key: Related(
                related,
                actor,
                creating=creating and job.options.create_related,
                looking=not creating and job.options.create_related,
                data=job.data,
            )
            for key, each in self.reader.named_fields.items()
            if each.kind is FieldKind.RELATION and (related := related_type(each)) is not None
        }
        self._may: dict[tuple[Verb, UUID | None], bool] = {}
        self._changes: dict[UUID, Change] = {}
        self._made: list[UUID] = []
        self._creating = creating

    @property
    def record_type(self) -> RecordType:
        """What is imported."""
        return self._type

    @property
    def actor(self) -> Actor:
        """With whose rights."""
        return self._actor

    @property
    def would_make(self) -> int:
        """How many related records a look would have made so far; each is counted once."""
        return sum(related.would_make for related in self._related.values())

    @property
    def would_add(self) -> int:
        """For how many people a look would have added a placeholder so far."""
        return self._people.would_add

    @property
    def changes(self) -> Mapping[UUID, Change]:
        """What the last plan would change of records that exist, by their ids."""
        return self._changes

    def forget(self) -> None:
        """Drop what was looked up: the transaction it was read or made in is gone."""
        self._people.forget()
        self._tags.forget()
        for related in self._related.values():
            related.forget()
        for choices in self._choices.values():
            choices.forget()

    def apply(self, rows: Sequence[Row], drafts: list[Draft] | None = None) -> Outcome:
        """Write a chunk and say what it came to; `drafts` are its rows if they were read before, to be used once.

        Raises IntegrityError or DataError when a row cannot stand.
        """
        drafts = self.plan(rows, drafts)
        new = [(draft.record, draft.values) for draft in drafts if draft.action == NEW]
        insert_records(self._type, new, data=self._job.data, actor=self._actor)
        if self._changes:
            update_records(self._type, list(self._changes.values()), data=self._job.data, actor=self._actor)
        outcome = Outcome(
            created_ids=[record.id for record, _values in new],
            updated_ids=list(self._changes),
            related_ids=self._made,
        )
        for draft in drafts:
            outcome.counts[draft.action] = outcome.counts.get(draft.action, 0) + 1
            outcome.notes += draft.notes
            if draft.links and draft.record is not None:
                outcome.pending += [[draft.row, str(draft.record.id), *link] for link in draft.links.items()]
        return outcome

    def plan(self, rows: Sequence[Row], drafts: list[Draft] | None = None) -> list[Draft]:
        """Read the rows and decide what becomes of each, writing nothing but records that rows name."""
        self._changes, self._made = {}, []
        self._blank = blank_records(self._type, self._actor)
        drafts = [self.reader.read(row) for row in rows] if drafts is None else drafts
        readable = [draft for draft in drafts if not draft.is_fatal]
        self._resolve(readable)
        self._matcher.prepare(readable)
        stored = self._load(readable)
        for draft in readable:
            self._decide(draft, stored)
        for draft in drafts:
            if draft.is_fatal:
                draft.action, draft.record = REFUSED, None
        return drafts

    # --- Names --------------------------------------------------------------------------------------------------------

    def _resolve(self, drafts: Sequence[Draft]) -> None:
        """Replace names by ids, a field at a time."""
        for key, named in self.reader.named_fields.items():
            if named.relation == self._type.key:
                for draft in drafts:
                    if key in draft.words:
                        draft.links[key] = draft.words[key]
                continue
            words = [draft.words[key] for draft in drafts if key in draft.words]
            if not words:
                continue
            found = self._find(named, words)
            self._made += found.made
            for draft in drafts:
                if key in draft.words:
                    self._settle(draft, key, found)

    def _find(self, named: Field, words: Sequence[str]) -> Found:
        if named.kind is FieldKind.USER:
            return self._people.find(dict.fromkeys(words))
        if named.key in self._choices:
            return self._choices[named.key].find(dict.fromkeys(words))
        if named.tags:
            return self._tags.find(dict.fromkeys(words))
        related = self._related.get(named.key)
        return Found() if related is None else related.find(words)

    def _settle(self, draft: Draft, key: str, found: Found) -> None:
        word = draft.words[key]
        if word in found.values:
            draft.values[key] = found.values[word]
        elif word in found.faults:
            draft.refuse(self.reader.column_of[key], word, found.faults[word])

    # --- Decisions ----------------------------------------------------------------------------------------------------

    def _load(self, drafts: Sequence[Draft]) -> dict[UUID, Any]:
        """The records to be changed, locked in one order; those the actor may not see are missing."""
        if self._options.match not in {Match.UPDATE, Match.FILL}:
            return {}
        ids = self._matcher.matched_ids(drafts)
        if not ids:
            return {}
        joins = [each.related_path for each in self._type.fields if each.relation and not each.custom]
        found = visible_to(self._type, self._actor).filter(pk__in=ids).select_related(*joins).order_by("pk")
        if self._creating:
            found = found.select_for_update(of=("self",), no_key=True)
        return {record.id: record for record in found}

    def _decide(self, draft: Draft, stored: Mapping[UUID, Any]) -> None:
        match = self._matcher.match(draft)
        if match is None:
            repeats = None if self._creating else self._matcher.repeats(draft)
            if repeats is None or self._options.match == Match.CREATE:
                self._make(draft)
            else:
                draft.action = SAME if repeats or self._options.match == Match.SKIP else CHANGED
            return
        by, target = match
        is_meant = self._matcher.is_key(by)
        if self._options.match == Match.CREATE and not by.unique:
            self._make(draft)
            return
        if is_meant and self._options.match == Match.SKIP:
            draft.action = SAME
            return
        record = target.record if isinstance(target, Draft) else stored.get(target)
        if self._options.match == Match.CREATE or record is None or not is_meant:
            value = draft.values.get(by.key, draft.record_id)
            message = _("Another record has this value already.")
            draft.refuse(self.reader.column_of[by.key], value, message, fatal=True)
            return
        self._change(draft, record, target if isinstance(target, Draft) else None)

    def _make(self, draft: Draft) -> None:
        values = draft.values
        for key in self._needed:
            if is_empty(values.get(key)):
                draft.refuse(self.reader.column_of.get(key, key), "", _("This is required."), fatal=True)
        if draft.is_fatal:
            return
        record = draft.record = self._blank()
        if not self._passes(draft, record, values):
            return
        for key, value in values.items():
            self._fields[key].write(record, value)
        if not self._reaches(Verb.CREATE, record.owner_id):
            message = _("You may not create records for this person.")
            draft.refuse(self.reader.column_of.get("owner", ""), draft.words.get("owner", ""), message, fatal=True)
            return
        self._attach(record, values)
        draft.action = NEW
        self._matcher.remember(draft)

    def _change(self, draft: Draft, record: Any, fresh: Draft | None) -> None:
        """Put the row's values on a record that exists, or on the new record of an earlier row."""
        draft.record = record
        if not self._reaches(Verb.UPDATE, record.owner_id) and fresh is None:
            draft.refuse("", "", _("This record exists, and you may not change it."), fatal=True)
            return
        filling = self._options.match == Match.FILL
        fields = self._fields
        values = {
            key: value for key, value in draft.values.items() if not filling or is_empty(fields[key].read(record))
        }
        if not self._passes(draft, record, values):
            return
        changes = {key: (old, value) for key, value in values.items() if (old := fields[key].read(record)) != value}
        draft.action = CHANGED if changes else SAME
        for key, (_old, value) in changes.items():
            fields[key].write(record, value)
        self._attach(record, {key: value for key, (_old, value) in changes.items()})
        if fresh is not None:
            fresh.values.update({key: value for key, (_old, value) in changes.items()})
        elif changes:
            before = self._changes[record.id].changes if record.id in self._changes else {}
            merged = {key: (before.get(key, pair)[0], pair[1]) for key, pair in changes.items()}
            self._changes[record.id] = Change(record, {**before, **merged})

    def _passes(self, draft: Draft, record: Any, values: dict[str, Any]) -> bool:
        """The type's own rules; a value that breaks one is left out where the record can do without it."""
        for _attempt in range(2):
            try:
                self._type.check(record, values, self._actor)
            except Invalid as error:
                for key, messages in error.fields.items():
                    fatal = key not in values or key in self._needed
                    text = draft.words.get(key, values.pop(key, ""))
                    draft.values.pop(key, None)
                    draft.refuse(self.reader.column_of.get(key, ""), text, messages[0], fatal=fatal)
                if draft.is_fatal or not error.fields:
                    draft.is_fatal = True
                    return False
            else:
                return True
        draft.is_fatal = True
        return False

    def _attach(self, record: Any, values: Mapping[str, Any]) -> None:
        """Hand the record what it was related to, so that nobody asks the database for its name."""
        for key, related in self._related.items():
            if key in values:
                other = related.record(values[key])
                if other is not None:
                    self._fields[key].attach(record, other)

    def _reaches(self, verb: Verb, owner_id: UUID | None) -> bool:
        """Whether the right extends to records of that owner; asked once for each owner."""
        known = (verb, owner_id)
        if known not in self._may:
            self._may[known] = is_allowed(self._actor, self._type.permission(verb), _Owned(self._actor, owner_id))
        return self._may[known]


def _choices(job: Job, actor: Actor, *, creating: bool) -> dict[str, Choices]:
    """The selects to which this import adds what is missing."""
    if not job.options.create_options or not is_allowed(actor, MANAGE_DATA_MODEL):
        return {}
    fields = [job.record_type.by_key.get(key) for key in job.mapping.values()]
    return {each.key: Choices(each, actor, creating=creating) for each in fields if each is not None and is_open(each)}


def _matcher(job: Job, actor: Actor, *, remembering: bool) -> Matcher:
    """What finds the records of rows, by what was chosen."""
    offered = match_keys(job.record_type, job.mapping.values(), actor)
    wanted = job.options.match_by
    usual = [each for each in offered if each.key in {RECORD_ID_KEY, *job.record_type.natural_key}]
    keys = usual if not wanted else [each for each in offered if each.key == wanted and wanted != NO_KEY]
    mapped = set(job.mapping.values())
    guards = [each for each in job.record_type.fields if each.unique and is_findable(each) and each.key in mapped]
    return Matcher(job.record_type, keys, guards, remembering=remembering)


class _Owned:
    """Somebody's record, as the permission gate asks for it."""

    def __init__(self, actor: Actor, owner_id: UUID | None) -> None:
        self.tenant_id = actor.tenant_id
        self.owner_id = owner_id
