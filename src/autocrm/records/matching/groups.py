"""Pairs that hang together by a record make groups."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from autocrm.records.duplicate_models import DuplicatePair
from autocrm.records.match_rules import CERTAIN
from autocrm.records.registry import RecordType


@dataclass(frozen=True)
class ScoredPair:
    """A stored pair as somebody may know it."""

    left: UUID
    right: UUID
    score: int
    reasons: tuple[str, ...]


def components(pairs: Sequence[ScoredPair]) -> list[list[ScoredPair]]:
    """Pairs that hang together by a record, in the order of the first of each."""
    parent: dict[UUID, UUID] = {}

    def root(each: UUID) -> UUID:
        while parent.setdefault(each, each) != each:
            each = parent[each]
        return each

    for pair in pairs:
        parent[root(pair.right)] = root(pair.left)
    parts: dict[UUID, list[ScoredPair]] = {}
    for pair in pairs:
        parts.setdefault(root(pair.left), []).append(pair)
    return list(parts.values())


def ids_of(part: Sequence[ScoredPair]) -> list[UUID]:
    """The records of a group, each once, in the order of the pairs."""
    return list(dict.fromkeys(each for pair in part for each in (pair.left, pair.right)))


def certain_groups(record_type: RecordType, *, among: Sequence[UUID] | None = None) -> list[list[UUID]]:
    """Groups of records of which each is the same as another one beyond doubt; all of them, or `among` some."""
    rows = DuplicatePair.objects.filter(record_type=record_type.key, score=CERTAIN).order_by("-id")
    if among is not None:
        rows = rows.filter(left_id__in=among, right_id__in=among)
    found = [ScoredPair(left, right, CERTAIN, ()) for left, right in rows.values_list("left_id", "right_id")]
    return [ids_of(part) for part in components(found)]
