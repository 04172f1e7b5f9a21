"""Which rows of a chunk have a record already: one query for each field of the natural key, whatever the rows.

A row may also repeat an earlier row of its own chunk; that one is then the record it means.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from autocrm.kernel.actors import Actor
from autocrm.kernel.any_of import any_of
from autocrm.kernel.field_kinds import TEXT_KINDS
from autocrm.records.field_values import find_unique, unique_key
from autocrm.records.fields import Field
from autocrm.records.registry import RecordType
from autocrm.transfers.drafts import RECORD_ID_KEY, Draft, Key
from autocrm.transfers.mapping import RECORD_ID, is_findable, match_keys
from autocrm.transfers.options import NO_KEY


class Matcher:
    """Finds records by one or several keys; `guards` are unique fields by which no second record may come.

    Looks at every live record: a name taken is taken, whoever may see it.
    """

    def __init__(
        self, record_type: RecordType, keys: Sequence[Field], guards: Sequence[Field], *, remembering: bool = False
    ) -> None:
        self._type = record_type
        self._fields = [*keys, *(each for each in guards if each not in keys)]
        self._by_key = {field.key: field for field in self._fields}
        self._keys = {field.key for field in keys}
        # What a look at a whole file would have made so far, by hashes: a million rows have to fit into memory.
        self._planned: dict[int, int] | None = {} if remembering else None
        self._stored: dict[Key, UUID] = {}
        self._fresh: dict[Key, Draft] = {}

    def is_apart_from(self, keys: Collection[str]) -> bool:
        """Whether no row is found by one of these fields."""
        return self._by_key.keys().isdisjoint(keys)

    def read_ahead(self, drafts: Iterable[Draft]) -> None:
        """Make the keys; asks nothing of the database, so that a thread may do it while another one waits for it."""
        for draft in drafts:
            self._read_keys(draft)

    def prepare(self, drafts: Sequence[Draft]) -> None:
        """Look up all keys of a chunk."""
        self._stored, self._fresh = {}, {}
        wanted: dict[str, set[Any]] = {field.key: set() for field in self._fields}
        for draft in drafts:
            if draft.keyed_by is not self:
                self._read_keys(draft)
            for name, key in draft.keys:
                wanted[name].add(key)
        for field in self._fields:
            if keys := wanted[field.key]:
                self._stored.update({(field.key, key): record_id for key, record_id in self._rows(field, keys)})

    def _read_keys(self, draft: Draft) -> None:
        draft.keyed_by = self
        draft.keys = [(field.key, key) for field in self._fields if (key := _key_of(field, draft)) is not None]

    def match(self, draft: Draft) -> tuple[Field, UUID | Draft] | None:
        """The record a row means, and the field that says so; the first key decides first."""
        for key in draft.keys:
            found = self._stored.get(key) or self._fresh.get(key)
            if found is not None:
                return self._by_key[key[0]], found
        return None

    def is_key(self, field: Field) -> bool:
        """Whether a record found by this field is the one the row means, rather than one that is in its way."""
        return field.key in self._keys

    def repeats(self, draft: Draft) -> bool | None:
        """Whether a row means a record that an earlier chunk of a look would have made; True if it says the same."""
        if self._planned:
            for key in draft.keys:
                said = self._planned.get(hash(key))
                if said is not None:
                    return said == _hash_of(draft)
        return None

    def matched_ids(self, drafts: Iterable[Draft]) -> list[UUID]:
        """The stored records that rows of the chunk mean, in one order everywhere, so that no two writers deadlock."""
        found = (self.match(draft) for draft in drafts)
        return sorted({target for each in found if each is not None and isinstance(target := each[1], UUID)})

    def remember(self, draft: Draft) -> None:
        """A row that becomes a record: later rows may mean it."""
        for key in draft.keys:
            self._fresh.setdefault(key, draft)
            if self._planned is not None:
                self._planned.setdefault(hash(key), _hash_of(draft))

    def _rows(self, field: Field, keys: set[Any]) -> Iterable[tuple[Any, UUID]]:
        if field is RECORD_ID:
            rows = self._type.rows().filter(pk__in=keys, archived_at__isnull=True)
            return [(record_id, record_id) for record_id in rows.values_list("id", flat=True)]
        if field.custom:
            found = find_unique(field, keys)
            rows = self._type.rows().filter(pk__in=list(found.values()), archived_at__isnull=True)
            live = set(rows.values_list("id", flat=True))
            return [(key, record_id) for key, record_id in found.items() if record_id in live]
        attribute = field.normalised or field.attribute
        rows = self._type.rows().filter(archived_at__isnull=True)
        if field.kind in TEXT_KINDS:
            # The second says nothing new; it lets an index that leaves out empty keys serve.
            rows = rows.filter(any_of(attribute, keys), **{f"{attribute}__gt": ""})
        else:
            rows = rows.filter(**{f"{attribute}__in": keys})
        rows = rows.order_by("-id").values_list(attribute, "id")
        # The oldest of several comes last and stays.
        return list(rows)


def _key_of(field: Field, draft: Draft) -> Any:
    if field is RECORD_ID:
        return draft.record_id
    value: Any = draft.values.get(field.key)
    if value is None or value == "":
        return None
    if field.custom:
        return unique_key(field, value)
    return (field.normalise(value) if field.normalise else value) or None


def _hash_of(draft: Draft) -> int:
    return hash(tuple(sorted((key, str(value)) for key, value in draft.values.items())))


def matcher_of(
    record_type: RecordType, mapped: Collection[str], match_by: str, actor: Actor, *, remembering: bool
) -> Matcher:
    """What finds the records of rows, by what was chosen: "" the type's own keys, NO_KEY none."""
    offered = match_keys(record_type, mapped, actor)
    usual = [each for each in offered if each.key in {RECORD_ID_KEY, *record_type.natural_key}]
    keys = usual if not match_by else [each for each in offered if each.key == match_by and match_by != NO_KEY]
    guards = [each for each in record_type.fields if each.unique and is_findable(each) and each.key in set(mapped)]
    return Matcher(record_type, keys, guards, remembering=remembering)
