"""The list of contacts: whose rows, in which order, narrowed how, at what cost."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autocrm.contacts.models import Contact
from autocrm.contacts.record_types import CONTACT_TYPE
from autocrm.contacts.tests.factories import make_company, make_contact, make_many
from autocrm.kernel.clock import now
from autocrm.kernel.conditions.parsing import parse
from autocrm.kernel.conditions.predicate import to_predicate
from autocrm.records.listing import ListQuery
from autocrm.records.lists.neighbours import find_neighbours
from autocrm.records.orders import parse_sort
from autocrm.records.schema import RecordSchema, condition_context
from autocrm.records.selectors import list_records
from tests.support.cast import Person

HTMX = {"HX-Request": "true"}


def names_in(response: Any) -> list[str]:
    """The names of the rows, in order."""
    return re.findall(r"data-peek-link>([^<]+)</a>", response.content.decode())


@pytest.mark.parametrize(
    ("comparison", "asked", "found"),
    [
        ("contains", "@gmail.com", ["Ada", "Bo"]),
        ("contains", "GMAIL", ["Ada", "Bo"]),
        ("contains", "ada@", ["Ada"]),
        ("starts_with", "bo", ["Bo"]),
        ("ends_with", "gmail.com", ["Ada", "Bo"]),
        ("ends_with", "example.org", ["Cy"]),
        ("contains", "Ada@Gmail.com", ["Ada"]),
        ("not_contains", "gmail", ["Cy", "Di"]),
        ("is", "gmail.com", []),
        ("is", "ADA@gmail.com", ["Ada"]),
    ],
)
def test_an_address_is_found_by_a_part_of_it(alice: Person, comparison: str, asked: str, found: list[str]) -> None:
    for name, email in (("Ada", "ada@gmail.com"), ("Bo", "bo@gmail.com"), ("Cy", "cy@example.org"), ("Di", "")):
        make_contact(alice, first_name=name, email=email)
    condition = {"field": "email", "cmp": comparison, "value": asked}

    listed = alice.api.get("/api/v1/contacts/", {"filter": json.dumps(condition), "ordering": "first_name"})

    assert [each["first_name"] for each in listed.json()["results"]] == found
    with alice.at_work() as actor:
        schema = RecordSchema(CONTACT_TYPE, actor)
        is_meant = to_predicate(parse(condition, schema), schema, condition_context(actor))
        assert [each.first_name for each in Contact.objects.order_by("first_name") if is_meant(each)] == found


def test_a_list_shows_the_workspaces_own_records_only(alice: Person, charlie: Person) -> None:
    make_contact(alice, first_name="Ada", last_name="Acme")
    make_contact(charlie, first_name="Gus", last_name="Globex")

    assert names_in(alice.page.get("/contacts/")) == ["Ada Acme"]
    assert names_in(charlie.page.get("/contacts/")) == ["Gus Globex"]


@pytest.mark.parametrize("path", ["", "peek/", "edit/title/", "panels/history/"])
def test_another_workspaces_record_does_not_exist(alice: Person, charlie: Person, path: str) -> None:
    theirs = make_contact(charlie)

    assert alice.page.get(f"/contacts/{theirs.id}/{path}").status_code == 404


@pytest.mark.parametrize("path", ["archive/", "restore/", "edit/title/"])
def test_another_workspaces_record_cannot_be_changed(alice: Person, charlie: Person, path: str) -> None:
    theirs = make_contact(charlie)

    assert alice.page.post(f"/contacts/{theirs.id}/{path}", {"value": "mine now"}).status_code == 404
    with charlie.at_work():
        theirs.refresh_from_db()
        assert theirs.archived_at is None
        assert theirs.title == ""


def test_nobody_signed_in_is_sent_to_sign_in(alice: Person, client: Any) -> None:
    response = client.get("/contacts/", headers={"host": alice.host})

    assert response.status_code == 302
    assert "/accounts/login/" in response["Location"]


def test_a_role_that_reaches_its_own_records_lists_those(alice: Person, bob: Person) -> None:
    make_contact(alice, first_name="Not", last_name="Bobs")
    make_contact(bob, first_name="Of", last_name="Bob")

    assert names_in(bob.page.get("/contacts/")) == ["Of Bob"]
    assert bob.page.get("/companies/").status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        "sort=source",
        "columns=company,source",
        "source=web",
        "filter=" + json.dumps({"field": "source", "cmp": "is", "value": "web"}),
    ],
)
def test_a_hidden_field_can_be_named_nowhere_in_the_address(bob: Person, query: str) -> None:
    make_contact(bob)

    response = bob.page.get(f"/contacts/?{query}")

    assert response.status_code == 422
    assert names_in(response) == []


def test_a_hidden_field_stands_nowhere_on_the_pages(alice: Person, bob: Person) -> None:
    contact = make_contact(alice, source="Trade fair", owner=str(bob.id))
    pages = ["/contacts/", "/contacts/filter/", "/contacts/new/", f"/contacts/{contact.id}/"]
    pages += [f"/contacts/{contact.id}/peek/", f"/contacts/{contact.id}/panels/history/"]

    for page in pages:
        assert "Trade fair" not in bob.page.get(page).content.decode()
        assert ">Source<" not in bob.page.get(page).content.decode()
        assert '"source"' not in bob.page.get(page, headers=HTMX).content.decode()
    assert bob.page.get(f"/contacts/{contact.id}/edit/source/").status_code == 404
    assert "Trade fair" in alice.page.get(f"/contacts/{contact.id}/").content.decode()


def test_a_field_that_may_only_be_read_has_no_editor(alice: Person, bob: Person) -> None:
    contact = make_contact(bob)

    assert "edit/engagement_score/" not in bob.page.get("/contacts/").content.decode()
    assert bob.page.get(f"/contacts/{contact.id}/edit/engagement_score/").status_code == 404
    assert "bulk/archive" not in bob.page.get("/contacts/").content.decode()
    assert bob.page.post(f"/contacts/{contact.id}/archive/").status_code == 403


def test_a_page_costs_the_same_number_of_queries_whatever_it_holds(alice: Person) -> None:
    company = make_company(alice)
    alice.page.get("/contacts/")

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert alice.page.get("/contacts/", headers=HTMX).status_code == 200
        return len(captured)

    make_many(alice, 2, company_id=company.id)
    few = cost()
    make_many(alice, 40, company_id=company.id)

    assert cost() == few
    assert few <= 8


def test_further_rows_come_by_cursor_without_the_rest_of_the_page(alice: Person) -> None:
    make_many(alice, 60)

    first = alice.page.get("/contacts/?sort=name")
    url = re.search(r'data-more="(\?[^"]+)"', first.content.decode())
    assert url is not None
    second = alice.page.get("/contacts/" + url[1].replace("&amp;", "&"), headers=HTMX)

    assert names_in(first) == [f"Row {at:05d}" for at in range(50)]
    assert names_in(second) == [f"Row {at:05d}" for at in range(50, 60)]
    assert "<table" not in second.content.decode()
    assert "data-more" not in second.content.decode()


def test_a_cursor_of_another_order_is_refused(alice: Person) -> None:
    make_many(alice, 60)
    cursor = re.search(r"cursor=([\w-]+)", alice.page.get("/contacts/?sort=name").content.decode())
    assert cursor is not None

    response = alice.page.get(f"/contacts/?sort=-name&cursor={cursor[1]}", headers=HTMX)

    assert response.status_code == 422


DAYS = st.one_of(st.none(), st.integers(-3, 3))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    days=st.lists(DAYS, min_size=1, max_size=14),
    descending=st.booleans(),
    second=st.booleans(),
    key=st.sampled_from(["next_follow_up_on", "last_contact_at", "city"]),
)
def test_pages_in_a_row_are_the_whole_list_in_order_with_empty_ones_last(
    alice: Person, days: list[int | None], descending: bool, second: bool, key: str
) -> None:
    # A date whose index rises, a moment whose index falls, and a text without an index that is blank when empty.
    start = datetime(2026, 6, 10, 12, tzinfo=UTC)
    moments = [None if day is None else start + timedelta(days=day) for day in days]
    values: dict[str, list[Any]] = {
        "next_follow_up_on": [each and each.date() for each in moments],
        "last_contact_at": moments,
        "city": ["" if each is None else f"{each:%Y-%m-%d}" for each in moments],
    }
    with alice.at_work() as actor:
        Contact.objects.all().delete()
        made = [
            Contact(last_name=f"{len(days) - at:03d}", engagement_score=at % 3, **{key: value})
            for at, value in enumerate(values[key])
        ]
        for contact in made:
            contact.fill_keys()
        Contact.objects.bulk_create(made)
        first = ("-" if descending else "") + key
        sorts = parse_sort([first, "-engagement_score"] if second else [first], RecordSchema(CONTACT_TYPE, actor))

        found: list[Contact] = []
        cursor = ""
        while True:
            page = list_records(CONTACT_TYPE, ListQuery(sort=sorts, cursor=cursor, limit=3), actor=actor)
            found += page.rows
            cursor = page.next_cursor
            if not cursor:
                break
        beside = [find_neighbours(CONTACT_TYPE, ListQuery(sort=sorts), each, actor=actor) for each in found]

    place_of = {contact.id: day for contact, day in zip(made, days, strict=True)}

    def place(contact: Contact) -> tuple[Any, ...]:
        day = place_of[contact.id]
        ordinal = 0 if day is None else -day if descending else day
        backwards = -contact.id.int if (second or descending) else contact.id.int
        return (day is None, ordinal, *((-contact.engagement_score,) if second else ()), backwards)

    assert [contact.id for contact in found] == [contact.id for contact in sorted(made, key=place)]
    assert [each.before for each in beside] == [None, *found[:-1]]
    assert [each.after for each in beside] == [*found[1:], None]


def test_a_filter_of_the_address_narrows_and_is_said_in_words(alice: Person) -> None:
    make_company(alice, name="Medi", sector="Medical", revenue="1100.04")
    make_company(alice, name="Small", sector="medical", revenue="999.99")
    make_company(alice, name="Tech", sector="Technology", revenue="5000")
    wanted = {
        "op": "and",
        "args": [
            {"field": "sector", "cmp": "is", "value": "medical"},
            {"field": "revenue", "cmp": "gt", "value": 1000},
        ],
    }

    by_condition = alice.page.get("/companies/", {"filter": json.dumps(wanted)})
    by_parameters = alice.page.get("/companies/?sector=medical&revenue__gt=1000")

    assert names_in(by_condition) == names_in(by_parameters) == ["Medi"]
    assert "Industry is medical and Annual revenue is more than" in by_condition.content.decode()


def test_the_count_says_how_many_of_how_many(alice: Person) -> None:
    make_many(alice, 3, type="customer")
    make_many(alice, 2, type="lead")

    assert "3 of 5 match" in alice.page.get("/contacts/count/?type=customer").content.decode()
    assert ">5<" in alice.page.get("/contacts/count/").content.decode()


def test_quick_filters_views_and_the_search_narrow(alice: Person, bob: Person) -> None:
    make_contact(alice, first_name="Mine", last_name="One", phone="+47 22 55 01 90")
    make_contact(alice, first_name="Bobs", last_name="One", owner=str(bob.id), type="customer")

    assert names_in(alice.page.get("/contacts/?view=mine")) == ["Mine One"]
    assert names_in(alice.page.get("/contacts/?owner=me")) == ["Mine One"]
    assert names_in(alice.page.get(f"/contacts/?owner={bob.id}")) == ["Bobs One"]
    assert names_in(alice.page.get("/contacts/?type=customer")) == ["Bobs One"]
    assert names_in(alice.page.get("/contacts/?q=22550190")) == ["Mine One"]
    assert names_in(alice.page.get("/contacts/?q=one&sort=name")) == ["Bobs One", "Mine One"]
    assert alice.page.get("/contacts/?view=nonsense").status_code == 404


def test_nothing_yet_nothing_matches_and_an_empty_bin_are_told_apart(alice: Person) -> None:
    assert "No contacts yet" in alice.page.get("/contacts/").content.decode()
    assert "Nothing matches" in alice.page.get("/contacts/?type=lead").content.decode()
    assert "The bin is empty" in alice.page.get("/contacts/?view=bin").content.decode()


def test_columns_of_the_address_are_shown_in_their_order_and_width(alice: Person) -> None:
    make_contact(alice, city="Oslo")

    page = alice.page.get("/contacts/?columns=city:300,type").content.decode()

    assert re.findall(r'<th [^>]*data-column="(\w+)"', page) == ["name", "city", "type"]
    assert re.findall(r'<col width="(\d+)">', page) == ["216", "300", "120"]


def test_selected_records_go_to_the_bin_and_come_back(alice: Person) -> None:
    made = [make_contact(alice), make_contact(alice)]
    ids = ",".join(str(each.id) for each in made)

    gone = alice.page.post("/contacts/bulk/archive/", {"ids": ids})
    assert names_in(alice.page.get("/contacts/")) == []
    assert len(names_in(alice.page.get("/contacts/?view=bin"))) == 2
    undo = json.loads(gone["HX-Trigger"])["autocrm:toast"]["undo_url"]
    alice.page.post(undo)

    assert len(names_in(alice.page.get("/contacts/"))) == 2


def test_a_follow_up_that_is_late_is_marked(alice: Person) -> None:
    make_contact(alice, next_follow_up_on=str(now().date() - timedelta(days=5)))

    assert "t-bad medium" in alice.page.get("/contacts/").content.decode()


def test_a_company_the_actor_may_not_see_is_not_named(alice: Person, bob: Person) -> None:
    company = make_company(alice, name="Secret Holdings")
    contact = make_contact(alice, company=str(company.id), owner=str(bob.id))

    for path in ("/contacts/", f"/contacts/{contact.id}/", f"/contacts/{contact.id}/peek/", "/pick/contact/?q=ing"):
        assert "Secret Holdings" not in bob.page.get(path).content.decode()
    assert bob.page.get("/pick/company/?q=secret").status_code == 403
