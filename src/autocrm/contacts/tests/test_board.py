"""Boards of contacts: columns and figures, cards and what stands on them, drops, refusals, and whose they are."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from autocrm.activities.services import About
from autocrm.activities.tests.factories import make_task
from autocrm.contacts.models import Contact
from autocrm.contacts.tests.factories import make_company, make_contact, make_many
from autocrm.kernel.clock import now
from autocrm.records.lists import grouping
from autocrm.records.shapes import board
from tests.support.cast import Person, make_person

BOARD = "/contacts/?layout=board"


def html_of(person: Person, address: str = BOARD) -> str:
    response = person.page.get(address)
    assert response.status_code == 200
    return str(response.content.decode())


def columns_in(html: str) -> dict[str, list[str]]:
    """The titles of the cards by the label of their column."""
    parts = re.split(r'data-carry-label="([^"]*)"', html)[1:]
    return {
        label: re.findall(r"data-peek-link[^>]*>([^<]+)</a>", body.split("</ul>")[0])
        for label, body in zip(parts[::2], parts[1::2], strict=True)
    }


def drop(person: Person, contact: Contact, to: str, *, field: str = "type", version: int = 1, at: str = BOARD) -> Any:
    data = {"field": field, "to": to, "version": version}
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://{person.host}{at}"}
    return person.page.post(f"/contacts/{contact.id}/move/", data, headers=headers)


def test_each_choice_is_a_column_in_its_order_with_count_and_cards(alice: Person, charlie: Person) -> None:
    make_contact(alice, first_name="Ada", last_name="Byron", type="customer")
    make_contact(alice, first_name="Alan", last_name="Turing", type="lead")
    make_contact(charlie, type="lead")

    html = html_of(alice)

    assert list(columns_in(html)) == ["Lead", "Prospect", "Customer", "Partner", "Vendor"]
    assert columns_in(html)["Customer"] == ["Ada Byron"]
    assert columns_in(html)["Lead"] == ["Alan Turing"]
    assert 'aria-label="Lead, 1 record"' in html


def test_people_without_a_record_are_columns_too_and_nobody_is_the_last(alice: Person) -> None:
    dana = make_person("Dana Drew", alice.tenant)
    make_contact(alice, first_name="Ada", last_name="Byron", owner=None)

    found = columns_in(html_of(alice, f"{BOARD}&by=owner"))

    assert list(found) == ["Alice Archer", dana.user.name, "No value"]
    assert found["No value"] == ["Ada Byron"]


def test_sums_stand_above_the_columns_in_the_currency_of_the_workspace(alice: Person) -> None:
    make_company(alice, revenue="1000.00", owner=str(alice.id))
    make_company(alice, revenue="500.00", owner=str(alice.id))

    assert "$1,500" in html_of(alice, "/companies/?layout=board&by=owner")


def test_filters_search_and_tabs_are_those_of_the_table(alice: Person) -> None:
    make_contact(alice, first_name="Zacharias", last_name="One", type="lead", city="Oslo")
    make_contact(alice, first_name="Zacharias", last_name="Two", type="customer", city="Bergen")

    assert columns_in(html_of(alice, f"{BOARD}&city=Oslo"))["Customer"] == []
    assert columns_in(html_of(alice, f"{BOARD}&q=zacharias"))["Customer"] == ["Zacharias Two"]


def test_a_card_shows_what_is_due_whose_it_is_and_what_was_chosen(alice: Person) -> None:
    company = make_company(alice, name="Globex")
    contact = make_contact(
        alice, title="Buyer", company=str(company.id), next_follow_up_on="2020-01-31", city="Reykjavik"
    )
    make_task(alice, About("contact", contact.id), subject="Call back", due_at=now() - timedelta(days=3))

    html = html_of(alice, f"{BOARD}&cards=city")

    assert "Buyer · Globex" in html
    assert '<time class="t-bad medium" datetime="2020-01-31"' in html
    assert '<span class="kc-v clip"><span class="clip" title="">Reykjavik</span></span>' in html
    assert 'class="dot bad" role="img" aria-label="Overdue: Call back' in html
    assert 'title="Alice Archer"' in html


def test_a_folded_column_keeps_its_count_and_asks_for_no_cards(alice: Person) -> None:
    make_contact(alice, first_name="Ada", type="lead")

    html = html_of(alice, f"{BOARD}&shut=is:lead")

    assert "Lead" not in columns_in(html)
    assert 'aria-label="Lead, 1 record"' in html


def test_further_cards_of_a_column_come_by_its_own_address(alice: Person) -> None:
    make_many(alice, 25, type="lead")
    html = html_of(alice)
    more = re.search(r'hx-get="(/contacts/board/column/[^"]+)"', html)

    rest = alice.page.get(more.group(1).replace("&amp;", "&")).content.decode() if more else ""

    assert len(columns_in(html)["Lead"]) == 20
    assert rest.count("data-carried") == 5
    assert "hx-get" not in rest


def test_columns_of_a_large_list_load_one_by_one(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    make_many(alice, 30, type="lead")
    monkeypatch.setattr(grouping, "COUNT_EXACTLY_TO", 10)

    html = html_of(alice)

    assert columns_in(html)["Lead"] == []
    assert html.count('hx-get="/contacts/board/column/') == 5
    assert "≈ 30" in html


def test_a_column_that_is_dear_to_find_says_so_and_is_not_looked_for(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_contact(alice, type="lead")
    monkeypatch.setattr(board, "DEAREST_COLUMN", 0.0)

    html = html_of(alice, "/contacts/board/column/?layout=board&column=is:lead")

    assert "Narrow the list by a filter." in html
    assert "data-carried" not in html


@pytest.mark.parametrize("query", ["by=source", "by=name", "by=nothing", "cards=source", "cards=a,b,c"])
def test_what_is_hidden_or_makes_no_columns_is_refused(alice: Person, bob: Person, query: str) -> None:
    make_contact(alice, source="Trade fair", owner=str(bob.id))

    response = bob.page.get(f"{BOARD}&{query}")

    assert response.status_code == 422
    assert "Trade fair" not in response.content.decode()


def test_a_board_costs_the_same_number_of_queries_whatever_it_holds(alice: Person) -> None:
    company = make_company(alice)
    make_contact(alice, company=str(company.id))
    html_of(alice)

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            html_of(alice)
        return len(captured)

    before = cost()
    for _count in range(6):
        make_contact(alice, company=str(make_company(alice).id))

    assert cost() == before


def test_a_drop_changes_the_value_and_answers_the_card_the_figures_and_a_way_back(alice: Person) -> None:
    contact = make_contact(alice, first_name="Ada", last_name="Byron", type="lead")

    answer = drop(alice, contact, "is:customer")

    assert answer.status_code == 200
    body = answer.content.decode()
    assert f'data-id="{contact.id}" data-version="2"' in body
    assert '<template data-figures="is:customer" data-count="1" data-total=""></template>' in body
    assert '<template data-figures="is:lead" data-count="0" data-total=""></template>' in body
    assert "Ada Byron moved to Customer" in answer["HX-Trigger"]
    undo = f"/contacts/{contact.id}/move/?undo=1&field=type&to=is%3Alead&version=2"
    assert undo in answer["HX-Trigger"]
    assert alice.page.post(undo, headers={"HX-Request": "true"}).status_code == 204
    with alice.at_work():
        contact.refresh_from_db()
    assert (contact.type, contact.version) == ("lead", 3)


def test_a_drop_that_a_rule_refuses_says_why_and_changes_nothing(alice: Person) -> None:
    contact = make_contact(alice, type="lead")

    refused = drop(alice, contact, "none")
    unknown = drop(alice, contact, "is:emperor")

    assert refused.status_code == 422
    assert "This is required." in refused["HX-Trigger"]
    assert unknown.status_code == 422
    with alice.at_work():
        contact.refresh_from_db()
    assert (contact.type, contact.version) == ("lead", 1)


def test_who_was_faster_at_the_same_field_is_named_and_other_fields_do_not_matter(alice: Person) -> None:
    contact = make_contact(alice, type="lead")
    dana = make_person("Dana Drew", alice.tenant)
    dana.page.post(f"/contacts/{contact.id}/edit/city/", {"value": "Oslo", "version": "1"})
    assert drop(alice, contact, "is:prospect").status_code == 200
    drop(dana, contact, "is:vendor", version=3)

    slower = drop(alice, contact, "is:customer", version=3)

    assert slower.status_code == 409
    assert "Dana Drew changed this meanwhile" in slower["HX-Trigger"]
    with alice.at_work():
        contact.refresh_from_db()
    assert contact.type == "vendor"


@pytest.mark.parametrize(
    ("field", "to", "status"),
    [
        ("source", "is:web", 422),
        ("engagement_score", "is:90", 422),
        ("type", "customer", 404),
        ("nothing", "none", 422),
    ],
)
def test_what_may_not_be_set_is_not_set_by_a_drop(bob: Person, field: str, to: str, status: int) -> None:
    contact = make_contact(bob, type="lead")

    assert drop(bob, contact, to, field=field).status_code == status
    with bob.at_work():
        contact.refresh_from_db()
    assert (contact.type, contact.source, contact.engagement_score, contact.version) == ("lead", "", 0, 1)


def test_records_of_others_are_not_moved(alice: Person, bob: Person, charlie: Person) -> None:
    contact = make_contact(alice, type="lead")

    assert drop(bob, contact, "is:customer").status_code == 404
    assert drop(charlie, contact, "is:customer").status_code == 404
    with alice.at_work():
        contact.refresh_from_db()
    assert contact.type == "lead"


def test_cards_that_may_not_be_moved_are_marked(alice: Person, bob: Person) -> None:
    make_contact(alice, type="lead")
    make_contact(bob, type="lead")

    assert "data-fixed" not in html_of(alice)
    assert "data-carry-off" in html_of(bob, f"{BOARD}&by=created_by")
