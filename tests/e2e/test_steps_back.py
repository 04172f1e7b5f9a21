"""The browser's Back and Forward on a list: what was changed last is taken back, and all of the page follows."""

import pytest
from playwright.sync_api import Page, expect

from autocrm.contacts.tests.factories import make_many
from tests.e2e.browsing import Browsing
from tests.e2e.given import fill_condition, make_records
from tests.e2e.test_lists import COMPANIES, asked, names, rows
from tests.support.cast import Person

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

BY_NAME = ["Acorn Clinics", "Birch Labs", "Cedar Care", "Dale Motors"]
BY_REVENUE = ["Dale Motors", "Birch Labs", "Acorn Clinics", "Cedar Care"]


def find(page: Page, text: str) -> None:
    box = page.get_by_role("searchbox", name="Search companies")
    box.click()
    box.press_sequentially(text)


def test_back_takes_back_the_last_change_and_forward_makes_it_again(browsing: Browsing, alice: Person) -> None:
    make_records(alice, "company", COMPANIES)
    page = browsing.enter(alice)
    page.goto("/today/")
    page.goto("/companies/")
    expect(names(page)).to_have_text(BY_NAME)

    page.goto("/companies/?sort=-revenue")
    expect(names(page)).to_have_text(BY_REVENUE)
    page.get_by_role("button", name="Owner", exact=True).first.click()
    page.get_by_role("menuitem", name="Mine").click()
    expect(page.get_by_role("button", name="Remove the filter Owner")).to_be_visible()
    page.get_by_role("button", name="Group", exact=True).click()
    page.get_by_role("menuitemradio", name="Owner").click()
    expect(page.locator("tbody[data-group]")).to_have_count(1)

    page.go_back()
    expect(page.locator("tbody[data-group]")).to_have_count(0)
    expect(names(page)).to_have_text(BY_REVENUE)
    page.go_back()
    expect(page.get_by_role("button", name="Remove the filter Owner")).not_to_be_attached()
    assert asked(page, "owner") == ""
    page.go_forward()
    expect(page.get_by_role("button", name="Remove the filter Owner")).to_be_visible()
    page.go_back()
    page.go_back()
    expect(names(page)).to_have_text(BY_NAME)
    page.go_back()
    expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()


def test_what_is_typed_into_the_search_is_one_step(browsing: Browsing, alice: Person) -> None:
    make_records(alice, "company", COMPANIES)
    page = browsing.enter(alice)
    page.goto("/companies/")
    find(page, "ce")
    expect(names(page)).to_have_text(["Cedar Care"])
    find(page, "dar")
    page.wait_for_url("**/companies/?q=cedar")
    expect(names(page)).to_have_text(["Cedar Care"])

    page.go_back()

    expect(names(page)).to_have_text(BY_NAME)
    expect(page.get_by_role("searchbox", name="Search companies")).to_have_value("")
    page.go_forward()
    expect(names(page)).to_have_text(["Cedar Care"])
    expect(page.get_by_role("searchbox", name="Search companies")).to_have_value("cedar")


def test_a_filter_built_at_once_is_one_step_and_the_builder_follows(browsing: Browsing, alice: Person) -> None:
    make_records(alice, "company", COMPANIES)
    page = browsing.enter(alice)
    page.goto("/companies/")
    page.get_by_role("button", name="Filter").click()
    builder = page.get_by_role("dialog", name="Filter")
    fill_condition(builder, 0, "Industry", "is", "medical")
    expect(names(page)).to_have_text(["Acorn Clinics", "Birch Labs", "Cedar Care"])
    builder.get_by_role("button", name="Condition").click()
    fill_condition(builder, 1, "Annual revenue", "is more than", "1000")
    expect(names(page)).to_have_text(["Acorn Clinics", "Birch Labs"])

    page.go_back()

    expect(names(page)).to_have_text(BY_NAME)
    expect(builder.get_by_label("Value", exact=True)).to_have_count(1)
    expect(builder.get_by_label("Value", exact=True)).to_have_value("")
    page.go_forward()
    expect(names(page)).to_have_text(["Acorn Clinics", "Birch Labs"])
    expect(builder.get_by_label("Value", exact=True).nth(1)).to_have_value("1000")
    builder.get_by_role("button", name="Done").click()
    expect(page.get_by_role("button", name="Filter · 2")).to_be_visible()


def test_columns_and_the_shape_go_back_and_so_does_their_chooser(browsing: Browsing, alice: Person) -> None:
    make_records(alice, "company", COMPANIES)
    page = browsing.enter(alice)
    page.goto("/companies/")
    page.get_by_role("button", name="Columns").click()
    columns = page.get_by_role("dialog", name="Columns")
    columns.get_by_role("checkbox", name="City", exact=True).check()
    columns.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("columnheader", name="City")).to_be_attached()
    page.get_by_role("button", name="Calendar").click()
    expect(page.locator("[data-carry=days]")).to_be_visible()

    page.go_back()
    expect(page.get_by_role("columnheader", name="City")).to_be_attached()
    expect(page.get_by_role("button", name="Table")).to_have_attribute("aria-pressed", "true")
    page.go_back()

    expect(page.get_by_role("columnheader", name="City")).not_to_be_attached()
    expect(rows(page)).to_have_count(4)
    page.get_by_role("button", name="Columns").click()
    expect(columns.get_by_role("checkbox", name="City", exact=True)).not_to_be_checked()


def test_a_step_back_leads_to_where_one_was_in_the_list(browsing: Browsing, alice: Person) -> None:
    make_many(alice, 300)
    page = browsing.enter(alice)
    page.goto("/contacts/?sort=name")
    scroller = page.locator(".dtw")
    far = page.get_by_role("link", name="Row 00180")
    for _turn in range(20):
        scroller.evaluate("box => { box.scrollTop = box.scrollHeight }")
        if far.count():
            break
        page.wait_for_function("() => !document.querySelector('[data-more][data-busy]')")
    far.scroll_into_view_if_needed()
    expect(far).to_be_in_viewport()

    page.get_by_role("button", name="Sort", exact=True).click()
    page.get_by_role("dialog", name="Sort").get_by_label("Direction").select_option(label="descending")
    expect(names(page).first).to_have_text("Row 00299")
    page.keyboard.press("Escape")
    page.go_back()

    expect(far).to_be_in_viewport()


def test_a_step_back_shows_the_record_that_was_looked_at_then(browsing: Browsing, alice: Person) -> None:
    make_records(alice, "company", COMPANIES)
    page = browsing.enter(alice)
    page.goto("/companies/?sort=name")
    panel = page.locator("#peek")
    names(page).first.click()
    expect(panel.get_by_role("heading", name="Acorn Clinics")).to_be_visible()
    page.wait_for_url("**peek=**")
    page.get_by_role("columnheader", name="Name").get_by_role("button").click()
    expect(names(page)).to_have_text(BY_NAME[::-1])
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()

    page.go_back()

    expect(names(page)).to_have_text(BY_NAME)
    expect(panel.get_by_role("heading", name="Acorn Clinics")).to_be_visible()
