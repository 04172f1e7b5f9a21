"""The search for duplicates among records that are new or changed: few after an edit, a million after an import.

It finds what a search of everything would find with them, at no more cost a record: the same keys are asked for, a
chunk at a time; then each company that any of them belongs to is read once, however many of its people are among them.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from uuid import UUID

from autocrm.kernel.any_of import any_of
from autocrm.kernel.clock import now
from autocrm.records.duplicate_models import DuplicatePair
from autocrm.records.matching.facts import Viewer
from autocrm.records.matching.pairs import Found, pairs_with, write_pairs
from autocrm.records.matching.scanning import CHUNK, compare_by_keys, scored
from autocrm.records.matching.staff import Staff, live_rows, staff_of
from autocrm.records.registry import RecordType

_ID = 16
Pair = tuple[UUID, UUID]


def rescan(record_type: RecordType, ids: Sequence[UUID]) -> int:
    """Look again at some records here and now, in the caller's transaction; returns how many pairs were written."""
    return sum(rescan_steps(record_type, [ids]))


def rescan_steps(record_type: RecordType, parts: Iterable[Sequence[UUID]]) -> Iterator[int]:
    """Look again at any number of records, which come in parts; yields after each step how many pairs it wrote.

    Each step is bounded and may be taken in a transaction of its own; of the records only ids are kept between steps
    (32 bytes each). Old pairs that no longer hold go with the last step, unless somebody else found them meanwhile.
    """
    if not record_type.match_rules:
        return
    started = now()
    viewer = Viewer(record_type, record_type.match_rules)
    staff = staff_of(viewer)
    doubtful: dict[Pair, UUID] = {}
    employed: list[bytes] = []
    for part in parts:
        for first in range(0, len(part), CHUNK):
            ids = part[first : first + CHUNK]
            records = list(live_rows(viewer).filter(any_of("pk", ids)))
            found = compare_by_keys(viewer, records)
            doubtful |= _held(record_type, ids)
            if staff is not None:
                belongs = ((staff.read_company(each), each.pk) for each in records)
                employed += [company.bytes + each.bytes for company, each in belongs if company]
            yield _keep(record_type, found, doubtful)
    if staff is not None:
        for found in _among_colleagues(viewer, staff, employed):
            yield _keep(record_type, found, doubtful)
    outdated = list(doubtful.values())
    for first in range(0, len(outdated), CHUNK):
        DuplicatePair.objects.filter(pk__in=outdated[first : first + CHUNK], found_at__lt=started).delete()
        yield 0


def _held(record_type: RecordType, ids: Sequence[UUID]) -> dict[Pair, UUID]:
    """The pairs these records stand in by now."""
    rows = pairs_with(record_type, ids).values_list("left_id", "right_id", "pk")
    return {(left, right): key for left, right, key in rows}


def _keep(record_type: RecordType, found: list[Found], doubtful: dict[Pair, UUID]) -> int:
    for each in found:
        doubtful.pop((min(each.one, each.other), max(each.one, each.other)), None)
    return write_pairs(record_type, found)


def _among_colleagues(viewer: Viewer, staff: Staff, employed: list[bytes]) -> Iterator[list[Found]]:
    """The pairs with people of the same company, some companies at a time."""
    employed.sort()
    for wanted in _by_company(employed):
        ids = set().union(*wanted.values())
        place: UUID | None = None
        while True:
            people, place = staff.after(place, among=wanted)
            yield list(scored(viewer, staff.pairs(people, wanted=ids)))
            if place is None:
                break


def _by_company(employed: Sequence[bytes]) -> Iterator[dict[UUID, list[UUID]]]:
    """Those to be looked for by their company, in the order of companies, some CHUNK of them at a time."""
    some: dict[UUID, list[UUID]] = {}
    count = 0
    for company, members in groupby(employed, key=lambda each: each[:_ID]):
        ids = [UUID(bytes=each[_ID:]) for each in members]
        some[UUID(bytes=company)] = ids
        count += len(ids)
        if count >= CHUNK:
            yield some
            some, count = {}, 0
    if some:
        yield some
