"""Names into ids, a chunk at a time: people by name or address, related records by name or domain, tags.

What is found is kept for the chunks that follow; what is not there is made where the options and the rights allow it.
`forget` drops everything, for a chunk that was rolled back may have taken what it made with it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.any_of import any_of
from autocrm.kernel.errors import Invalid
from autocrm.kernel.ids import new_id
from autocrm.kernel.normalise import name_key
from autocrm.kernel.permissions import can_read_field, can_write_field, is_allowed
from autocrm.records import services as records
from autocrm.records.bulk import blank_records, insert_records
from autocrm.records.fields import Field
from autocrm.records.models import Tag
from autocrm.records.querysets import live
from autocrm.records.registry import KnownBy, RecordType, record_types
from autocrm.records.values import Reading, Unreadable, read_value
from autocrm.transfers.mapping import needed_fields
from autocrm.users import selectors as users
from autocrm.users.services.placeholders import add_placeholders, may_add_placeholders

MOST_KEPT = 100_000
MOST_TAGS = 50
LONGEST_NAME = 200


@dataclass(slots=True)
class Found:
    """What names came to: a value for each that means something, and words for each that does not."""

    values: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    made: list[UUID] = field(default_factory=list)


class People:
    """Active members and placeholders by name, address or id; placeholders are added for strangers if asked."""

    def __init__(self, actor: Actor, *, adding: bool, creating: bool) -> None:
        self._actor = actor
        self._adding = adding and may_add_placeholders(actor=actor)
        self._creating = creating
        self._by_word: dict[str, list[UUID]] | None = None
        self._would_add: dict[str, UUID] = {}

    @property
    def would_add(self) -> int:
        """For how many strangers a look would have added a placeholder."""
        return len(self._would_add)

    def find(self, words: Iterable[str]) -> Found:
        """The people meant."""
        found = Found()
        by_word = self._members()
        words = list(words)
        if self._adding:
            self._add([word for word in words if name_key(word) and name_key(word) not in by_word])
        for word in words:
            ids = by_word.get(name_key(word), [])
            if len(ids) == 1:
                found.values[word] = ids[0]
            elif ids:
                found.faults[word] = _("More than one person of the team is called so.")
            else:
                found.faults[word] = _("Nobody of the team is called so.")
        return found

    def _add(self, words: Sequence[str]) -> None:
        """A placeholder for each stranger; spellings that mean the same share one."""
        names = {name_key(word): " ".join(word.split()) for word in reversed(words) if len(word) <= LONGEST_NAME}
        if not self._creating:
            # Whom a run would add has an id too, so that what would change is seen to.
            for key in names:
                self._members()[key] = [self._would_add.setdefault(key, new_id())]
        elif names:
            added = add_placeholders(names.values(), actor=self._actor)
            self._members().update({key: [added[name]] for key, name in names.items()})

    def forget(self) -> None:
        """Look again next time."""
        self._by_word = None

    def _members(self) -> dict[str, list[UUID]]:
        if self._by_word is None:
            self._by_word = {}
            # A member comes before a placeholder of the same name.
            for user_id, name, email, is_placeholder in users.list_people():
                for word in {name_key(name), name_key(email), str(user_id)}:
                    known = self._by_word.setdefault(word, [])
                    if not (is_placeholder and known):
                        known.append(user_id)
        return self._by_word


class Tags:
    """Tags by name; new ones are made."""

    def __init__(self, actor: Actor, *, creating: bool) -> None:
        self._actor = actor
        self._creating = creating
        self._by_key: dict[str, UUID] = {}

    def find(self, cells: Iterable[str]) -> Found:
        """For each cell ("VIP, partner") the ids of its tags."""
        found = Found()
        split = {cell: _words_of(cell) for cell in cells}
        wanted = {name_key(word) for words in split.values() for word in words} - set(self._by_key)
        if wanted:
            self._by_key.update(Tag.objects.filter(name_key__in=wanted).values_list("name_key", "id"))
        for cell, words in split.items():
            try:
                ids = [self._id_of(word) for word in words]
                found.values[cell] = list(dict.fromkeys(tag_id for tag_id in ids if tag_id))
            except Invalid as error:
                found.faults[cell] = str(next(iter(error.fields.values()))[0])
        return found

    def forget(self) -> None:
        """Look again next time."""
        self._by_key.clear()

    def _id_of(self, word: str) -> UUID | None:
        key = name_key(word)
        if key not in self._by_key and self._creating:
            self._by_key[key] = records.ensure_tag(word, actor=self._actor).id
        return self._by_key.get(key)


def _words_of(cell: str) -> list[str]:
    for sign in ("|", ";", ","):
        if sign in cell:
            return [word.strip() for word in cell.split(sign) if word.strip()][:MOST_TAGS]
    return [cell.strip()]


class Related:
    """Records of one type by what files call them, each as far as the actor may see it."""

    def __init__(
        self,
        record_type: RecordType,
        actor: Actor,
        *,
        creating: bool,
        data: Mapping[str, Any],
        looking: bool = False,
    ) -> None:
        self.record_type = record_type
        self._actor = actor
        self._data = data
        self._title = record_type.by_key[record_type.title_fields[0]]
        self._known_by = _open_names(record_type, self._title, actor)
        self._may_create = (creating or looking) and _is_creatable(record_type, self._title, actor)
        # A look saves nothing: it keeps in mind what a run would make, by all that it could be found by.
        self._is_looking = looking
        self._would_make = 0
        self._planned: dict[tuple[str, str], Any] = {}
        self._ids: dict[str, UUID] = {}
        self._records: dict[UUID, Any] = {}
        # Of words that will be asked for: the key for each of `known_by`.
        self._keys: dict[str, tuple[str, ...]] = {}

    def read_ahead(self, words: Iterable[str]) -> None:
        """Make the keys of words that will be looked up; a thread may do it while another one looks up earlier ones."""
        for word in words:
            if word not in self._ids and word not in self._keys:
                self._keys[word] = self._keys_of(word)

    def _keys_of(self, word: str) -> tuple[str, ...]:
        return tuple(known_by.normalise(word) for known_by in self._known_by)

    def find(self, words: Iterable[str]) -> Found:
        """The records meant; missing ones are made and told in `made`."""
        found = Found()
        if len(self._ids) > MOST_KEPT:
            self.forget()
        unknown = [word for word in dict.fromkeys(words) if word not in self._ids]
        keys = {word: self._keys.pop(word, ()) or self._keys_of(word) for word in unknown}
        for place, known_by in enumerate(self._known_by):
            named = {word: key for word in unknown if (key := keys[word][place])}
            if named:
                unknown = self._look_up(known_by, unknown, named)
        unknown = self._look_up_ids(unknown)
        if unknown and self._may_create:
            self._create(unknown, keys, found)
        elif unknown:
            message = _("There is no such record, or you may not see it.")
            found.faults.update(dict.fromkeys(unknown, message))
        found.values.update({word: self._ids[word] for word in words if word in self._ids})
        return found

    @property
    def would_make(self) -> int:
        """How many records a look would have made so far."""
        return self._would_make

    def record(self, record_id: UUID) -> Any:
        """A record found or made before, for whoever shows its name."""
        return self._records.get(record_id)

    def forget(self) -> None:
        """Look again next time."""
        self._ids.clear()
        self._records.clear()
        self._keys.clear()

    def _look_up(self, known_by: KnownBy, words: Sequence[str], keys: Mapping[str, str]) -> list[str]:
        # The second condition says nothing new; it lets a partial index on non-empty keys serve.
        named = self._query().filter(
            any_of(known_by.attribute, set(keys.values())), **{f"{known_by.attribute}__gt": ""}
        )
        by_key: dict[str, Any] = {}
        for record in named.order_by("id"):
            by_key.setdefault(getattr(record, known_by.attribute), record)
        for word, key in keys.items():
            if key in by_key:
                self._keep(word, by_key[key])
        return [word for word in words if word not in self._ids]

    def _look_up_ids(self, words: Sequence[str]) -> list[str]:
        ids = {word: given for word in words if (given := _as_id(word)) is not None}
        by_id = {record.id: record for record in self._query().filter(pk__in=ids.values())} if ids else {}
        for word, given in ids.items():
            if given in by_id:
                self._keep(word, by_id[given])
        return [word for word in words if word not in self._ids]

    def _query(self) -> Any:
        columns = {known_by.attribute for known_by in self._known_by}
        names = (*self.record_type.title_fields, *self.record_type.stand_ins)
        columns |= {self.record_type.by_key[key].attribute for key in names}
        return live(self.record_type, self._actor).only("id", "tenant_id", "owner_id", "archived_at", *columns)

    def _keep(self, word: str, record: Any) -> None:
        self._ids[word] = record.id
        self._records[record.id] = record

    def _create(self, words: Sequence[str], keys_of: Mapping[str, tuple[str, ...]], found: Found) -> None:
        """One record for each name; names that mean the same share one."""
        blank = blank_records(self.record_type, self._actor)
        reading = Reading(self._actor.zone)
        by_key: dict[tuple[str, str], Any] = self._planned if self._is_looking else {}
        new: list[tuple[Any, dict[str, Any]]] = []
        for word in words:
            keys = [(each.attribute, key) for each, key in zip(self._known_by, keys_of[word], strict=True) if key]
            record = next((by_key[key] for key in keys if key in by_key), None)
            if record is None:
                try:
                    values = {self._title.key: read_value(self._title, word, reading)}
                except Unreadable as error:
                    found.faults[word] = str(error)
                    continue
                record = blank()
                self._title.write(record, values[self._title.key])
                new.append((record, values))
            by_key.update(dict.fromkeys(keys, record))
            self._keep(word, record)
        if self._is_looking:
            self._would_make += len(new)
            return
        found.made += [record.id for record, _values in new]
        insert_records(self.record_type, new, data=self._data, actor=self._actor)


def _is_creatable(record_type: RecordType, title: Field, actor: Actor) -> bool:
    """Whether a name is enough to make one, and the actor may."""
    needed = {each.key for each in needed_fields(record_type, actor)}
    return (
        title.editable
        and needed <= {title.key}
        and can_write_field(actor, record_type.key, title.key)
        and is_allowed(actor, record_type.permission(Verb.CREATE))
    )


def _open_names(record_type: RecordType, title: Field, actor: Actor) -> tuple[KnownBy, ...]:
    """The columns that a name is looked up in: nobody finds a record by what his role hides of it."""
    by_title: Callable[[str], str] = title.normalise or str
    known_by = record_type.known_by or (KnownBy(title.normalised or title.attribute, by_title),)
    columns = {name: field for field in record_type.fields for name in (field.normalised, field.path, field.key)}
    fields = [(each, columns.get(each.attribute, title)) for each in known_by]
    return tuple(each for each, field in fields if can_read_field(actor, record_type.key, field.key))


def _as_id(word: str) -> UUID | None:
    if len(word) not in {32, 36}:
        return None
    try:
        return UUID(word)
    except ValueError:
        return None


def related_type(relation: Field) -> RecordType | None:
    """The type of the records a field leads to."""
    return record_types.find(relation.relation)
