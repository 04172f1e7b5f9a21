"""How lists fall into groups: values, words, counts and sums, rights, and what a large workspace costs."""

import re
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from autocrm.contacts.models import Company, Contact
from autocrm.contacts.tests.factories import make_company, make_contact, make_many
from autocrm.kernel.conditions.tree import Leaf
from autocrm.kernel.errors import Denied, Invalid
from autocrm.records import sampling
from autocrm.records.hops import find_hop
from autocrm.records.listing import ListQuery
from autocrm.records.lists import grouping
from autocrm.records.lists.grouping import GroupTotal, list_groups
from autocrm.records.registry import record_types
from autocrm.records.schema import RecordSchema
from autocrm.users.selectors import forget_cached_actors
from tests.support.cast import Person

CONTACT = record_types.get("contact")
COMPANY = record_types.get("company")


def groups(
    person: Person, key: str, *sums: str, record_type: Any = CONTACT, query: ListQuery | None = None
) -> tuple[GroupTotal, ...]:
    by = record_type.by_key[key]
    added = [record_type.by_key[each] for each in sums]
    with person.at_work() as actor:
        return list_groups(record_type, query or ListQuery(), by, added, actor=actor)


def seen(found: tuple[GroupTotal, ...]) -> list[tuple[Any, str, int]]:
    return [(each.value, each.label, each.count) for each in found]


def test_choices_stand_in_their_own_order_with_their_words(alice: Person, charlie: Person) -> None:
    for type_ in ("customer", "customer", "lead"):
        make_contact(alice, type=type_)
    make_contact(charlie, type="vendor")

    assert seen(groups(alice, "type")) == [("lead", "Lead", 1), ("customer", "Customer", 2)]


def test_sums_are_in_stored_units_and_left_out_where_nothing_is_known(alice: Person) -> None:
    bob = str(alice.id)
    make_company(alice, revenue="1000.50", employees="3", owner=bob)
    make_company(alice, revenue="2000", employees="4", owner=bob)
    make_company(alice, owner=None)

    owned, unowned = groups(alice, "owner", "revenue", "employees", record_type=COMPANY)

    assert owned.sums == {"revenue": 300_050, "employees": 7}
    assert (unowned.value, unowned.label, unowned.count, unowned.sums) == (None, "No value", 1, {})


def test_people_are_named_and_stand_by_name(alice: Person, bob: Person) -> None:
    make_contact(alice, owner=str(bob.id))
    make_contact(alice, owner=str(alice.id))

    assert [each.label for each in groups(alice, "owner")] == sorted([alice.user.name, bob.user.name])


def test_dates_fall_into_months_and_moments_into_the_months_of_the_reader(alice: Person) -> None:
    make_contact(alice, next_follow_up_on="2026-03-31")
    make_contact(alice, next_follow_up_on="2026-03-01")
    make_contact(alice, next_follow_up_on="2026-02-28")
    late = make_contact(alice)
    with alice.at_work() as actor:
        # Half an hour into the reader's March, whatever the month is elsewhere.
        moment = datetime(2026, 3, 1, 0, 30, tzinfo=actor.zone)
        Contact.objects.filter(pk=late.pk).update(last_contact_at=moment.astimezone(ZoneInfo("Asia/Tokyo")))

    assert seen(groups(alice, "next_follow_up_on")) == [
        (date(2026, 2, 1), "February 2026", 1),
        (date(2026, 3, 1), "March 2026", 2),
        (None, "No value", 1),
    ]
    assert seen(groups(alice, "last_contact_at"))[0] == (date(2026, 3, 1), "March 2026", 1)


def test_groups_follow_the_filter_the_search_and_the_bin(alice: Person) -> None:
    make_contact(alice, type="customer", first_name="Zacharias")
    make_contact(alice, type="lead")
    only = ListQuery(condition=Leaf("type", "is", "customer"))

    assert seen(groups(alice, "type", query=only)) == [("customer", "Customer", 1)]
    assert seen(groups(alice, "type", query=ListQuery(search="Zacharias"))) == [("customer", "Customer", 1)]
    assert seen(groups(alice, "type", query=ListQuery(archived=True))) == []


def test_a_role_counts_what_it_reaches(alice: Person, bob: Person) -> None:
    make_contact(alice)
    make_contact(bob)

    assert [each.count for each in groups(bob, "type")] == [1]
    with pytest.raises(Denied):
        groups(bob, "owner", record_type=COMPANY)


@pytest.mark.parametrize(("key", "sums"), [("source", ()), ("tags", ()), ("name", ()), ("type", ("source",))])
def test_what_is_hidden_or_cannot_be_grouped_is_refused(bob: Person, key: str, sums: tuple[str, ...]) -> None:
    make_contact(bob)

    with pytest.raises(Invalid):
        groups(bob, key, *sums)


