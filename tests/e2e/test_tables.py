"""Tables at full strength: saved views, groups, figures, order in levels, the cell cursor, long scrolls."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from autocrm.contacts.tests.factories import make_many
from tests.e2e.browsing import PHONE, Browsing
from tests.e2e.given import make_record, make_records
from tests.e2e.test_lists import asked, cell, names, rows
from tests.support.cast import Person

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]


def tabs(page: Page) -> Locator:
    return page.get_by_role("navigation", name="Views")


def make_some(person: Person) -> None:
    people: list[dict[str, Any]] = [
        {"first_name": "Ann", "last_name": "Arbor", "type": "lead"},
        {"first_name": "Ben", "last_name": "Birch", "type": "customer"},
        {"first_name": "Cem", "last_name": "Cedar", "type": "customer"},
    ]
    make_records(person, "contact", people)


def test_a_list_is_kept_changed_saved_and_shared(browsing: Browsing, alice: Person, bob: Person) -> None:
    make_some(alice)
    page = browsing.enter(alice)
    page.goto("/contacts/")

    page.get_by_role("toolbar").get_by_role("button", name="Type").click()
    page.get_by_role("menuitem", name="Customer").click()
    expect(rows(page)).to_have_count(2)
    page.get_by_role("link", name="Save view").click()
    drawer = page.get_by_role("dialog", name="Save as a view")
    drawer.get_by_label("Name").fill("Customers")
    drawer.get_by_label("Keep it in the sidebar").check()
    drawer.get_by_role("button", name="Save", exact=True).click()

    expect(tabs(page).get_by_role("link", name="Customers")).to_have_attribute("aria-current", "page")
    expect(page.locator(".rail").get_by_role("link", name="Customers")).to_be_visible()
    expect(names(page)).to_have_text(["Cem Cedar", "Ben Birch"])
    view = asked(page, "view")

    page.get_by_role("button", name="Remove the filter Type").click()
    expect(rows(page)).to_have_count(3)
    assert asked(page, "view") == view
    page.get_by_role("button", name="Reset").click()
    expect(rows(page)).to_have_count(2)

    page.get_by_role("columnheader", name="Name").get_by_role("button").click()
    expect(names(page)).to_have_text(["Ben Birch", "Cem Cedar"])
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("button", name="Save", exact=True)).not_to_be_attached()
    expect(names(page)).to_have_text(["Ben Birch", "Cem Cedar"])

    share_and_delete(page, browsing.enter(bob), view)


def share_and_delete(page: Page, other: Page, view: str) -> None:
    """A private view does not exist for another; shared it does; deleted it is gone."""
    assert other.goto(f"/contacts/?view={view}").status == 404  # type: ignore[union-attr]
    page.get_by_role("button", name="This view").click()
    page.get_by_role("menuitem", name="Rename and share").click()
    drawer = page.get_by_role("dialog", name="Customers")
    drawer.get_by_label("Who sees it").select_option(label="Everybody")
    drawer.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("dialog", name="Customers")).not_to_be_attached()
    other.goto(f"/contacts/?view={view}")
    expect(tabs(other).get_by_role("link", name="Customers")).to_have_attribute("aria-current", "page")

    page.get_by_role("button", name="This view").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("alertdialog").or_(page.locator("dialog[open]")).get_by_role("button").last.click()
    expect(tabs(page).get_by_role("link", name="Customers")).not_to_be_attached()


def test_a_list_in_groups_opens_and_closes_them_and_adds_up(browsing: Browsing, alice: Person) -> None:
    make_some(alice)
    page = browsing.enter(alice)
    page.goto("/contacts/")

    page.get_by_role("button", name="Group", exact=True).click()
    page.get_by_role("menuitemradio", name="Type").click()
    heading = page.get_by_role("button", name=re.compile("Customer 2"))
    expect(page.get_by_role("button", name=re.compile("Lead 1"))).to_have_attribute("aria-expanded", "true")
    expect(names(page)).to_have_text(["Ann Arbor"])
    heading.click()
    expect(rows(page)).to_have_count(3)
    heading.click()
    expect(rows(page).filter(visible=True)).to_have_count(1)

    page.get_by_role("button", name="Below E-mail").click()
    page.get_by_role("menuitemradio", name="Empty").click()
    expect(page.get_by_role("button", name="Below E-mail")).to_contain_text("Empty 3")
    assert asked(page, "sums") == "email:empty"


def test_order_has_levels(browsing: Browsing, alice: Person) -> None:
    make_some(alice)
    page = browsing.enter(alice)
    page.goto("/contacts/?sort=type")

    page.get_by_role("button", name="Sort", exact=True).click()
    menu = page.get_by_role("dialog", name="Sort")
    menu.get_by_label("Sort by", exact=True).select_option(label="Name")
    expect(menu.get_by_label("Level 2")).to_have_value("name")
    menu.get_by_label("Direction").nth(1).select_option(label="descending")
    expect(names(page)).to_have_text(["Ann Arbor", "Cem Cedar", "Ben Birch"])
    assert asked(page, "sort") == "type,-name"
    menu.get_by_role("button", name="Name first").click()
    expect(menu.get_by_label("Level 1")).to_have_value("name")
    menu.get_by_role("button", name="Do not sort by Type").click()
    expect(menu.get_by_label("Level 2")).not_to_be_attached()
    assert asked(page, "sort") == "-name"


def test_a_table_is_worked_by_keys_alone(browsing: Browsing, alice: Person) -> None:
    make_record(alice, "contact", first_name="Ann", last_name="Arbor", title="Buyer", type="lead")
    make_record(alice, "contact", first_name="Ben", last_name="Birch", title="Smith", type="lead")
    page = browsing.enter(alice)
    page.goto("/contacts/?columns=name,title,type,email&sort=name")
    title = cell(page, "Ann Arbor", "title")

    page.keyboard.press("j")
    page.keyboard.press("ArrowRight")
    expect(title).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(cell(page, "Ben Birch", "title")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(title.get_by_label("Job title")).to_be_focused()
    page.keyboard.press("Escape")
    expect(title).to_have_text("Buyer")
    expect(title).to_be_focused()
    page.keyboard.press("e")
    title.get_by_label("Job title").fill("Head buyer")
    page.keyboard.press("Enter")
    expect(title).to_contain_text("Head buyer")
    page.get_by_role("status").get_by_role("button", name="Undo").click()
    expect(title).to_contain_text("Buyer")
    expect(title).not_to_contain_text("Head")

    title.click()
    expect(title.get_by_label("Job title")).to_be_focused()
    page.keyboard.press("Tab")
    expect(cell(page, "Ann Arbor", "type").get_by_label("Type")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("x")
    expect(page.get_by_text("1 selected")).to_be_visible()
    page.keyboard.press("End")
    expect(cell(page, "Ann Arbor", "email")).to_be_focused()


def test_a_name_is_edited_where_it_leads_to_its_record(browsing: Browsing, alice: Person) -> None:
    make_record(alice, "company", name="Acorn")
    make_record(alice, "company", name="Birch")
    page = browsing.enter(alice)
    page.goto("/companies/?sort=name")
    first = rows(page).first
    box = first.locator("td.key input[name=value]")
    first.locator("[data-select]").check()

    first.hover()
    first.get_by_role("button", name="Edit: Name").click()
    expect(box).to_have_value("Acorn")
    box.fill("Nothing of this")
    page.keyboard.press("Escape")
    expect(names(page)).to_have_text(["Acorn", "Birch"])
    expect(first.locator("td.key")).to_be_focused()

    page.keyboard.press("F2")
    box.fill("")
    page.keyboard.press("Enter")
    expect(first.get_by_role("alert")).to_have_text("This is required.")
    box.fill("Ahorn")
    page.keyboard.press("Enter")
    expect(names(page)).to_have_text(["Ahorn", "Birch"])
    expect(first.locator("[data-select]")).to_be_checked()
    page.get_by_role("status").get_by_role("button", name="Undo").click()
    expect(names(page)).to_have_text(["Acorn", "Birch"])

    first.locator("td.key").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Acorn", level=1)).to_be_visible()


def test_a_long_scroll_keeps_the_page_small_and_comes_back(browsing: Browsing, alice: Person) -> None:
    make_many(alice, 2_000)
    page = browsing.enter(alice)
    page.goto("/contacts/?sort=name")
    expect(rows(page)).to_have_count(50)
    names(page).nth(2).locator("xpath=ancestor::tr").locator("[data-select]").check()

    scroller = page.locator(".dtw")
    last = page.get_by_role("link", name="Row 01999")
    for _turn in range(200):
        scroller.evaluate("box => { box.scrollTop = box.scrollHeight }")
        if last.count():
            break
        page.wait_for_function("() => !document.querySelector('[data-more][data-busy]')")
    expect(last).to_be_visible()
    assert rows(page).count() < 500
    assert scroller.evaluate("box => box.scrollHeight") > 60_000

    scroller.evaluate("box => { box.scrollTop = box.scrollHeight / 2 }")
    expect(page.get_by_role("link", name="Row 01000")).to_be_attached()
    scroller.evaluate("box => { box.scrollTop = 0 }")
    first = rows(page).filter(has_text="Row 00002")
    expect(first.locator("[data-select]")).to_be_checked()
    expect(first).to_have_attribute("aria-rowindex", "4")


def test_a_phone_shows_groups_and_views_without_sideways_scrolling(browsing: Browsing, alice: Person) -> None:
    make_some(alice)
    page = browsing.enter(alice, size=PHONE)
    page.goto("/contacts/?group=type&pins=2")

    expect(names(page)).to_have_text(["Ann Arbor"])
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
