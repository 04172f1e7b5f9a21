"""Pages that are looked for piece by piece: however a list is cut, they hold what one long list holds, in its order."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import LazySettings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autocrm.contacts.models import Company, Contact
from autocrm.contacts.record_types import COMPANY_TYPE, CONTACT_TYPE
from autocrm.contacts.tests.factories import make_company, make_contact, make_many
from autocrm.kernel.conditions.parsing import parse
from autocrm.kernel.errors import TookTooLong
from autocrm.records import paging, selectors, services, stretches
from autocrm.records.custom import fields as custom_fields
from autocrm.records.listing import ListQuery, Page, Sort
from autocrm.records.orders import parse_sort
from autocrm.records.registry import RecordType, record_types
from autocrm.records.schema import RecordSchema
from autocrm.users.selectors import forget_cached_actors
from tests.support.cast import Person

HTMX = {"HX-Request": "true"}
# Every order below is one of these, in either direction: with an index and without, filled, blank and NULL.
KEYS = ("type", "city", "name", "owner", "last_contact_at", "engagement_score", "next_follow_up_on", "street", "email")
KEYS += ("company", "company.sector", "company.employees", "company.revenue")
ORDERS = st.lists(st.sampled_from(KEYS), min_size=1, max_size=3, unique=True).flatmap(
    lambda keys: st.tuples(*(st.sampled_from([key, f"-{key}"]) for key in keys))
)
FILTERS = (
    None,
    {"field": "city", "cmp": "contains", "value": "o"},
    {"field": "street", "cmp": "is", "value": "Nowhere"},
)
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def cut_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces, stretches and runs of a handful of records, so that sixty of them are many."""
    monkeypatch.setattr(paging, "FIRST_PIECE", 7)
    monkeypatch.setattr(paging, "MOST_IN_A_PIECE", 11)
    monkeypatch.setattr(stretches, "STRETCH", 4)
    monkeypatch.setattr(stretches, "MOST_SORTED", 9)


def make_varied(person: Person) -> None:
    """Sixty contacts, many alike in one way or another."""
    with person.at_work():
        companies = [
            Company(
                name=("Acorn", "Birch", "acorn", "Cedar", "Dale")[at],
                sector=("Retail", "", "Energy", "retail", "Energy")[at],
                employees=(5, None, 7, 5, 9)[at],
                revenue=(None, 100, 300, 100, None)[at],
                archived_at=datetime(2026, 2, 1, tzinfo=UTC) if at == 4 else None,
            )
            for at in range(5)
        ]
        for company in companies:
            company.fill_keys()
        Company.objects.bulk_create(companies)
        made = [
            Contact(
                first_name=("Ada", "Bo")[at % 2],
                last_name=f"Row {at % 13:02d}",
                type=("lead", "lead", "lead", "customer", "vendor")[at % 5],
                city=("", "Oslo", "Bergen", "oslo", "Porto")[at % 7 % 5],
                street=("", "Main", "Side")[at % 3],
                email=f"row{at}@example.org" if at % 4 else "",
                company=companies[at % 6 % 5] if at % 6 else None,
                engagement_score=at % 3 * 10,
                owner_id=person.id if at % 3 else None,
                last_contact_at=datetime(2026, 1, 1 + at % 5, tzinfo=UTC) if at % 2 else None,
                created_by_id=person.id,
            )
            for at in range(60)
        ]
        for contact in made:
            contact.fill_keys()
        Contact.objects.bulk_create(made)


def pages_of(query: ListQuery, person: Person) -> Iterator[Page]:
    """The pages one after another, as a window that is scrolled asks for them."""
    cursor = ""
    for _page in range(500):
        with person.at_work() as actor:
            page = selectors.list_records(CONTACT_TYPE, replace(query, cursor=cursor), actor=actor)
        yield page
        cursor = page.next_cursor
        if not cursor:
            return
    pytest.fail("the list has no end")


@FEW
@given(order=ORDERS, condition=st.sampled_from(FILTERS), limit=st.sampled_from([1, 3, 10]))
def test_pieces_put_together_are_the_list(
    alice: Person, cut_small: None, order: tuple[str, ...], condition: dict[str, Any] | None, limit: int
) -> None:
    with alice.at_work():
        has_some = Contact.objects.exists()
    if not has_some:
        make_varied(alice)
    with alice.at_work() as actor:
        schema = RecordSchema(CONTACT_TYPE, actor)
        query = ListQuery(
            sort=parse_sort(order, schema), condition=parse(condition, schema) if condition else None, limit=200
        )
        whole = [each.id for each in selectors.list_records(CONTACT_TYPE, query, actor=actor).rows]

    patient = list(pages_of(replace(query, limit=limit), alice))
    assert [each.id for page in patient for each in page.rows] == whole

    # So little patience that each piece is a page.
    impatient = replace(query, limit=limit, patience=1e-6, goes_on=True)
    pages = list(pages_of(impatient, alice))

    assert [each.id for page in pages for each in page.rows] == whole
    assert all(len(page.rows) <= limit for page in pages)
    assert all(page.looked > 0 for page in pages if len(page.rows) < limit and page.next_cursor)


