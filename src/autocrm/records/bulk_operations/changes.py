"""The bulk actions that every record type has: edit fields, assign, tag, into the bin and out of it, delete, undo.

Each does one chunk: it locks the records in one order, leaves out what the actor's rights do not reach, writes the rest
in few statements and says what became of every record.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from autocrm.journal import selectors as journal
from autocrm.kernel.actors import Verb
from autocrm.kernel.errors import Invalid, Text
from autocrm.kernel.permissions import authorize, can_write_field, is_allowed
from autocrm.records.bulk import Change, archive_records, restore_records, update_records, write_in_halves
from autocrm.records.bulk_actions import BulkJob, Outcome, Result
from autocrm.records.erasing import erase_records
from autocrm.records.field_rules import missing_values
from autocrm.records.fields import Field
from autocrm.records.history import reversal
from autocrm.records.looks import Look, look_at
from autocrm.records.querysets import visible_to, with_relations
from autocrm.records.references import Referable
from autocrm.records.selectors import names_of_tags
from autocrm.records.uniqueness import refusal_in_words
from autocrm.records.values import stored_value


@dataclass(slots=True)
class Chunk:
    """The records of one chunk that the actor's rights reach, and what became of them so far."""

    job: BulkJob
    look: Look
    records: list[Any] = field(default_factory=list)
    results: dict[UUID, Result] = field(default_factory=dict)

    def note(self, record: Any, outcome: Outcome, reason: Text = "") -> None:
        """Say what became of a record."""
        self.results[record.id] = Result(record.id, outcome, self.look.title(record)[:300], reason)


def load_chunk(job: BulkJob, ids: Sequence[UUID], verb: Verb, *, joined: bool = True) -> Chunk:
    """Lock the records; those out of sight, or out of the reach of "bulk" or the verb, are noted as such.

    `joined` brings along what they are related to, for the words of the search.
    """
    kind, actor = job.record_type, job.actor
    found = visible_to(kind, actor).filter(pk__in=ids).order_by("pk")
    found = with_relations(found, kind) if joined else found
    chunk = Chunk(job, look_at(kind, actor))
    for record in found.select_for_update(of=("self",), no_key=True):
        if all(is_allowed(actor, kind.permission(each), record) for each in (Verb.BULK, verb)):
            chunk.records.append(record)
        else:
            chunk.note(record, Outcome.OUT_OF_REACH)
    seen = {record.id for record in chunk.records}
    for each in ids:
        if each not in seen and each not in chunk.results:
            chunk.results[each] = Result(each, Outcome.OUT_OF_REACH)
    return chunk


def edit(job: BulkJob, ids: Sequence[UUID]) -> Sequence[Result]:
    """Set or clear fields: `values` is field key -> plain value."""
    fields = job.record_type.by_key
    wanted = {fields[key]: stored_value(fields[key], plain) for key, plain in job.values["values"].items()}
    referable = Referable(job.actor)
    for each, value in wanted.items():
        referable.ask(each, value)
    referable.look_up()
    faults = [fault for each, value in wanted.items() if (fault := referable.fault(each, value))]
    if faults:
        raise Invalid(faults[0])
    return _update(job, ids, lambda _record: wanted, referable)


def tag(job: BulkJob, ids: Sequence[UUID]) -> Sequence[Result]:
    """Add tags: `values["tags"]` are their ids."""
    known = names_of_tags(_tag_ids(job))
    # One that was deleted since the operation began is put on nothing any more.
    added = [each for each in _tag_ids(job) if each in known]
    return _update(job, ids, lambda record: {_tags(job): _with(record.tags, added)})


def untag(job: BulkJob, ids: Sequence[UUID]) -> Sequence[Result]:
    """Take tags off."""
    gone = set(_tag_ids(job))
    return _update(job, ids, lambda record: {_tags(job): [each for each in record.tags if each not in gone]})


def archive(job: BulkJob, ids: Sequence[UUID]) -> Sequence[Result]:
    """Move to the bin."""
    chunk = load_chunk(job, ids, Verb.DELETE)
    live = _among(chunk, lambda record: record.archived_at is None, Outcome.UNCHANGED)
    return _write(chunk, live, archive_records)


def restore(job: BulkJob, ids: Sequence[UUID]) -> Sequence[Result]:
    """Take out of the bin; one whose unique value was taken meanwhile stays, with the reason."""
    chunk = load_chunk(job, ids, Verb.DELETE)
    binned = _among(chunk, lambda record: record.archived_at is not None, Outcome.UNCHANGED)
    return _write(chunk, binned, restore_records)


def erase(job: BulkJob, ids: Sequence[UUID]) -> Sequence[Result]:
    """Delete for good what lies in the bin."""
    chunk = load_chunk(job, ids, Verb.DELETE)
    binned = _among(
        chunk, lambda record: record.archived_at is not None, Outcome.REFUSED, _("Move it to the bin first.")
    )
    return _write(chunk, binned, erase_records)


