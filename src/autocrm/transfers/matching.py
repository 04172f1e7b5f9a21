"""Which rows of a chunk have a record already: one query for each field of the natural key, whatever the rows.

A row may also repeat an earlier row of its own chunk; that one is then the record it means.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from autocrm.kernel.field_kinds import TEXT_KINDS
from autocrm.records.fields import Field
from autocrm.records.registry import RecordType
from autocrm.transfers.drafts import Draft, Key


class Matcher:
    """Finds records by the natural key. Looks at every live record: a name taken is taken, whoever may see it."""

    def __init__(self, record_type: RecordType, mapped: Iterable[str]) -> None:
        mapped = set(mapped)
        self._type = record_type
        self._fields = [record_type.by_key[key] for key in record_type.natural_key if key in mapped]
        self._stored: dict[Key, UUID] = {}
        self._fresh: dict[Key, Draft] = {}

    def prepare(self, drafts: Sequence[Draft]) -> None:
        """Look up all keys of a chunk."""
        self._stored, self._fresh = {}, {}
        for field in self._fields:
            found = {draft: key for draft in drafts if (key := _key_of(field, draft.values)) is not None}
            for draft, key in found.items():
                draft.keys.append((field.key, key))
            if found:
                self._stored.update(
                    {(field.key, key): record_id for key, record_id in self._rows(field, set(found.values()))}
                )

    def match(self, draft: Draft) -> tuple[Field, UUID | Draft] | None:
        """The record a row means, and the field that says so; the first field of the natural key decides first."""
        for key in draft.keys:
            found = self._stored.get(key) or self._fresh.get(key)
            if found is not None:
                return self._type.by_key[key[0]], found
        return None

    def matched_ids(self, drafts: Iterable[Draft]) -> list[UUID]:
        """The stored records that rows of the chunk mean, in one order everywhere, so that no two writers deadlock."""
        found = (self.match(draft) for draft in drafts)
        return sorted({target for each in found if each is not None and isinstance(target := each[1], UUID)})

    def remember(self, draft: Draft) -> None:
        """A row that becomes a record: later rows may mean it."""
        for key in draft.keys:
            self._fresh.setdefault(key, draft)

    def _rows(self, field: Field, keys: set[Any]) -> Iterable[tuple[Any, UUID]]:
        attribute = field.normalised or field.attribute
        conditions: dict[str, Any] = {f"{attribute}__in": keys, "archived_at__isnull": True}
        if field.kind in TEXT_KINDS:
            # Says nothing new; it lets an index that leaves out empty keys serve.
            conditions[f"{attribute}__gt"] = ""
        rows = self._type.rows().filter(**conditions).order_by("-id").values_list(attribute, "id")
        # The oldest of several comes last and stays.
        return list(rows)


def _key_of(field: Field, values: Mapping[str, Any]) -> Any:
    value: Any = values.get(field.key)
    if value is None or value == "":
        return None
    return (field.normalise(value) if field.normalise else value) or None
