"""What a table can do beyond its rows: columns one hop away, groups, figures below, density, taking back an edit."""

import json
import re
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from autocrm.contacts.models import Contact
from autocrm.contacts.record_types import COMPANY_TYPE, CONTACT_TYPE
from autocrm.contacts.tests.factories import make_company, make_contact, make_many
from autocrm.kernel.errors import Denied, Invalid
from autocrm.records import sampling
from autocrm.records.listing import ListQuery
from autocrm.records.lists import grouping
from autocrm.records.lists.aggregates import Aggregate, Figure, list_aggregates
from autocrm.records.registry import RecordType
from autocrm.users.selectors import forget_cached_actors
from tests.support.cast import Person

HTMX = {"HX-Request": "true"}


def names_in(response: Any) -> list[str]:
    return re.findall(r"data-peek-link>([^<]+)</a>", response.content.decode())


def figures(person: Person, record_type: RecordType, *asked: tuple[str, Figure]) -> list[Aggregate]:
    wanted = [(record_type.by_key[key], figure) for key, figure in asked]
    with person.at_work() as actor:
        return list(list_aggregates(record_type, ListQuery(), wanted, actor=actor))


# Columns ---------------------------------------------------------------------------------------------------------


def test_a_column_shows_a_field_of_what_a_relation_leads_to(alice: Person) -> None:
    company = make_company(alice, sector="shipbuilding", revenue="1500")
    make_contact(alice, company=str(company.id))
    make_contact(alice)

    html = alice.page.get("/contacts/?columns=name,company.sector,company.revenue").content.decode()

    assert html.count(">shipbuilding<") == 1
    assert "Company: Industry" in html
    assert "1,500" in html
    assert "company.sector/" not in html


