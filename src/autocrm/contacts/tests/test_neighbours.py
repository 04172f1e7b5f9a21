"""From record to record in the order of the list: before and after, among ties and empty values, at both ends."""

import re
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from autocrm.contacts.record_types import CONTACT_TYPE
from autocrm.contacts.tests.factories import make_company, make_contact, make_many
from autocrm.records import sampling
from autocrm.records.listing import ListQuery
from autocrm.records.lists.neighbours import find_neighbours
from autocrm.records.orders import parse_sort
from autocrm.records.schema import RecordSchema
from autocrm.records.selectors import get_record, list_records
from tests.support.cast import Person

DAYS = [None, date(2026, 3, 1), date(2026, 3, 1), None, date(2026, 2, 1), date(2026, 3, 2), None]


@pytest.mark.parametrize(
    "sort",
    [
        ["next_follow_up_on"],
        ["-next_follow_up_on"],
        ["-created_at"],
        ["name"],
        ["type", "-next_follow_up_on", "name"],
        ["-next_follow_up_on", "type"],
        ["company"],
        ["-company.sector", "type"],
    ],
)
def test_before_and_after_walk_the_list_in_its_own_order(alice: Person, sort: list[str]) -> None:
    for at, day in enumerate(DAYS):
        company = make_company(alice, name=f"Row {at % 3}", sector=("", "Retail")[at % 2])
        related = {"company_id": company.id} if at else {}
        make_many(alice, 2, next_follow_up_on=day, type="lead" if at % 2 else "customer", **related)

    with alice.at_work() as actor:
        query = ListQuery(sort=parse_sort(sort, RecordSchema(CONTACT_TYPE, actor)))
        listed = [each.pk for each in list_records(CONTACT_TYPE, query, actor=actor).rows]
        for at, pk in enumerate(listed):
            record = get_record(CONTACT_TYPE, pk, actor=actor)
            found = find_neighbours(CONTACT_TYPE, query, record, actor=actor)
            assert getattr(found.before, "pk", None) == (listed[at - 1] if at else None)
            assert getattr(found.after, "pk", None) == (listed[at + 1] if at + 1 < len(listed) else None)


def links(person: Person, contact: Any, query: str = "") -> list[str]:
    html = person.page.get(f"/contacts/{contact.id}/beside/?{query}").content.decode()
    return re.findall(r'aria-label="(Record [^"]+)"', html)


def test_the_way_on_keeps_to_the_list_and_to_what_may_be_seen(alice: Person, bob: Person, charlie: Person) -> None:
    ada = make_contact(alice, first_name="Ada", last_name="A", owner=str(bob.id))
    make_contact(alice, first_name="Bea", last_name="B")
    cleo = make_contact(alice, first_name="Cleo", last_name="C", owner=str(bob.id), city="Oslo")

    assert links(alice, ada, "sort=name") == ["Record after: Bea B"]
    assert links(bob, ada, "sort=name") == ["Record after: Cleo C"]
    assert links(alice, ada, "sort=name&city=Oslo") == []
    assert links(alice, cleo, "city=Oslo") == []
    assert links(bob, ada, "sort=source") == []
    assert charlie.page.get(f"/contacts/{ada.id}/beside/").status_code == 404


def test_in_an_order_too_dear_to_find_a_place_in_there_is_no_way_on(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, _bea = make_contact(alice, first_name="Ada", city="Oslo"), make_contact(alice, first_name="Bea", city="Rome")
    assert links(alice, ada, "sort=city") != []

    monkeypatch.setattr(sampling, "DEAREST_PLAN", 0.0)

    assert links(alice, ada, "sort=city") == []


def test_neighbours_cost_the_same_wherever_one_is(alice: Person) -> None:
    make_many(alice, 30)
    contact = make_contact(alice, company=str(make_company(alice).id))
    links(alice, contact)

    with CaptureQueriesContext(connection) as captured:
        links(alice, contact, "sort=name")

    assert not any("OFFSET" in each["sql"] for each in captured)
    assert len(captured) <= 16