def test_a_page_that_is_found_in_time_is_as_long_as_asked_for(alice: Person, cut_small: None) -> None:
    make_varied(alice)
    with alice.at_work() as actor:
        condition = parse({"field": "type", "cmp": "is", "value": "lead"}, RecordSchema(CONTACT_TYPE, actor))
        page = selectors.list_records(CONTACT_TYPE, ListQuery(condition=condition, limit=20, patience=30), actor=actor)

    assert (len(page.rows), page.looked) == (20, 0)


def test_a_list_says_how_far_it_looked_and_that_nothing_was_found(
    alice: Person, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LIST_PATIENCE_MS = 0.001
    monkeypatch.setattr(paging, "FIRST_PIECE", 20)
    make_many(alice, 90)
    about_nobody = urlencode({"city__contains": "Atlantis"})

    first = alice.page.get(f"/contacts/?{about_nobody}&looked=0", headers=HTMX).content.decode()

    assert "Looked at 20 records" in first
    assert "Nothing matches" in first.partition("<template data-none>")[2]
    assert "Nothing matches" not in first.partition("<template data-none>")[0]

    looked = [first]
    while "data-more=" in looked[-1]:
        onward = looked[-1].partition('data-more="')[2].partition('"')[0].replace("&amp;", "&")
        looked.append(alice.page.get(f"/contacts/{onward}", headers=HTMX).content.decode())
    assert "Looked at 40 records" in looked[1]
    assert "data-row" not in "".join(looked)
    assert len(looked) == 5


def too_long_from(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which pieces of more records are not looked through in the time they have."""
    look_through = paging._Walk._piece

    def piece(walk: Any, part: Any) -> tuple[list[Any], Any]:
        if walk._size > size:
            raise TookTooLong
        return look_through(walk, part)

    monkeypatch.setattr(paging._Walk, "_piece", piece)


@pytest.mark.parametrize("patience", [0, 1e-6])
@pytest.mark.parametrize("order", ["name", "-city", "type,street", "-engagement_score,name"])
def test_a_piece_that_takes_too_long_is_followed_by_a_smaller_one(
    alice: Person, cut_small: None, monkeypatch: pytest.MonkeyPatch, order: str, patience: float
) -> None:
    make_varied(alice)
    with alice.at_work() as actor:
        schema = RecordSchema(CONTACT_TYPE, actor)
        condition = parse({"field": "city", "cmp": "contains", "value": "o"}, schema)
        query = ListQuery(sort=parse_sort(order.split(","), schema), condition=condition, limit=200)
        whole = [each.id for each in selectors.list_records(CONTACT_TYPE, query, actor=actor).rows]
    monkeypatch.setattr(paging, "FIRST_PIECE", 40)
    monkeypatch.setattr(paging, "SMALLEST_PIECE", 2)
    too_long_from(5, monkeypatch)

    pages = list(pages_of(replace(query, limit=3, patience=patience, goes_on=True), alice))

    assert whole
    assert [each.id for page in pages for each in page.rows] == whole


def test_a_list_that_takes_too_long_says_so_instead_of_breaking(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    make_many(alice, 3)
    monkeypatch.setattr(paging, "is_long", lambda _listed, _alike: True)
    monkeypatch.setattr(paging._Walk, "_found_at_once", lambda _walk, _part: False)
    too_long_from(0, monkeypatch)

    page = alice.page.get("/contacts/?sort=type,street")
    more = alice.page.get("/contacts/?sort=type,street&looked=10", headers=HTMX)
    answer = alice.api.get("/api/v1/contacts/", {"ordering": "type,street"})

    assert (page.status_code, more.status_code, answer.status_code) == (503, 503, 503)
    assert "This took too long." in page.content.decode()
    assert more.content.decode().startswith("This took too long.")
    assert answer.json()["code"] == "took_too_long"
    assert (page["Retry-After"], answer["Retry-After"]) == ("10", "10")


def test_what_lies_far_down_is_found_on_a_later_page(
    alice: Person, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LIST_PATIENCE_MS = 0.001
    monkeypatch.setattr(paging, "FIRST_PIECE", 20)
    make_contact(alice, first_name="Deep", last_name="Down", city="Atlantis")
    make_many(alice, 90)

    html = alice.page.get("/contacts/?city__contains=Atlantis&looked=0", headers=HTMX).content.decode()
    assert "Deep Down" not in html
    while "data-more=" in html:
        onward = html.partition('data-more="')[2].partition('"')[0].replace("&amp;", "&")
        html = alice.page.get(f"/contacts/{onward}", headers=HTMX).content.decode()

    assert "Deep Down" in html


def test_another_workspace_is_not_looked_through(alice: Person, charlie: Person, cut_small: None) -> None:
    make_varied(alice)
    make_contact(charlie, city="Oslo")
    with charlie.at_work() as actor:
        condition = parse({"field": "city", "cmp": "contains", "value": "o"}, RecordSchema(CONTACT_TYPE, actor))
    query = ListQuery(condition=condition, limit=10, patience=1e-6, goes_on=True)

    pages = list(pages_of(query, charlie))

    assert [each.city for page in pages for each in page.rows] == ["Oslo"]
    assert len(pages) == 1


@FEW
@given(order=ORDERS)
def test_whoever_can_wait_is_given_whole_pages(alice: Person, cut_small: None, order: tuple[str, ...]) -> None:
    with alice.at_work():
        has_some = Contact.objects.exists()
    if not has_some:
        make_varied(alice)
    with alice.at_work() as actor:
        query = ListQuery(sort=parse_sort(order, RecordSchema(CONTACT_TYPE, actor)), limit=7)

    pages = list(pages_of(query, alice))

    assert len({each.id for page in pages for each in page.rows}) == 60
    assert all(len(page.rows) == 7 for page in pages[:-1])
    assert all(page.looked == 0 for page in pages)


def names_by(person: Person, ordering: str) -> list[str]:
    found = person.api.get("/api/v1/contacts/", {"ordering": ordering}).json()["results"]
    return [each["first_name"] for each in found]


def test_choices_stand_in_the_order_in_which_they_were_defined(alice: Person) -> None:
    for kind in ("vendor", "customer", "lead", "prospect"):
        make_contact(alice, first_name=kind, type=kind)
    with alice.at_work():
        Contact.objects.filter(first_name="vendor").update(type="of old")

    assert names_by(alice, "type") == ["lead", "prospect", "customer", "vendor"]
    assert names_by(alice, "-type") == ["vendor", "customer", "prospect", "lead"]


def test_people_stand_by_their_names_and_nobody_last(alice: Person, bob: Person) -> None:
    make_contact(alice, first_name="of Bob", owner=str(bob.id))
    make_contact(alice, first_name="of nobody", owner="")
    make_contact(alice, first_name="of Alice", owner=str(alice.id))

    assert names_by(alice, "owner") == ["of Alice", "of Bob", "of nobody"]
    assert names_by(alice, "-owner") == ["of Bob", "of Alice", "of nobody"]
    assert "of Alice" in names_by(alice, "owner,name")[0]


ACORN, BIRCH, CEDAR, DALE = ("Acorn", "retail", 5), ("birch", "Energy", 9), ("Cedar", "", 7), ("Dale", "Retail", 1)


def make_employed(person: Person) -> None:
    """A contact of each company, one of a company that lies in the bin, and one of none; each is called so."""
    for name, sector, employees in (DALE, ACORN, CEDAR, BIRCH, ("Binned", "Aaa", 3)):
        company = make_company(person, name=name, sector=sector, employees=employees)
        make_contact(person, first_name=name, company=str(company.id))
        if name == "Binned":
            with person.at_work() as actor:
                services.archive_record(COMPANY_TYPE, company.id, actor=actor)
    make_contact(person, first_name="None")


@pytest.mark.parametrize(
    ("ordering", "names"),
    [
        ("company", ["Acorn", "birch", "Cedar", "Dale", "None", "Binned"]),
        ("-company", ["Dale", "Cedar", "birch", "Acorn", "None", "Binned"]),
        ("company.employees", ["Dale", "Acorn", "Cedar", "birch", "None", "Binned"]),
        ("-company.employees", ["birch", "Cedar", "Acorn", "Dale", "None", "Binned"]),
        ("company.sector", ["birch", "Acorn", "Dale", "None", "Binned", "Cedar"]),
        ("company.sector,company", ["birch", "Acorn", "Dale", "Cedar", "None", "Binned"]),
        ("-company.sector,-company", ["Dale", "Acorn", "birch", "Cedar", "None", "Binned"]),
    ],
)
def test_records_stand_in_the_order_of_what_they_lead_to(alice: Person, ordering: str, names: list[str]) -> None:
    make_employed(alice)

    assert names_by(alice, ordering) == names


def test_an_order_one_hop_away_gives_nothing_away(alice: Person, bob: Person) -> None:
    make_employed(alice)
    make_contact(alice, owner=str(bob.id))

    def may(ordering: str) -> int:
        forget_cached_actors()
        return bob.api.get("/api/v1/contacts/", {"ordering": ordering}).status_code

    def see(fields: str, **records: Any) -> None:
        with alice.at_work():
            bob.role.records = bob.role.records | {"company": records}
            bob.role.fields = {**bob.role.fields, "company": {"sector": fields}}
            bob.role.save()

    see("read", read="all")
    assert (may("company"), may("company.sector")) == (200, 200)
    see("hidden", read="all")
    assert (may("company"), may("company.sector")) == (200, 422)
    see("read", read="own")
    assert (may("company"), may("company.sector")) == (422, 422)
    page = bob.page.get("/contacts/?columns=name,company,company.sector,city").content.decode()
    assert 'data-sort="city"' in page
    assert 'data-sort="company' not in page


def test_an_own_relation_orders_by_the_names_it_leads_to(alice: Person, bob: Person) -> None:
    with alice.at_work() as actor:
        given = {"record_type": "contact", "label": "Reseller", "kind": "relation", "relation": "company"}
        custom_fields.create_field(given, actor=actor)
    # Ids rise with time, so that names against them are no accident.
    for name in ("Zeta", "beta", "Alpha"):
        company = make_company(alice, name=name)
        with alice.at_work() as actor:
            values = {"first_name": name, "reseller": str(company.id)}
            services.create_record(record_types.get("contact"), values, actor=actor)
    make_contact(alice, first_name="None")

    assert names_by(alice, "reseller") == ["Alpha", "beta", "Zeta", "None"]
    assert names_by(alice, "-reseller") == ["Zeta", "beta", "Alpha", "None"]
    assert names_by(alice, "reseller,name") == ["Alpha", "beta", "Zeta", "None"]
    assert bob.api.get("/api/v1/contacts/", {"ordering": "reseller"}).status_code == 422


@pytest.mark.parametrize("ordering", ["company.description", "company.nothing", "company.owner", "tags", "email.x"])
def test_what_gives_no_order_one_hop_away_is_refused(alice: Person, ordering: str) -> None:
    assert alice.api.get("/api/v1/contacts/", {"ordering": ordering}).status_code == 422
    assert alice.page.get(f"/contacts/?sort={ordering}").status_code == 422


def test_an_order_that_takes_longer_than_anybody_waits_is_said_in_words(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    with alice.at_work() as actor:
        custom_fields.create_field({"record_type": "contact", "label": "Shoe size", "kind": "number"}, actor=actor)
    make_contact(alice, first_name="Ada")
    address = "/contacts/?sort=shoe_size"
    assert "Ada" in alice.page.get(address).content.decode()
    monkeypatch.setattr(paging, "reading", give_up)

    said = alice.page.get(address)

    assert said.status_code == 422
    assert "Sorting by “Shoe size” takes too long" in said.content.decode()
    assert "fast lists" in said.content.decode()


@contextmanager
def give_up(**_limits: Any) -> Iterator[None]:
    """A read that is not done in its time."""
    raise TookTooLong
    yield


@pytest.mark.parametrize("record_type", [CONTACT_TYPE, COMPANY_TYPE], ids=lambda each: each.key)
def test_every_order_is_given_by_an_index(record_type: RecordType) -> None:
    without = [
        each.key
        for each in record_type.all_fields
        if each.sortable and not Sort(each, descending=False).has_index(record_type.model)
    ]

    assert without == []


def test_alike_records_stand_as_the_index_goes_on(alice: Person) -> None:
    made = [make_contact(alice, type="lead", last_name=f"Row {at}") for at in range(4)]

    found = alice.api.get("/api/v1/contacts/", {"ordering": "type"}).json()["results"]
    turned = alice.api.get("/api/v1/contacts/", {"ordering": "-type"}).json()["results"]

    assert [each["id"] for each in found] == [str(each.id) for each in reversed(made)]
    assert [each["id"] for each in turned] == [str(each.id) for each in made]


def test_a_place_of_another_order_is_refused(alice: Person) -> None:
    make_many(alice, 3)
    page = alice.api.get("/api/v1/contacts/", {"ordering": "type", "limit": "1"}).json()

    refused = alice.api.get("/api/v1/contacts/", {"ordering": "city", "cursor": page["next_cursor"]})

    assert refused.status_code == 422
