"""The search for duplicates among all records of a type, a chunk at a time, and among those that changed.

First all records in the order of their ids: their keys are kept, and what shares an address, a number or the sound of
a company's name is compared. Then, where people work for something, everybody of one company with everybody of like
name there. A key that too many share says nothing and is passed over.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any
from uuid import UUID

from autocrm.kernel.field_kinds import FieldKind
from autocrm.records.fields import Field
from autocrm.records.match_rules import LISTED, MatchKind
from autocrm.records.matching.facts import Facts, Viewer
from autocrm.records.matching.keeping import keys_of, viewer_of_keys, write_keys
from autocrm.records.matching.likeness import PersonName, person_key, sound_of
from autocrm.records.matching.lookup import find_near
from autocrm.records.matching.pairs import Found, pairs_with, write_pairs
from autocrm.records.matching.scoring import score
from autocrm.records.models import MatchKey
from autocrm.records.registry import RecordType

CHUNK = 2_000
# A bucket of more people than this is compared with its neighbours only.
MOST_IN_BUCKET = 200
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
    records = list(_rows(record_type, viewer).filter(pk__gt=place or FIRST).order_by("pk")[:CHUNK])
    if not records:
        return Step("", 0, 0)
    _refresh_keys(record_type, records, place or FIRST)
    found = _compare(viewer, [viewer.of_record(each) for each in records], support=False)
    write_pairs(record_type, found)
    return Step(str(records[-1].pk) if len(records) == CHUNK else "", len(records), len(found))


def scan_by_company(record_type: RecordType, place: str) -> Step:
    """One chunk of people in the order of what they belong to; a company of more people than a chunk is cut."""
    field = company_field(record_type)
    if field is None:
        return Step("", 0, 0)
    viewer = Viewer(record_type, record_type.match_rules)
    name = field.attribute
    rows = _rows(record_type, viewer).filter(**{f"{name}__gt": place or FIRST}).order_by(name)[: CHUNK + 1]
    records = list(rows)
    is_last = len(records) <= CHUNK
    if not records:
        return Step("", 0, 0)
    last = field.read(records[-1])
    # The last company may go on beyond the chunk: it is left for the next one, unless it is alone here.
    whole = [each for each in records if is_last or field.read(each) != last]
    if not whole:
        whole = records
    found = [each for bucket in _buckets(viewer, field, whole) for each in _pairs_in(viewer, bucket)]
    write_pairs(record_type, found)
    return Step("" if is_last else str(field.read(whole[-1])), len(whole), len(found))


def company_field(record_type: RecordType) -> Field | None:
    """What people of this type belong to, where names are compared within it."""
    if not any(rule.kind is MatchKind.PERSON and rule.points < LISTED for rule in record_type.match_rules):
        return None
    supports = (rule.fields[0] for rule in record_type.match_rules if rule.kind is MatchKind.SUPPORT)
    fields = (record_type.by_key[key] for key in supports)
    return next((each for each in fields if each.kind is FieldKind.RELATION and not each.custom), None)


def rescan(record_type: RecordType, ids: Sequence[UUID]) -> int:
    """Look again at records that are new or changed; their pairs that no longer hold go. Returns how many hold."""
    viewer = Viewer(record_type, record_type.match_rules)
    records = list(_rows(record_type, viewer).filter(pk__in=list(ids)))
    found = _compare(viewer, [viewer.of_record(each) for each in records], support=True)
    holding = {tuple(sorted((each.one, each.other))) for each in found}
    old = pairs_with(record_type, ids).values_list("pk", "left_id", "right_id")
    gone = [key for key, left, right in old if (left, right) not in holding]
    if gone:
        pairs_with(record_type, ids).filter(pk__in=gone).delete()
    return write_pairs(record_type, found)


def _rows(record_type: RecordType, viewer: Viewer) -> Any:
    """Live records with no more columns than facts and keys are made of."""
    return record_type.rows().filter(archived_at__isnull=True).only("id", "tenant_id", *viewer.columns())


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


def _compare(viewer: Viewer, wanted: Sequence[Facts], *, support: bool) -> list[Found]:
    near = find_near(viewer.record_type, viewer.rules, wanted, least=LISTED, support=support)
    known = {facts.record_id: facts for facts in wanted}
    strangers = set().union(*near.values()) - known.keys()
    if strangers:
        known |= {row.pk: viewer.of_record(row) for row in _rows(viewer.record_type, viewer).filter(pk__in=strangers)}
    found = []
    for place, ids in near.items():
        others = [known[each] for each in ids if each in known]
        found += list(_scored(viewer, ((wanted[place], other) for other in others)))
    return found


def _buckets(viewer: Viewer, field: Field, records: Iterable[Any]) -> Iterator[list[Facts]]:
    """People of one company whose last names sound alike, or whose whole names do, in any order."""
    at = next(number for number, rule in enumerate(viewer.rules) if rule.kind is MatchKind.PERSON)
    buckets: Mapping[tuple[Any, str, str], list[Facts]] = defaultdict(list)
    for record in records:
        facts = viewer.of_record(record)
        name = facts.by_rule[at]
        if isinstance(name, PersonName) and name.first and name.last:
            company = field.read(record)
            buckets[company, "last", sound_of(name.last.split()[-1])].append(facts)
            buckets[company, "both", person_key(name)].append(facts)
    return (each for each in buckets.values() if len(each) > 1)


def _pairs_in(viewer: Viewer, bucket: Sequence[Facts]) -> Iterator[Found]:
    if len(bucket) <= MOST_IN_BUCKET:
        return _scored(viewer, combinations(bucket, 2))
    ordered = sorted(bucket, key=lambda each: str(each.by_rule))
    near = ((one, other) for number, one in enumerate(ordered) for other in ordered[number + 1 : number + 20])
    return _scored(viewer, near)


def _scored(viewer: Viewer, pairs: Iterable[tuple[Facts, Facts]]) -> Iterator[Found]:
    for one, other in pairs:
        got = score(viewer.rules, one, other)
        if got.points >= LISTED and one.record_id is not None and other.record_id is not None:
            yield Found(one.record_id, other.record_id, got.points, tuple(each.code for each in got.reasons))
