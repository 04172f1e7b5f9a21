"""The search among new and changed records finds just what the search of everything finds."""

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from autocrm.contacts.tests.factories import make_company
from autocrm.kernel.actors import Actor
from autocrm.records import services
from autocrm.records.bulk import blank_records, insert_records
from autocrm.records.duplicate_models import DuplicatePair
from autocrm.records.matching import lookup, rescanning, scanning, staff
from autocrm.records.matching.rescanning import rescan, rescan_steps
from autocrm.records.registry import RecordType, record_types
from tests.support.cast import Person

FIRST = ("Ann", "Anne", "Anna", "Bob", "Robert", "Rob", "Kate", "Katherine", "J.", "John", "Jonh", "")
LAST = ("Smith", "Simth", "Smyth", "Berg", "Müller", "Mueller", "Smith Jones", "Meyer", "Ann", "")
NAMES = ("Acme", "Acme GmbH", "ACME Industries", "Acme Industires", "Globex", "Globex Corp.", "Initech", "Initehc")


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that chunks end in the middle of everything, also of a company."""
    monkeypatch.setattr(scanning, "CHUNK", 17)
    monkeypatch.setattr(rescanning, "CHUNK", 13)
    monkeypatch.setattr(staff, "PEOPLE", 11)


def insert(record_type: RecordType, rows: Any, actor: Actor) -> list[Any]:
    blank = blank_records(record_type, actor)
    made = []
    for values in rows:
        record = blank()
        for name, value in values.items():
            setattr(record, name, value)
        if record_type.derive is not None:
            record_type.derive(record)
        made.append((record, {}))
    insert_records(record_type, made, actor=actor)
    return [record.pk for record, _values in made]


def people(random: Random, companies: list[Any], count: int) -> Iterator[dict[str, Any]]:
    for _number in range(count):
        yield {
            "first_name": random.choice(FIRST),
            "last_name": random.choice(LAST),
            "email2": random.choice(["", "", f"p{random.randrange(60)}@x.example", "office@x.example"]),
            "phone": random.choice(["", f"+1212555{random.randrange(80):04d}", "+12125559999"]),
            "phone2": random.choice(["", "", f"+1212555{random.randrange(80):04d}"]),
            "company_id": random.choice([None, *companies, companies[0]]),
        }


def firms(random: Random, count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        domain = random.choice(["", f"d{random.randrange(20)}.example", "same.example"])
        yield {"name": f"{random.choice(NAMES)} {random.randrange(number + 1) // 9 or ''}".strip(), "domain": domain}


def pairs() -> dict[tuple[Any, Any], Any]:
    rows = DuplicatePair.objects.values_list("left_id", "right_id", "score", "reasons")
    return {(left, right): (score, reasons) for left, right, score, reasons in rows}


def search_all(record_type: RecordType) -> dict[tuple[Any, Any], Any]:
    DuplicatePair.objects.all().delete()
    for phase in (scanning.scan_by_id, scanning.scan_by_company):
        place = phase(record_type, "").place
        while place:
            place = phase(record_type, place).place
    return pairs()


@pytest.mark.parametrize("seed", range(4))
def test_new_people_make_the_pairs_that_a_search_of_all_finds(alice: Person, seed: int) -> None:
    random, contact = Random(seed), record_types.get("contact")
    companies = [make_company(alice, name=f"Company {number}").pk for number in range(4)]
    with alice.at_work() as actor:
        insert(contact, people(random, companies, 40), actor)
        before = search_all(contact)
        new = insert(contact, people(random, companies, 60), actor)

        written = sum(rescan_steps(contact, [new[:25], new[25:]]))

        found = pairs()
        assert found == search_all(contact)
        assert len(found) > len(before) > 0
        assert written >= len(found) - len(before)


@pytest.mark.parametrize("seed", range(2))
def test_new_companies_make_the_pairs_that_a_search_of_all_finds(alice: Person, seed: int) -> None:
    random, company = Random(seed), record_types.get("company")
    with alice.at_work() as actor:
        insert(company, firms(random, 40), actor)
        search_all(company)
        new = insert(company, firms(random, 40), actor)

        rescan(company, new)

        found = pairs()
        assert found == search_all(company)
        assert found


@pytest.mark.parametrize("seed", range(2))
def test_changed_people_make_and_end_the_pairs_as_a_search_of_all_does(alice: Person, seed: int) -> None:
    random, contact = Random(seed), record_types.get("contact")
    companies = [make_company(alice, name=f"Company {number}").pk for number in range(12)]
    with alice.at_work() as actor:
        ids = insert(contact, people(random, companies, 60), actor)
        before = search_all(contact)
        changed = random.sample(ids, 20)
        for each in changed:
            values = {"first_name": random.choice(FIRST), "last_name": "Berg", "company": str(random.choice(companies))}
            services.update_record(contact, each, values, actor=actor)

        rescan(contact, changed)

        found = pairs()
        assert found == search_all(contact)
        assert before.keys() - found.keys()


def test_a_key_that_many_share_says_nothing_and_others_still_do(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "MOST_SHARING", 9)
    monkeypatch.setattr(lookup, "FEW_FOR_ONE", 1)
    contact = record_types.get("contact")
    with alice.at_work() as actor:
        rows = [{"first_name": f"Name{n}", "last_name": "Berg", "phone": "+12125559999"} for n in range(40)]
        rows += [{"first_name": "Nora", "last_name": "Lund", "phone": "+12125550001"} for _n in range(2)]

        rescan(contact, insert(contact, rows, actor))

        assert [score for score, _reasons in pairs().values()] == [100]


def test_a_company_of_more_people_than_a_chunk_is_searched_to_its_end(alice: Person) -> None:
    company, contact = make_company(alice, name="Acme"), record_types.get("contact")
    others = [{"first_name": "Xaver", "last_name": f"{letter}uff{letter}"} for letter in "bcdfglmnprstv"]
    with alice.at_work() as actor:
        insert(contact, [{**each, "company_id": company.pk} for each in (*others, *others)], actor)

        found = search_all(contact)

        assert len(found) >= len(others) > staff.PEOPLE
