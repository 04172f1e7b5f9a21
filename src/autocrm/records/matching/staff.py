"""People of one company who have like names: what the search for duplicates compares beside what agrees by a key.

Names alone are read first, of whole companies; whole records only of those whose names meet another. So a company is
read once however many of its people are looked for, and a company of any size is compared as a whole.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any
from uuid import UUID

from autocrm.kernel.any_of import any_of
from autocrm.kernel.field_kinds import FieldKind
from autocrm.records.fields import Field
from autocrm.records.match_rules import LISTED, MatchKind
from autocrm.records.matching.facts import Facts, Viewer
from autocrm.records.matching.likeness import PersonName, person_key, sound_of
from autocrm.records.registry import RecordType

# How many people's names are read at once, but for a single company of more.
PEOPLE = 2_000
# A bucket of more people than this is compared with its neighbours only.
MOST_IN_BUCKET, NEIGHBOURS = 200, 20


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of a company by name."""

    id: UUID
    company: UUID
    name: PersonName


class Staff:
    """Reads people of a type by what they belong to; made by `staff_of`."""

    def __init__(self, viewer: Viewer, field: Field) -> None:
        self._viewer, self._company = viewer, field.attribute
        self._at = next(number for number, rule in enumerate(viewer.rules) if rule.kind is MatchKind.PERSON)
        self._names = Viewer(viewer.record_type, (viewer.rules[self._at],))
        self.read_company = field.read

    def after(self, place: UUID | None, *, among: Collection[UUID] | None = None) -> tuple[list[Person], UUID | None]:
        """All people of the next companies after `place`, and the last of these companies, None at the end.

        Some PEOPLE at once, and never a part of a company. With `among` only these companies are read.
        """
        rows = self._rows(among)
        if place is not None:
            rows = rows.filter(**{f"{self._company}__gt": place})
        people = self._read(rows.order_by(self._company)[: PEOPLE + 1])
        if len(people) <= PEOPLE:
            return people, None
        last = people[-1].company
        # The last company may go on: it is left for the next time, unless it is alone here.
        whole = [each for each in people if each.company != last]
        return (whole, whole[-1].company) if whole else (self._read(self._rows([last])), last)

    def pairs(
        self, people: Iterable[Person], *, wanted: Collection[UUID] | None = None
    ) -> Iterator[tuple[Facts, Facts]]:
        """Whom to compare among people of whole companies; with `wanted` only pairs with one of these."""
        pairs = {pair for bucket in _buckets(people, wanted) for pair in _within(bucket)}
        if wanted is not None:
            pairs = {pair for pair in pairs if pair[0] in wanted or pair[1] in wanted}
        known = self._facts({each for pair in pairs for each in pair})
        return ((known[one], known[other]) for one, other in pairs if one in known and other in known)

    def _rows(self, among: Collection[UUID] | None) -> Any:
        rows = self._viewer.record_type.rows().filter(archived_at__isnull=True)
        if among is None:
            return rows.filter(**{f"{self._company}__isnull": False})
        return rows.filter(any_of(self._company, among))

    def _read(self, rows: Any) -> list[Person]:
        keys = self._names.rules[0].fields
        names = [self._viewer.record_type.by_key[key].attribute for key in keys]
        people = []
        for each, company, *parts in rows.values_list("id", self._company, *names):
            (name,) = self._names.of_values(dict(zip(keys, parts, strict=True))).by_rule
            if isinstance(name, PersonName):
                people.append(Person(each, company, name))
        return people

    def _facts(self, ids: set[UUID]) -> Mapping[UUID, Facts]:
        if not ids:
            return {}
        return {row.pk: self._viewer.of_record(row) for row in live_rows(self._viewer).filter(any_of("pk", ids))}


def staff_of(viewer: Viewer) -> Staff | None:
    """The people to be compared within what they belong to; None for types without such."""
    field = company_field(viewer.record_type)
    return None if field is None else Staff(viewer, field)


def company_field(record_type: RecordType) -> Field | None:
    """What people of this type belong to, where names are compared within it."""
    people = [rule for rule in record_type.match_rules if rule.kind is MatchKind.PERSON and rule.points < LISTED]
    if not any(not record_type.by_key[key].custom for rule in people for key in rule.fields):
        return None
    supports = (rule.fields[0] for rule in record_type.match_rules if rule.kind is MatchKind.SUPPORT)
    fields = (record_type.by_key[key] for key in supports)
    return next((each for each in fields if each.kind is FieldKind.RELATION and not each.custom), None)


def live_rows(viewer: Viewer) -> Any:
    """Live records with no more columns than facts and keys are made of."""
    rows = viewer.record_type.rows().filter(archived_at__isnull=True)
    return rows.only("id", "tenant_id", *viewer.columns())


def _buckets(people: Iterable[Person], wanted: Collection[UUID] | None) -> Iterator[list[Person]]:
    """People of one company whose last names sound alike, or whose whole names do, in any order."""
    buckets: Mapping[tuple[UUID, str, str], list[Person]] = defaultdict(list)
    for person in people:
        if person.name.first and person.name.last:
            buckets[person.company, "last", sound_of(person.name.last.split()[-1])].append(person)
            buckets[person.company, "both", person_key(person.name)].append(person)
    for bucket in buckets.values():
        if len(bucket) > 1 and (wanted is None or any(each.id in wanted for each in bucket)):
            yield bucket


def _within(bucket: Sequence[Person]) -> Iterator[tuple[UUID, UUID]]:
    """The pairs of a bucket, the smaller id first; of a large one, neighbours by name."""
    pairs: Iterable[tuple[Person, Person]] = combinations(bucket, 2)
    if len(bucket) > MOST_IN_BUCKET:
        ordered = sorted(bucket, key=lambda each: (each.name.last, each.name.first, each.id))
        pairs = (
            (one, other) for number, one in enumerate(ordered) for other in ordered[number + 1 : number + NEIGHBOURS]
        )
    return ((one.id, other.id) if one.id < other.id else (other.id, one.id) for one, other in pairs)
