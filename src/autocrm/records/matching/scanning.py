"""The search for duplicates among all records of a type, a chunk at a time.

First all records in the order of their ids: their keys are kept, and what shares an address, a number or the sound of
a company's name is compared. Then, where people work for something, everybody of one company with everybody of like
name there. A key that too many share says nothing and is passed over. `rescanning` finds the same pairs of some.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from autocrm.kernel.any_of import any_of
from autocrm.records.duplicate_models import MatchKey
from autocrm.records.match_rules import LISTED
from autocrm.records.matching.facts import Facts, Viewer
from autocrm.records.matching.keeping import keys_of, viewer_of_keys, write_keys
from autocrm.records.matching.lookup import find_sharing
from autocrm.records.matching.pairs import Found, write_pairs
from autocrm.records.matching.scoring import score
from autocrm.records.matching.staff import live_rows, staff_of
from autocrm.records.registry import RecordType

CHUNK = 2_000
BY_ID, BY_COMPANY = 0, 1
FIRST = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class Step:
    """What one chunk did: where the next begins ("" at the end of the phase), how many records it looked at."""

    place: str
    records: int
    found: int


def scan_by_id(record_type: RecordType, place: str) -> Step:
    """One chunk in the order of ids."""
    viewer = Viewer(record_type, record_type.match_rules)
    records = list(live_rows(viewer).filter(pk__gt=place or FIRST).order_by("pk")[:CHUNK])
    if not records:
        return Step("", 0, 0)
    _refresh_keys(record_type, records, place or FIRST)
    # Of two records the one that comes first has its keys by the time the other looks for it.
    found = compare_by_keys(viewer, records, only_earlier=True)
    write_pairs(record_type, found)
    return Step(str(records[-1].pk) if len(records) == CHUNK else "", len(records), len(found))


def scan_by_company(record_type: RecordType, place: str) -> Step:
    """One chunk of people in the order of what they belong to."""
    viewer = Viewer(record_type, record_type.match_rules)
    staff = staff_of(viewer)
    if staff is None:
        return Step("", 0, 0)
    people, last = staff.after(UUID(place) if place else None)
    found = list(scored(viewer, staff.pairs(people)))
    write_pairs(record_type, found)
    return Step(str(last or ""), len(people), len(found))


def compare_by_keys(viewer: Viewer, records: Sequence[Any], *, only_earlier: bool = False) -> list[Found]:
    """The pairs of these records with others that share an address, a number or the sound of a telling name.

    With any others, or with those of smaller ids only.
    """
    wanted = [viewer.of_record(each) for each in records]
    near = find_sharing(viewer.record_type, viewer.rules, wanted, least=LISTED)
    here = {each.pk: facts for each, facts in zip(records, wanted, strict=True)}
    pairs = [
        (mine, other)
        for place, ids in near.items()
        for mine in [records[place].pk]
        for other in ids
        if other < mine or not (only_earlier or other in here)
    ]
    strangers = {other for _mine, other in pairs} - here.keys()
    known = dict(here)
    if strangers:
        known |= {row.pk: viewer.of_record(row) for row in live_rows(viewer).filter(any_of("pk", strangers))}
    return list(scored(viewer, ((here[mine], known[other]) for mine, other in pairs if other in known)))


def scored(viewer: Viewer, pairs: Iterable[tuple[Facts, Facts]]) -> Iterator[Found]:
    """Those of the pairs that look like one."""
    for one, other in pairs:
        got = score(viewer.rules, one, other)
        if got.points >= LISTED and one.record_id is not None and other.record_id is not None:
            yield Found(one.record_id, other.record_id, got.points, tuple(each.code for each in got.reasons))


def _refresh_keys(record_type: RecordType, records: Sequence[Any], after: str) -> None:
    """Write the keys that are missing and drop those that no longer hold, of all records from `after` to the last."""
    viewer = viewer_of_keys(record_type)
    if viewer is None:
        return
    rows = MatchKey.objects.filter(
        record_type=record_type.key, record_id__gt=after, record_id__lte=records[-1].pk
    ).values_list("pk", "record_id", "kind", "key")
    kept: dict[UUID, dict[tuple[str, str], UUID]] = defaultdict(dict)
    for pk, record_id, kind, key in rows:
        kept[record_id][kind, key] = pk
    missing: list[tuple[Viewer, Facts]] = []
    stale: list[UUID] = []
    for record in records:
        facts = viewer.of_record(record)
        wanted, held = set(keys_of(viewer.rules, facts)), kept.pop(record.pk, {})
        if wanted != held.keys():
            stale += held.values()
            missing.append((viewer, facts))
    if stale:
        MatchKey.objects.filter(pk__in=stale).delete()
    write_keys(record_type, missing)