def test_records_out_of_reach_are_one_group_without_a_name(alice: Person, bob: Person) -> None:
    for _count in range(2):
        company = make_company(alice, name="Secret plc")
        make_contact(alice, owner=str(bob.id), company=str(company.id))

    found = groups(bob, "company")

    assert seen(found) == [(None, "Not visible to you", 2)]
    assert found[0].hidden


def test_a_large_list_is_worked_out_from_a_sample(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    make_many(alice, 400, type="customer")
    make_many(alice, 100, type="lead")
    monkeypatch.setattr(grouping, "COUNT_EXACTLY_TO", 50)

    found = groups(alice, "type")

    assert not any(each.exact for each in found)
    assert [each.value for each in found] == [option.value for option in CONTACT.by_key["type"].options]
    assert [each.count for each in found] == [100, 0, 400, 0, 0]


@pytest.mark.parametrize("bound", ["DEAREST_PLAN", "SURELY_MORE"])
def test_a_list_that_is_dear_to_count_or_surely_too_long_is_never_counted(
    alice: Person, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    make_many(alice, 20)
    monkeypatch.setattr(sampling, bound, 0)

    with CaptureQueriesContext(connection) as captured:
        found = groups(alice, "type")

    assert not found[0].exact
    assert not [each for each in captured if "LIMIT 50001" in each["sql"] and "EXPLAIN" not in each["sql"]]
    assert any("TABLESAMPLE" in each["sql"] for each in captured)


def test_groups_cost_the_same_number_of_queries_whatever_they_hold(alice: Person) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            groups(alice, "company", query=ListQuery())
        return len(captured)

    make_contact(alice, company=str(make_company(alice).id))
    before = cost()
    for _count in range(5):
        make_contact(alice, company=str(make_company(alice).id))

    assert cost() == before


def test_texts_are_one_group_whatever_their_case_and_alphabet(alice: Person, charlie: Person) -> None:
    for city in ("Berlin", "berlin", "Örebro", "ÖREBRO", "", "Aarhus"):
        make_contact(alice, city=city)
    make_contact(charlie, city="Berlin")

    assert [(each.label, each.count) for each in groups(alice, "city")] == [
        ("Aarhus", 1),
        ("Berlin", 2),
        ("Örebro", 2),
        ("No value", 1),
    ]


def test_what_is_known_of_the_related_record_groups_for_whoever_sees_all_of_these(alice: Person, bob: Person) -> None:
    for name, sector in (("A", "Shipping"), ("B", "shipping"), ("C", "Retail")):
        make_contact(alice, owner=str(bob.id), company=str(make_company(alice, name=name, sector=sector).id))
    make_contact(alice)

    with alice.at_work() as actor:
        by = find_hop("company.sector", RecordSchema(CONTACT, actor))
        found = list_groups(CONTACT, ListQuery(), by, actor=actor)

    assert [(each.label, each.count) for each in found] == [("Retail", 1), ("Shipping", 2), ("No value", 1)]
    with alice.at_work():
        bob.role.records = bob.role.records | {"company": {"read": "own"}}
        bob.role.save()
    forget_cached_actors()
    with bob.at_work() as actor, pytest.raises(Invalid):
        list_groups(CONTACT, ListQuery(), find_hop("company.sector", RecordSchema(CONTACT, actor)), actor=actor)


def test_values_that_are_too_many_are_one_group_so_that_all_of_them_make_the_whole(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grouping, "MOST_GROUPS", 2)
    for city, count in (("Oslo", 3), ("Bergen", 2), ("Hamar", 1), ("Molde", 1)):
        for _number in range(count):
            make_contact(alice, city=city)

    *told_apart, others = groups(alice, "city")

    assert [(each.label, each.count) for each in told_apart] == [("Bergen", 2), ("Oslo", 3)]
    assert (others.label, others.count, others.exact, others.rest) == ("2 other values", 2, True, True)
    html = alice.page.get("/contacts/?group=city").content.decode()
    assert re.search(r"<h1>Contacts</h1><span[^>]+>7</span>", html)
    # A sample is taken where all of them are many, not where the largest groups are.
    monkeypatch.setattr(grouping, "COUNT_EXACTLY_TO", 6)
    assert not any(each.exact for each in groups(alice, "city"))


def test_the_largest_groups_are_kept(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grouping, "MOST_GROUPS", 2)
    with alice.at_work():
        days = [date(2026, 1, 1) + timedelta(days=31 * at) for at in range(4)]
    for at, day in enumerate(days):
        for _count in range(at + 1):
            make_contact(alice, next_follow_up_on=day.isoformat())

    assert [each.count for each in groups(alice, "next_follow_up_on")] == [3, 4, 3]
    with alice.at_work():
        assert Company.objects.count() == 0
