"""Lists: the filter builder, order, columns, endless scroll, what stands in the address, peeking, editing in cells."""

import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.browsing import Browsing
from tests.e2e.given import change_record, fill_condition, make_record, make_records
from tests.support.cast import Person

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

COMPANIES = [
    {"name": "Acorn Clinics", "sector": "medical", "revenue": "1500"},
    {"name": "Birch Labs", "sector": "Medical", "revenue": "2500"},
    {"name": "Cedar Care", "sector": "medical", "revenue": "900"},
    {"name": "Dale Motors", "sector": "retail", "revenue": "5000"},
]


def rows(page: Page) -> Locator:
    return page.locator("tr[data-row]")


def names(page: Page) -> Locator:
    return page.locator("tr[data-row] a[data-peek-link]")


def cell(page: Page, name: str, field: str) -> Locator:
    return rows(page).filter(has_text=name).locator(f'[data-edit-url*="/edit/{field}/"]')


def asked(page: Page, name: str) -> str:
    return parse_qs(urlsplit(page.url).query).get(name, [""])[0]


def test_a_filter_is_built_by_clicks_and_stands_in_the_address(browsing: Browsing, alice: Person) -> None:
    make_records(alice, "company", COMPANIES)
    page = browsing.enter(alice)
    page.goto("/companies/")
    expect(rows(page)).to_have_count(4)

    page.get_by_role("button", name="Filter").click()
    builder = page.get_by_role("dialog", name="Filter")
    fill_condition(builder, 0, "Industry", "is", "medical")
    builder.get_by_role("button", name="Condition").click()
    fill_condition(builder, 1, "Annual revenue", "is more than", "1000")
    builder.get_by_role("button", name="Done").click()

    expect(names(page)).to_have_text(["Acorn Clinics", "Birch Labs"])
    expect(page.get_by_role("button", name="Filter · 2")).to_be_visible()
    stored = json.loads(asked(page, "filter"))
    assert [leaf["field"] for leaf in stored["args"]] == ["sector", "revenue"]

    page.reload()
    expect(names(page)).to_have_text(["Acorn Clinics", "Birch Labs"])
    page.get_by_role("button", name="Reset").first.click()
    expect(rows(page)).to_have_count(4)


def test_order_and_columns_are_chosen_and_outlive_a_reload(browsing: Browsing, alice: Person) -> None:
    make_records(alice, "company", COMPANIES)
    page = browsing.enter(alice)
    page.goto("/companies/")

    page.get_by_role("columnheader", name="Annual revenue").get_by_role("button").first.click()
    expect(names(page)).to_have_text(["Cedar Care", "Acorn Clinics", "Birch Labs", "Dale Motors"])
    page.get_by_role("columnheader", name="Annual revenue").get_by_role("button").first.click()
    expect(names(page)).to_have_text(["Dale Motors", "Birch Labs", "Acorn Clinics", "Cedar Care"])
    assert asked(page, "sort") == "-revenue"

    page.get_by_role("button", name="Columns").click()
    columns = page.get_by_role("dialog", name="Columns")
    columns.get_by_role("checkbox", name="Owner").uncheck()
    columns.get_by_role("checkbox", name="City", exact=True).check()
    columns.get_by_role("button", name="Apply").click()

    expect(page.get_by_role("columnheader", name="City")).to_be_attached()
    expect(page.get_by_role("columnheader", name="Owner")).not_to_be_attached()

    page.reload()
    expect(page.get_by_role("columnheader", name="City")).to_be_attached()
    expect(names(page)).to_have_text(["Dale Motors", "Birch Labs", "Acorn Clinics", "Cedar Care"])


def test_headings_are_dragged_and_moved_by_keys(browsing: Browsing, alice: Person) -> None:
    make_records(alice, "company", COMPANIES)
    page = browsing.enter(alice)
    page.goto("/companies/?columns=name,sector,city,country:150&pins=1")
    heads = page.locator("thead th")
    expect(heads).to_have_text(["Name", "Industry", "City", "Country"])

    page.get_by_role("columnheader", name="Country").hover()
    page.mouse.down()
    page.get_by_role("columnheader", name="Industry").hover(position={"x": 8, "y": 12})
    expect(page.get_by_role("columnheader", name="Industry")).to_have_class(re.compile("drop-before"))
    page.mouse.up()
    expect(heads).to_have_text(["Name", "Country", "Industry", "City"])
    assert asked(page, "columns") == "name,country:150,sector,city"
    assert "sort" not in page.url

    page.get_by_role("columnheader", name="Country").get_by_role("button").first.focus()
    page.keyboard.press("Alt+ArrowRight")
    expect(heads).to_have_text(["Name", "Industry", "Country", "City"])
    expect(page.get_by_role("columnheader", name="Country").get_by_role("button").first).to_be_focused()
    expect(page.locator("#say")).to_have_text("Country, position 2 of 3")

    page.go_back()
    expect(heads).to_have_text(["Name", "Country", "Industry", "City"])
    page.get_by_role("columnheader", name="City").click(button="right")
    page.get_by_role("menuitem", name="Hide the column").click()
    expect(heads).to_have_text(["Name", "Country", "Industry"])


