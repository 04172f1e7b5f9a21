"""A chunk of rows into records: read, look up, match, decide, write. All of it within the caller's transaction.

`plan` only reads and decides (a preview asks for no more), `apply` writes what was planned. Never half a row: a value
that cannot be read is left out where its field allows that, and otherwise the whole row stays out.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils.encoding import force_str
from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.errors import Invalid
from autocrm.kernel.permissions import is_allowed
from autocrm.records.bulk import Change, blank_records, insert_records, update_records
from autocrm.records.field_rules import Rules
from autocrm.records.fields import Field
from autocrm.records.querysets import visible_to
from autocrm.records.registry import RecordType
from autocrm.records.values import Reading, is_empty
from autocrm.tenants.selectors import get_tenant
from autocrm.transfers.drafts import Draft, RowReader
from autocrm.transfers.files import Row
from autocrm.transfers.mapping import needed_fields
from autocrm.transfers.matching import matcher_of
from autocrm.transfers.models import Match
from autocrm.transfers.naming import Naming, open_choices
from autocrm.transfers.options import Alike, Job
from autocrm.transfers.outcomes import CHANGED, NEW, REFUSED, SAME, Outcome
from autocrm.transfers.resembling import Resembling


class Engine:
    """Imports chunks of one file for one actor; keeps what it looked up from chunk to chunk."""

    def __init__(self, job: Job, actor: Actor, *, creating: bool = True) -> None:
        self._job = job
        self._actor = actor
        self._type = job.record_type
        self._options = job.options
        region = str(get_tenant(actor.tenant_id).settings.get("region", "US"))
        reading = Reading(actor.zone, region)
        choices = open_choices(self._type, job.mapping, job.options, actor, creating=creating)
        self.reader = RowReader(
            self._type,
            job.mapping,
            job.columns,
            options=job.options,
            reading=reading,
            by_name=choices,
        )
        self._naming = Naming(job, self.reader, choices, creating=creating, actor=actor)
        self._matcher = matcher_of(
            self._type, job.mapping.values(), job.options.match_by, actor, remembering=not creating
        )
        # Keys that no name stands behind can be made and looked up before names are.
        self._matches_early = self._matcher.is_apart_from(self.reader.named_fields)
        is_wanted = not creating or job.options.alike != Alike.CREATE
        self._resembling = Resembling(self._type, actor, is_wanted=is_wanted, before=job.begun_at)
        self._needed = {each.key for each in needed_fields(self._type, actor)}
        self._fields = self._type.by_key
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
        return self._naming.would_make

    @property
    def would_add(self) -> int:
        """For how many people a look would have added a placeholder so far."""
        return self._naming.would_add

    @property
    def changes(self) -> Mapping[UUID, Change]:
        """What the last plan would change of records that exist, by their ids."""
        return self._changes

    def read(self, rows: Iterable[Row]) -> list[Draft]:
        """The rows with their cells read and all keys made that need no look at the database."""
        drafts = [self.reader.read(row) for row in rows]
        self._naming.read_ahead(drafts)
        if self._matches_early:
            self._matcher.read_ahead(drafts)
        return drafts

    def sketch(self, draft: Draft) -> Any:
        """What a row of the last plan would be as a new record: for its name, where it becomes none."""
        record = self._blank()
        for key, value in draft.values.items():
            self._fields[key].write(record, value)
        self._type.derive(record)
        return record

    def forget(self) -> None:
        """Drop what was looked up: the transaction it was read or made in is gone."""
        self._naming.forget()

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
        self._changes = {}
        self._blank, self._rules = blank_records(self._type, self._actor), Rules(self._type, self._actor)
        drafts = self.read(rows) if drafts is None else drafts
        readable = [draft for draft in drafts if not draft.is_fatal]
        # What can be looked up before anything is written needs not wait for it.
        if self._matches_early:
            self._matcher.prepare(readable)
        self._made = self._naming.resolve(readable)
        if not self._matches_early:
            self._matcher.prepare(readable)
        self._resembling.look([draft for draft in readable if self._matcher.match(draft) is None])
        stored = self._load(readable)
        for draft in readable:
            self._decide(draft, stored)
        for draft in drafts:
            if draft.is_fatal:
                draft.action, draft.record = REFUSED, None
        return drafts

    # --- Decisions ----------------------------------------------------------------------------------------------------

    def _load(self, drafts: Sequence[Draft]) -> dict[UUID, Any]:
        """The records to be changed, locked in one order; those the actor may not see are missing."""
        if self._options.match not in {Match.UPDATE, Match.FILL}:
            return {}
        ids = self._matcher.matched_ids(drafts)
        if self._options.alike == Alike.LINK:
            ids = sorted({*ids, *(draft.alike.record.pk for draft in drafts if draft.alike is not None)})
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
            self._decide_unmatched(draft, stored)
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

    def _decide_unmatched(self, draft: Draft, stored: Mapping[UUID, Any]) -> None:
        """A row without a record: it may repeat an earlier one of a look, or resemble a record that exists."""
        match, alike = self._options.match, draft.alike
        repeats = None if self._creating else self._matcher.repeats(draft)
        if repeats is not None and match != Match.CREATE:
            draft.action = SAME if repeats or match == Match.SKIP else CHANGED
        elif alike is None or self._options.alike == Alike.CREATE:
            self._make(draft)
        elif self._options.alike == Alike.LINK and (record := stored.get(alike.record.pk)) is not None:
            self._change(draft, record, None)
        else:
            draft.action = SAME

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
        self._naming.attach(record, values)
        if self._lacks(draft, record, None):
            draft.record = None
            return
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
        said = self._without_known_wholes(draft, record)
        values = {key: value for key, value in said.items() if not filling or is_empty(fields[key].read(record))}
        if not self._passes(draft, record, values):
            return
        changes = {key: (old, value) for key, value in values.items() if (old := fields[key].read(record)) != value}
        draft.action = CHANGED if changes else SAME
        for key, (_old, value) in changes.items():
            fields[key].write(record, value)
        if self._lacks(draft, record, changes):
            for key, (old, _value) in changes.items():
                fields[key].write(record, old)
            return
        self._naming.attach(record, {key: value for key, (_old, value) in changes.items()})
        if fresh is not None:
            fresh.values.update({key: value for key, (_old, value) in changes.items()})
        elif changes:
            before = self._changes[record.id].changes if record.id in self._changes else {}
            merged = {key: (before.get(key, pair)[0], pair[1]) for key, pair in changes.items()}
            self._changes[record.id] = Change(record, {**before, **merged})

    def _without_known_wholes(self, draft: Draft, record: Any) -> dict[str, Any]:
        """What a row says of a record: a whole name that it has already says nothing new of its parts."""
        fields = self._fields
        known = {
            part
            for key, text, parts in draft.wholes
            if _same(fields[key], text, fields[key].read(record))
            for part in parts
        }
        return {key: value for key, value in draft.values.items() if key not in known}

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

    def _lacks(self, draft: Draft, record: Any, changed: Iterable[str] | None) -> bool:
        """Whether the record would lack what a condition of the tenant asks for; each such field is told."""
        missing = self._rules.missing(record, changed) if self._rules else ()
        for lacking in missing:
            label, when = force_str(lacking.label), self._rules.words_of(lacking)
            message = (
                _("“%(field)s” must be filled here, because: %(when)s. Fill it in the file and import the row again.")
                if when
                else _("“%(field)s” must be filled here. Fill it in the file and import the row again.")
            )
            column = self.reader.column_of.get(lacking.key, label)
            draft.refuse(column, draft.words.get(lacking.key, ""), message % {"field": label, "when": when}, fatal=True)
        return bool(missing)

    def _reaches(self, verb: Verb, owner_id: UUID | None) -> bool:
        """Whether the right extends to records of that owner; asked once for each owner."""
        known = (verb, owner_id)
        if known not in self._may:
            self._may[known] = is_allowed(self._actor, self._type.permission(verb), _Owned(self._actor, owner_id))
        return self._may[known]


def _same(field: Field, one: str, other: Any) -> bool:
    normalise = field.normalise or str
    return normalise(one) == normalise(str(other or ""))


class _Owned:
    """Somebody's record, as the permission gate asks for it."""

    def __init__(self, actor: Actor, owner_id: UUID | None) -> None:
        self.tenant_id = actor.tenant_id
        self.owner_id = owner_id
