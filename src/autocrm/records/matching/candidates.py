"""Records that look like one that somebody is about to make: while typing, in the API, in the dry run of an import.

Only records the actor may see, compared only in what the actor may see.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from autocrm.kernel.actors import Actor
from autocrm.records.match_rules import WARNED
from autocrm.records.matching.facts import Facts, Viewer, open_rules
from autocrm.records.matching.lookup import find_near
from autocrm.records.matching.scoring import Score, explain, score
from autocrm.records.querysets import live
from autocrm.records.registry import RecordType
from autocrm.records.selectors import with_references

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record that may be the same one: from 0 to 100 how likely, and why, in words."""

    record: Any
    score: int
    reasons: tuple[str, ...]


def find_candidates(
    record_type: RecordType,
    values: Mapping[str, Any],
    *,
    least: int = WARNED,
    limit: int = SHOWN,
    actor: Actor,
) -> list[Candidate]:
    """Live records that look like one with these values, the likeliest first; texts as typed are as good as values."""
    found = match_rows(record_type, [values], least=least, limit=limit, wide=True, actor=actor)
    return found[0]


def match_rows(
    record_type: RecordType,
    rows: Sequence[Mapping[str, Any]],
    *,
    least: int = WARNED,
    limit: int = 1,
    wide: bool = False,
    actor: Actor,
) -> list[list[Candidate]]:
    """For each of the rows, as of a file, the records that look like it; few queries, whatever the rows."""
    viewer = Viewer(record_type, open_rules(record_type, actor))
    wanted = [viewer.of_values(row) for row in rows]
    near = find_near(record_type, viewer.rules, wanted, wide=wide)
    ids = set().union(*near.values())
    known = _load(record_type, viewer, ids, actor)
    found = [_scored(viewer, mine, near.get(place, ()), known, least) for place, mine in enumerate(wanted)]
    records = _fetch(record_type, {each for best in found for each, _score in best[:limit]}, actor)
    return [
        [
            Candidate(records[each], got.points, tuple(explain(record_type, viewer.rules, got, mine, known[each])))
            for each, got in best[:limit]
            if each in records
        ]
        for mine, best in zip(wanted, found, strict=True)
    ]


def _scored(
    viewer: Viewer, mine: Facts, near: Iterable[UUID], known: Mapping[UUID, Facts], least: int
) -> list[tuple[UUID, Score]]:
    """The ids that reach `least`, the likeliest first, of equals the latest."""
    scored = [(each, score(viewer.rules, mine, known[each])) for each in near if each in known]
    enough = [each for each in scored if each[1].points >= least]
    return sorted(enough, key=lambda each: (each[1].points, each[0]), reverse=True)


def _load(record_type: RecordType, viewer: Viewer, ids: set[UUID], actor: Actor) -> dict[UUID, Facts]:
    """The facts of those the actor may see, reading no more columns than they are made of."""
    if not ids:
        return {}
    rows = live(record_type, actor).filter(pk__in=ids).only("id", "tenant_id", *viewer.columns())
    return {row.pk: viewer.of_record(row) for row in rows}


def _fetch(record_type: RecordType, ids: set[UUID], actor: Actor) -> dict[UUID, Any]:
    """The whole records, with what their names are made of."""
    found = with_references(live(record_type, actor).filter(pk__in=ids), record_type) if ids else ()
    return {each.pk: each for each in found}