def test_a_list_has_no_end_in_sight_and_no_page_numbers(browsing: Browsing, alice: Person) -> None:
    make_records(alice, "contact", [{"last_name": f"Number {n:03}"} for n in range(120)])
    page = browsing.enter(alice)
    page.goto("/contacts/?sort=name")
    expect(rows(page)).to_have_count(50)

    rows(page).last.scroll_into_view_if_needed()
    expect(rows(page)).to_have_count(100)
    rows(page).last.scroll_into_view_if_needed()
    expect(rows(page)).to_have_count(120)

    expect(names(page)).to_have_text([f"Number {n:03}" for n in range(120)])
    expect(page.locator("[data-more]")).not_to_be_attached()


def test_peeking_goes_by_keys_and_gives_the_place_back(browsing: Browsing, alice: Person) -> None:
    make_records(alice, "company", COMPANIES)
    page = browsing.enter(alice)
    page.goto("/companies/")
    panel = page.locator("#peek")

    names(page).first.click()
    expect(panel.get_by_role("heading", name="Acorn Clinics")).to_be_visible()
    page.keyboard.press("j")
    expect(panel.get_by_role("heading", name="Birch Labs")).to_be_visible()
    page.keyboard.press("j")
    expect(panel.get_by_role("heading", name="Cedar Care")).to_be_visible()
    page.keyboard.press("k")
    expect(panel.get_by_role("heading", name="Birch Labs")).to_be_visible()

    page.reload()
    expect(panel.get_by_role("heading", name="Birch Labs")).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(rows(page).filter(has_text="Birch Labs").locator("td:focus")).to_have_count(1)
    assert asked(page, "peek") == ""

    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/companies/[0-9a-f-]{36}/$"))


def test_a_cell_saves_with_enter_and_lets_go_with_escape(browsing: Browsing, alice: Person) -> None:
    make_record(alice, "contact", first_name="Ann", last_name="Other", email="ann@acorn.example")
    make_record(alice, "contact", first_name="Ben", last_name="Other", email="ben@birch.example")
    page = browsing.enter(alice)
    page.goto("/contacts/")
    email = cell(page, "Ann Other", "email")

    email.click()
    email.get_by_label("E-mail").fill("other@acorn.example")
    page.keyboard.press("Escape")
    expect(email).to_have_text("ann@acorn.example")

    page.keyboard.press("Enter")
    email.get_by_label("E-mail").fill("not an address")
    page.keyboard.press("Enter")
    expect(email.get_by_role("alert")).to_be_visible()
    expect(email.get_by_label("E-mail")).to_have_attribute("aria-invalid", "true")

    email.get_by_label("E-mail").fill("ann.other@acorn.example")
    page.keyboard.press("Enter")
    expect(email).to_have_text("ann.other@acorn.example")
    page.reload()
    expect(email).to_have_text("ann.other@acorn.example")


def test_somebody_faster_is_named_and_either_value_can_be_kept(browsing: Browsing, alice: Person, bob: Person) -> None:
    contact = make_record(alice, "contact", first_name="Ann", last_name="Other", title="Buyer", owner=str(bob.id))
    page = browsing.enter(alice)
    page.goto("/contacts/?columns=name,title")
    title = cell(page, "Ann Other", "title")

    title.click()
    expect(title.get_by_label("Job title")).to_have_value("Buyer")
    change_record(bob, "contact", contact, title="Head of purchasing")
    title.get_by_label("Job title").fill("Chief buyer")
    page.keyboard.press("Enter")

    expect(title.get_by_role("alert")).to_contain_text("Bob Baker changed this")
    expect(title.get_by_role("alert")).to_contain_text("Head of purchasing")
    title.get_by_role("button", name="Take theirs").click()
    expect(title).to_have_text("Head of purchasing")

    title.click()
    expect(title.get_by_label("Job title")).to_be_visible()
    change_record(bob, "contact", contact, title="Director")
    title.get_by_label("Job title").fill("Chief buyer")
    page.keyboard.press("Enter")
    title.get_by_role("button", name="Keep mine").click()
    expect(title).to_have_text("Chief buyer")
    page.reload()
    expect(title).to_have_text("Chief buyer")
