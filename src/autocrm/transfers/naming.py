"""What the rows of an import name, turned into ids a field at a time: people, related records, tags, choices."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from autocrm.kernel.actors import Actor
from autocrm.kernel.field_kinds import FieldKind
from autocrm.kernel.permissions import is_allowed
from autocrm.records.fields import Field
from autocrm.records.permissions import MANAGE_DATA_MODEL
from autocrm.records.registry import RecordType
from autocrm.transfers.choices import Choices, is_open
from autocrm.transfers.drafts import Draft, RowReader
from autocrm.transfers.lookups import Found, People, Related, Tags, related_type
from autocrm.transfers.options import Job, Options, Owners


class Naming:
    """Knows, from chunk to chunk, who and what the words of a file mean; makes what is missing where that is wanted."""

    def __init__(
        self,
        job: Job,
        reader: RowReader,
        choices: Mapping[str, Choices],
        *,
        creating: bool,
        actor: Actor,
    ) -> None:
        options = job.options
        self._type = job.record_type
        self._fields = job.record_type.by_key
        self._reader = reader
        self._choices = choices
        self._people = People(actor, adding=options.owners == Owners.PLACEHOLDER, creating=creating)
        self._tags = Tags(actor, creating=creating)
        self._related = {
            key: Related(
                related,
                actor,
                creating=creating and options.create_related,
                looking=not creating and options.create_related,
                data=job.data,
            )
            for key, each in reader.named_fields.items()
            if each.kind is FieldKind.RELATION and (related := related_type(each)) is not None
        }

    @property
    def would_make(self) -> int:
        """How many related records a look would have made so far; each is counted once."""
        return sum(related.would_make for related in self._related.values())

    @property
    def would_add(self) -> int:
        """For how many people a look would have added a placeholder so far."""
        return self._people.would_add

    def forget(self) -> None:
        """Drop what was looked up: the transaction it was read or made in is gone."""
        self._people.forget()
        self._tags.forget()
        for related in self._related.values():
            related.forget()
        for choices in self._choices.values():
            choices.forget()

    def read_ahead(self, drafts: Sequence[Draft]) -> None:
        """Make the keys by which the words of rows will be looked up; asks nothing of the database."""
        for key, related in self._related.items():
            related.read_ahead(draft.words[key] for draft in drafts if key in draft.words)

    def resolve(self, drafts: Sequence[Draft]) -> list[UUID]:
        """Replace the words of these rows by ids, and answer what was made for it."""
        made: list[UUID] = []
        for key, named in self._reader.named_fields.items():
            if named.relation == self._type.key:
                for draft in drafts:
                    if key in draft.words:
                        draft.links[key] = draft.words[key]
                continue
            words = [draft.words[key] for draft in drafts if key in draft.words]
            if not words:
                continue
            found = self._find(named, words)
            made += found.made
            for draft in drafts:
                if key in draft.words:
                    self._settle(draft, key, found)
        return made

    def attach(self, record: Any, values: Mapping[str, Any]) -> None:
        """Hand the record what it was related to, so that nobody asks the database for its name."""
        for key, related in self._related.items():
            if key in values:
                other = related.record(values[key])
                if other is not None:
                    self._fields[key].attach(record, other)

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
            draft.refuse(self._reader.column_of[key], word, found.faults[word])


def open_choices(
    record_type: RecordType, mapping: Mapping[str, str], options: Options, actor: Actor, *, creating: bool
) -> dict[str, Choices]:
    """The selects to which an import adds what is missing."""
    if not is_allowed(actor, MANAGE_DATA_MODEL):
        return {}
    fields = [record_type.by_key.get(key) for column, key in mapping.items() if options.adds_choices(column)]
    return {each.key: Choices(each, actor, creating=creating) for each in fields if each is not None and is_open(each)}
