"""Rows that found no record by a key, but look like one all the same: same name and company, same number.

They are scored by the rules of the record type (`records.matching`), a few index look-ups for any number of rows. A
check always looks; an import only where it was told not to simply add such rows.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from autocrm.kernel.actors import Actor
from autocrm.records.match_rules import LISTED
from autocrm.records.matching.candidates import Candidate, match_rows
from autocrm.records.registry import RecordType
from autocrm.transfers.drafts import Draft

# So many rows are asked for together: how much one look finds is bounded, and shared among them.
AT_ONCE = 500
# An import sees what it made itself among the candidates; those that were there before are behind it.
CANDIDATES = 5


class Resembling:
    """Finds for each row the record it resembles most, among those that were there before the import began."""

    def __init__(self, record_type: RecordType, actor: Actor, *, is_wanted: bool, before: datetime | None) -> None:
        self._type = record_type
        self._actor = actor
        self._is_wanted = is_wanted and bool(record_type.match_rules)
        self._before = before

    def look(self, drafts: Sequence[Draft]) -> None:
        """Note on each row what it looks like, if anything."""
        if not self._is_wanted:
            return
        for first in range(0, len(drafts), AT_ONCE):
            part = drafts[first : first + AT_ONCE]
            rows: list[Mapping[str, Any]] = [draft.values for draft in part]
            limit = 1 if self._before is None else CANDIDATES
            found = match_rows(self._type, rows, least=LISTED, limit=limit, actor=self._actor)
            for draft, candidates in zip(part, found, strict=True):
                draft.alike = next((each for each in candidates if self._was_there(each)), None)

    def _was_there(self, candidate: Candidate) -> bool:
        return self._before is None or candidate.record.created_at < self._before