_REVERSED = {reversal.Outcome.REFUSED: Outcome.REFUSED, reversal.Outcome.UNCHANGED: Outcome.UNCHANGED}


def undo(job: BulkJob, ids: Sequence[UUID]) -> Sequence[Result]:
    """Take back what another operation did to these records, as far as it still stands."""
    key = job.record_type.key
    authorize(job.actor, job.record_type.permission(Verb.BULK))
    entries = journal.entries_of_many(
        key, ids, marked={"bulk": str(job.undoes)}, since=job.undone_since, actor=job.actor
    )
    results = {
        each.record_id: Result(each.record_id, _REVERSED.get(each.outcome, Outcome.CHANGED), reason=each.reason)
        for each in reversal.reverse_entries(entries, data=job.data, actor=job.actor)
    }
    return [results.get(each) or Result(each, Outcome.UNCHANGED) for each in ids]


def _update(
    job: BulkJob,
    ids: Sequence[UUID],
    values_of: Callable[[Any], Mapping[Field, Any]],
    referable: Referable | None = None,
) -> Sequence[Result]:
    chunk = load_chunk(job, ids, Verb.UPDATE, joined=referable is not None)
    changes = []
    for record in _among(chunk, lambda record: record.archived_at is None, Outcome.REFUSED, _("It is in the bin.")):
        change = _change(chunk, record, values_of(record), referable)
        if change is not None:
            changes.append(change)
    refused = write_in_halves(
        changes,
        lambda some: update_records(job.record_type, some, data=job.data, actor=job.actor),
        lambda change: change.record,
    )
    for change, error in refused:
        chunk.note(change.record, Outcome.REFUSED, refusal_in_words(job.record_type, error))
    return _all_of(chunk, [change.record for change in changes])


def _change(chunk: Chunk, record: Any, wanted: Mapping[Field, Any], referable: Referable | None) -> Change | None:
    """The values put on the record, or what stands against it noted."""
    job = chunk.job
    if not all(can_write_field(job.actor, job.record_type.key, each.key) for each in wanted):
        chunk.note(record, Outcome.REFUSED, _("Your role does not allow this."))
        return None
    values = {each.key: value for each, value in wanted.items()}
    try:
        job.record_type.check(record, values, job.actor)
    except Invalid as error:
        said = next(iter(error.fields.values()), [error.message])[0]
        chunk.note(record, Outcome.REFUSED, str(said)[:300])
        return None
    changes = {}
    for key, value in values.items():
        target = job.record_type.by_key[key]
        old = target.read(record)
        if old != value:
            target.write(record, value)
            changes[key] = (old, value)
            if referable is not None:
                referable.attach(target, record, value)
    if not changes:
        chunk.note(record, Outcome.UNCHANGED)
        return None
    fault = _fault(job, record, changes)
    if fault:
        chunk.note(record, Outcome.REFUSED, fault)
        return None
    return Change(record, changes)


def _fault(job: BulkJob, record: Any, changes: Mapping[str, Any]) -> Text:
    """Why the record cannot be as it is now, "" when it can."""
    if not is_allowed(job.actor, job.record_type.permission(Verb.READ), record):
        return _("You would no longer see it.")
    for key in missing_values(job.record_type, record, changes, actor=job.actor):
        return _("%(field)s is required then.") % {"field": job.record_type.by_key[key].label}
    return ""


def _among(chunk: Chunk, fits: Callable[[Any], bool], otherwise: Outcome, reason: Text = "") -> list[Any]:
    """The records that fit; the others are noted."""
    for record in chunk.records:
        if not fits(record):
            chunk.note(record, otherwise, reason)
    return [record for record in chunk.records if record.id not in chunk.results]


def _write(chunk: Chunk, records: Sequence[Any], write: Callable[..., None]) -> Sequence[Result]:
    job = chunk.job
    refused = write_in_halves(
        records,
        lambda some: write(job.record_type, some, data=job.data, actor=job.actor),
        lambda record: record,
    )
    for record, error in refused:
        chunk.note(record, Outcome.REFUSED, refusal_in_words(job.record_type, error))
    return _all_of(chunk, records)


def _all_of(chunk: Chunk, written: Sequence[Any]) -> Sequence[Result]:
    for record in written:
        if record.id not in chunk.results:
            chunk.note(record, Outcome.CHANGED)
    return list(chunk.results.values())


def _tags(job: BulkJob) -> Field:
    return job.record_type.by_key["tags"]


def _tag_ids(job: BulkJob) -> list[UUID]:
    return [UUID(each) for each in job.values["tags"]]


def _with(tags: Sequence[UUID], added: Sequence[UUID]) -> list[UUID]:
    return [*tags, *(each for each in added if each not in tags)]
