"""References among the records of one file ("part of"), set once all of its rows are there, whatever their order."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Invalid
from autocrm.records.bulk import Change, update_records
from autocrm.records.fields import Field
from autocrm.records.registry import RecordType
from autocrm.transfers.drafts import LONGEST_MESSAGE, LONGEST_VALUE, Note
from autocrm.transfers.lookups import Related
from autocrm.transfers.models import Match
from autocrm.transfers.options import Job
from autocrm.transfers.outcomes import Outcome

DEEPEST_TREE = 50

# [row, record id, field key, word], as a chunk keeps it.
Pending = Sequence[Any]


class Linker:
    """Sets what the chunks of one import left pending."""

    def __init__(self, job: Job, actor: Actor) -> None:
        self._job = job
        self._actor = actor
        self._type = job.record_type
        self._column_of = {key: name for name, key in job.mapping.items()}
        self._related = Related(self._type, actor, creating=job.options.create_related, data=job.data)
        self._changes: dict[UUID, Change] = {}

    def forget(self) -> None:
        """Drop what was looked up."""
        self._related.forget()

    def link(self, pending: Sequence[Pending]) -> Outcome:
        """Set the references of one chunk; those that can't be are told as faults of their cells."""
        pending = [each for each in pending if each[2] in self._type.by_key]
        found = self._related.find([word for _row, _id, _key, word in pending])
        outcome = Outcome(related_ids=found.made)
        records = self._load({UUID(each[1]) for each in pending})
        self._changes = {}
        trees = {key: _Tree(self._type, self._type.by_key[key]) for _r, _i, key, _w in pending}
        for key, tree in trees.items():
            tree.prepare(found.values[word] for _r, _i, each, word in pending if each == key and word in found.values)
        for row, record_id, key, word in pending:
            record = records.get(UUID(record_id))
            if record is None:
                continue
            if word in found.values:
                fault = self._set(record, key, found.values[word], trees[key])
            else:
                fault = found.faults.get(word, "")
            if fault:
                column = self._column_of.get(key, key)
                outcome.notes.append(Note(row, column, str(word)[:LONGEST_VALUE], fault[:LONGEST_MESSAGE]))
        outcome.updated_ids = list(self._changes)
        update_records(self._type, list(self._changes.values()), data=self._job.data, actor=self._actor)
        return outcome

    def _load(self, ids: Iterable[UUID]) -> Mapping[UUID, Any]:
        joins = {self._type.by_key[key].related_path for key in self._column_of if self._is_link(key)}
        rows = self._type.rows().filter(pk__in=list(ids)).order_by("pk")
        locked = rows.select_for_update(of=("self",), no_key=True)
        return {record.pk: record for record in (locked.select_related(*joins) if joins else locked)}

    def _is_link(self, key: str) -> bool:
        field = self._type.by_key.get(key)
        return field is not None and bool(field.relation) and not field.custom

    def _set(self, record: Any, key: str, value: UUID, tree: "_Tree") -> str:
        """Why not, or nothing once it is set."""
        field = self._type.by_key[key]
        old = field.read(record)
        if old == value or (old is not None and self._job.options.match == Match.FILL):
            return ""
        if tree.would_loop(record.id, value):
            return _("A record cannot be part of itself.")
        values = {key: value}
        try:
            self._type.check(record, values, self._actor)
        except Invalid as error:
            return str(next(iter(error.fields.values()), [error.message])[0])
        field.write(record, values[key])
        tree.set(record.id, values[key])
        before = dict(self._changes[record.id].changes) if record.id in self._changes else {}
        self._changes[record.id] = Change(record, {**before, key: (old, values[key])})
        return ""


class _Tree:
    """Who is part of whom, with what this chunk is about to set; a level of ancestors a query."""

    def __init__(self, record_type: RecordType, field: Field) -> None:
        self._type = record_type
        self._field = field
        self._parents: dict[UUID, UUID | None] = {}

    def prepare(self, ids: Iterable[UUID]) -> None:
        """Read all ancestors of these records."""
        wanted = set(ids)
        for _level in range(DEEPEST_TREE):
            wanted = {each for each in wanted if each not in self._parents}
            if not wanted:
                return
            rows = {each.pk: self._field.read(each) for each in self._type.rows().filter(pk__in=wanted)}
            self._parents.update({each: rows.get(each) for each in wanted})
            wanted = {parent for parent in rows.values() if parent is not None}

    def would_loop(self, child: UUID, parent: UUID) -> bool:
        """Whether the child is above the parent already, or the parent itself."""
        above: UUID | None = parent
        for _level in range(DEEPEST_TREE):
            if above is None:
                return False
            if above == child:
                return True
            above = self._parents.get(above)
        return True

    def set(self, child: UUID, parent: UUID) -> None:
        """Remember what was set."""
        self._parents[child] = parent
