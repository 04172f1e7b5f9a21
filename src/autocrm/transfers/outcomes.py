"""What becomes of the rows of an import, and what a chunk of them came to."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from autocrm.transfers.drafts import Note

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