def test_columns_one_hop_away_cost_no_further_queries(alice: Person) -> None:
    company = make_company(alice, sector="shipbuilding")
    make_many(alice, 5, company_id=company.id)
    alice.page.get("/contacts/")

    def cost(columns: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert alice.page.get(f"/contacts/?columns={columns}", headers=HTMX).status_code == 200
        return len(captured)

    assert cost("name,company.sector,company.website,company.employees") == cost("name,company")


def test_a_field_of_a_record_out_of_reach_shows_nothing(alice: Person, bob: Person) -> None:
    company = make_company(alice, sector="shipbuilding")
    make_contact(alice, company=str(company.id), owner=str(bob.id))

    refused = bob.page.get("/contacts/?columns=name,company.sector")
    with alice.at_work():
        bob.role.records = bob.role.records | {"company": {"read": "own"}}
        bob.role.save()
    forget_cached_actors()
    shown = bob.page.get("/contacts/?columns=name,company.sector")

    assert refused.status_code == 422
    assert shown.status_code == 200
    for response in (refused, shown):
        assert "shipbuilding" not in response.content.decode()


def test_a_hidden_field_is_not_seen_one_hop_away_either(alice: Person, bob: Person) -> None:
    with alice.at_work():
        bob.role.records = bob.role.records | {"company": {"read": "all"}}
        bob.role.fields = bob.role.fields | {"company": {"sector": "hidden"}}
        bob.role.save()
    forget_cached_actors()

    assert bob.page.get("/contacts/?columns=name,company.sector").status_code == 422
    assert bob.page.get("/contacts/?columns=name,company.domain").status_code == 200
    assert "company.sector" not in bob.page.get("/contacts/").content.decode()


@pytest.mark.parametrize(
    "column", ["company.", ".sector", "company.nothing", "company.owner", "name.sector", "owner.name"]
)
def test_a_hop_that_leads_nowhere_is_said(alice: Person, column: str) -> None:
    assert alice.page.get(f"/contacts/?columns=name,{column}").status_code == 422


def test_further_columns_stay_in_sight(alice: Person) -> None:
    make_contact(alice)

    html = alice.page.get("/contacts/?columns=name,company,type,owner&pins=2").content.decode()

    assert re.findall(r'<th scope="col" class="([^"]*pin[^"]*)" data-column="(\w+)"', html) == [
        ("pin pin-1", "company"),
        ("pin pin-2", "type"),
    ]
    assert html.count("pin pin-1") == 3


# Groups ----------------------------------------------------------------------------------------------------------


def group_urls(html: str) -> list[str]:
    return [url.replace("&amp;", "&") for url in re.findall(r'data-group-url="([^"]+)"', html)]


@pytest.mark.parametrize(
    "by", ["type", "owner", "company", "last_contact_at", "next_follow_up_on", "city", "company.sector"]
)
def test_each_group_opens_with_as_many_rows_as_its_heading_says(alice: Person, bob: Person, by: str) -> None:
    company = make_company(alice, name="Cedar", sector="Shipping & Ports")
    days = (date(2026, 1, 1), date(2026, 1, 31), date(2026, 2, 1), None)
    for at, day in enumerate(days):
        contact = make_contact(
            alice,
            type=("lead", "customer")[at % 2],
            owner=str((alice if at else bob).id),
            company=str(company.id) if at > 1 else None,
            city=("Århus", "ÅRHUS", "Oslo, N", "")[at],
            next_follow_up_on=day.isoformat() if day else None,
        )
        with alice.at_work():
            at_night = datetime(day.year, day.month, day.day, 23, 30, tzinfo=UTC) if day else None
            Contact.objects.filter(pk=contact.pk).update(last_contact_at=at_night)

    html = alice.page.get(f"/contacts/?group={by}").content.decode()
    counts = [int(each) for each in re.findall(r'<span class="n">(\d+)</span></button>', html)]
    opened = [names_in(alice.page.get(f"/contacts/{url}", headers=HTMX)) for url in group_urls(html)]

    assert [len(each) for each in opened] == counts
    assert sum(counts) == len(days)
    assert len(counts) > 1


def test_a_group_goes_on_page_by_page(alice: Person) -> None:
    make_many(alice, 60, type="lead")
    html = alice.page.get("/contacts/?group=type&sort=name").content.decode()

    first = alice.page.get(f"/contacts/{group_urls(html)[0]}", headers=HTMX)
    more = re.search(r'data-more="([^"]+)"', first.content.decode())
    assert more is not None
    second = alice.page.get(f"/contacts/{more[1].replace('&amp;', '&')}", headers=HTMX)

    assert names_in(first) + names_in(second) == [f"Row {at:05d}" for at in range(60)]


def test_headings_carry_sums_of_money(alice: Person) -> None:
    make_company(alice, name="A", revenue="1000", sector="x")
    make_company(alice, name="B", revenue="500", sector="x")

    html = alice.page.get("/companies/?group=owner&columns=name,revenue").content.decode()

    assert ">1,500</td>" in html


@pytest.mark.parametrize("query", ["group=name", "group=nothing", "group=type&among=nonsense", "group=owner&among=.x"])
def test_groups_that_are_none_are_said(alice: Person, query: str) -> None:
    assert alice.page.get(f"/contacts/?{query}").status_code == 422


def test_nobody_groups_by_a_field_that_is_hidden(alice: Person, bob: Person) -> None:
    with alice.at_work():
        bob.role.fields = bob.role.fields | {"contact": {"type": "hidden"}}
        bob.role.save()
    forget_cached_actors()

    response = bob.page.get("/contacts/?group=type")

    assert response.status_code == 422
    assert 'data-param="group" value="type"' not in bob.page.get("/contacts/").content.decode()


# Figures below the columns ---------------------------------------------------------------------------------------


def test_figures_are_worked_out_of_what_the_list_shows(alice: Person, charlie: Person) -> None:
    for revenue, domain in (("1000.50", "a.example"), ("2000", ""), (None, "a.example")):
        make_company(alice, revenue=revenue, domain=domain)
    make_company(charlie, revenue="9999")

    found = figures(
        alice,
        COMPANY_TYPE,
        ("revenue", Figure.SUM),
        ("revenue", Figure.SMALLEST),
        ("revenue", Figure.LARGEST),
        ("revenue", Figure.EMPTY),
        ("domain", Figure.FILLED),
        ("domain", Figure.DIFFERENT),
        ("tags", Figure.EMPTY),
    )

    assert [each.value for each in found] == [300_050, 100_050, 200_000, 1, 2, 1, 3]
    assert all(each.exact for each in found)


def test_figures_come_after_the_list_in_words(alice: Person) -> None:
    make_company(alice, revenue="1000", employees="3")
    make_company(alice, revenue="500", employees="4")
    query = urlencode({"sums": "revenue:sum,employees:avg,created_at:min"})

    page = alice.page.get(f"/companies/?{query}").content.decode()
    sums = alice.page.get(f"/companies/sums/?{query}", headers=HTMX).content.decode()

    assert f'hx-get="/companies/sums/?{query}"' in page
    assert re.findall(r'<b id="sum-(\w+)" hx-swap-oob="true">([^<]+)</b>', sums)[:2] == [
        ("revenue", "1,500"),
        ("employees", "3.5"),
    ]


def test_a_long_list_is_worked_out_of_a_part_and_says_so(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    make_many(alice, 300, engagement_score=10)
    monkeypatch.setattr(grouping, "COUNT_EXACTLY_TO", 50)

    total, different, empty = figures(
        alice,
        CONTACT_TYPE,
        ("engagement_score", Figure.SUM),
        ("engagement_score", Figure.DIFFERENT),
        ("company", Figure.EMPTY),
    )
    said = alice.page.get("/contacts/sums/?sums=engagement_score:sum,type:unique", headers=HTMX).content.decode()

    assert not total.exact
    assert (total.value, different.value, empty.value) == (3000, 1, 300)
    assert "about 3,000" in said
    assert "at least 1" in said


def test_figures_of_a_list_that_is_surely_too_long_are_not_counted_first(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_many(alice, 20, engagement_score=10)
    monkeypatch.setattr(sampling, "SURELY_MORE", 0)

    with CaptureQueriesContext(connection) as captured:
        (total,) = figures(alice, CONTACT_TYPE, ("engagement_score", Figure.SUM))

    assert not total.exact
    assert not [each for each in captured if "LIMIT 50001" in each["sql"] and "EXPLAIN" not in each["sql"]]


def test_an_empty_list_has_figures_too(alice: Person) -> None:
    total, count = figures(alice, CONTACT_TYPE, ("engagement_score", Figure.SUM), ("name", Figure.FILLED))

    assert (total.value, count.value) == (None, 0)


@pytest.mark.parametrize("asked", ["name:sum", "nothing:sum", "type:huge", "type", "company.revenue:sum"])
def test_figures_that_cannot_be_are_said(alice: Person, asked: str) -> None:
    assert alice.page.get(f"/contacts/?sums={asked}").status_code == 422


def test_no_figure_tells_what_is_hidden(alice: Person, bob: Person) -> None:
    make_contact(alice, source="web", owner=str(bob.id))

    assert bob.page.get("/contacts/?sums=source:filled").status_code == 422
    with pytest.raises(Invalid):
        figures(bob, CONTACT_TYPE, ("source", Figure.FILLED))
    with pytest.raises(Denied):
        figures(bob, COMPANY_TYPE, ("revenue", Figure.SUM))


def test_figures_are_of_the_records_one_may_see(alice: Person, bob: Person) -> None:
    make_contact(alice)
    make_contact(bob)

    (found,) = figures(bob, CONTACT_TYPE, ("name", Figure.FILLED))

    assert found.value == 1


# The toolbar -----------------------------------------------------------------------------------------------------


def test_a_filter_is_told_in_parts_that_can_be_taken_away(alice: Person) -> None:
    lead = {"field": "type", "cmp": "is", "value": "lead"}
    scored = {"field": "engagement_score", "cmp": "gt", "value": 10}
    query = urlencode({"filter": json.dumps({"op": "and", "args": [lead, scored]})})

    html = alice.page.get(f"/contacts/?{query}").content.decode()

    assert "Type is Lead" in html
    rest = re.search(r'data-param="filter" value="([^"]+)" aria-label="Remove the filter Type is Lead"', html)
    assert rest is not None
    assert json.loads(rest[1].replace("&quot;", '"')) == scored


def test_the_height_of_rows_stands_in_the_address(alice: Person) -> None:
    assert 'data-density="roomy"' in alice.page.get("/contacts/?density=roomy").content.decode()
    assert 'data-density="huge"' not in alice.page.get("/contacts/?density=huge").content.decode()


def test_my_team_is_one_click_away(alice: Person, bob: Person) -> None:
    make_contact(alice, first_name="Of", last_name="Alice")
    make_contact(bob, first_name="Of", last_name="Bob")

    response = alice.page.get("/contacts/?owner=my_team")

    assert names_in(response) == ["Of Alice"]
    assert "my team" in response.content.decode()


# Taking back an edit ---------------------------------------------------------------------------------------------


def undo_url(response: Any) -> str:
    return str(json.loads(response["HX-Trigger"])["autocrm:toast"]["undo_url"])


def test_an_edit_in_a_cell_can_be_taken_back(alice: Person) -> None:
    contact = make_contact(alice, title="CTO")
    edited = alice.page.post(f"/contacts/{contact.id}/edit/title/?in=list", {"value": "CEO"})

    answer = alice.page.post(undo_url(edited), headers=HTMX)

    assert answer.status_code == 204
    cell = json.loads(answer["HX-Trigger"])["autocrm:cell"]["url"]
    assert "CTO" in alice.page.get(f"{cell}&show=1").content.decode()


def test_what_somebody_changed_since_is_not_taken_back(alice: Person, bob: Person) -> None:
    contact = make_contact(alice, title="CTO", owner=str(bob.id))
    edited = alice.page.post(f"/contacts/{contact.id}/edit/title/?in=list", {"value": "CEO"})
    bob.page.post(f"/contacts/{contact.id}/edit/title/?in=list", {"value": "CFO"})

    answer = alice.page.post(undo_url(edited), headers=HTMX)

    assert json.loads(answer["HX-Trigger"])["autocrm:toast"]["level"] == "bad"
    with alice.at_work():
        contact.refresh_from_db()
        assert contact.title == "CFO"


def test_nobody_takes_back_the_edit_of_another(alice: Person, bob: Person) -> None:
    contact = make_contact(alice, title="CTO", owner=str(bob.id))
    edited = alice.page.post(f"/contacts/{contact.id}/edit/title/?in=list", {"value": "CEO"})

    assert bob.page.post(undo_url(edited), headers=HTMX).status_code == 404
    with alice.at_work():
        contact.refresh_from_db()
        assert contact.title == "CEO"


def test_an_edit_that_changes_nothing_offers_no_undo(alice: Person) -> None:
    contact = make_contact(alice, title="CTO")

    assert "HX-Trigger" not in alice.page.post(f"/contacts/{contact.id}/edit/title/?in=list", {"value": "CTO"})
