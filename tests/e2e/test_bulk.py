"""Bulk actions in the browser: select all that match, tag them, watch, undo; fields of a few; the bin."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.browsing import Browsing
from tests.e2e.given import change_record, make_records
from tests.support.cast import Person

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]


def said(page: Page) -> Locator:
    return page.get_by_role("region", name="Messages")


def test_all_that_match_are_tagged_watched_and_set_back(browsing: Browsing, alice: Person) -> None:
    rows = [{"last_name": f"Lead {number:03}", "type": "lead"} for number in range(120)]
    leads = make_records(alice, "contact", rows)
    make_records(alice, "contact", [{"last_name": "Partner", "type": "partner"}])
    page = browsing.enter(alice)
    page.goto("/contacts/?type=lead")
    page.get_by_role("checkbox", name="Select all on this page").check()
    selected = page.get_by_role("toolbar", name="Selected rows")
    selected.get_by_role("button", name="Select all 120").click()
    expect(selected).to_contain_text("120")

    selected.get_by_role("button", name="Add tags").click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_role("combobox", name="Tags").fill("VIP")
    page.get_by_role("option", name="VIP").click()
    drawer.get_by_role("button", name="Apply").click()
    page.get_by_role("link", name="Show").click()

    expect(page.get_by_role("heading", name="Add tags: VIP", level=1)).to_be_visible()
    expect(page.get_by_text("Done", exact=True)).to_be_visible()
    outcome = page.get_by_role("group", name="What became of the records")
    expect(outcome).to_contain_text("120Changed")

    change_record(alice, "contact", leads[0], tags=[])
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="Undo: Add tags: VIP", level=1)).to_be_visible()
    expect(outcome).to_contain_text("119Changed")
    page.goto("/contacts/?type=lead")
    expect(page.locator("tr[data-row]").first).to_be_visible()
    expect(page.get_by_text("VIP", exact=True)).to_have_count(0)


def test_fields_of_a_few_are_set_in_the_drawer_and_taken_back_by_the_toast(browsing: Browsing, alice: Person) -> None:
    make_records(alice, "contact", [{"last_name": "Anker", "city": "Oslo"}, {"last_name": "Berg", "city": "Oslo"}])
    page = browsing.enter(alice)
    page.goto("/contacts/?columns=type,city")
    for name in ("Anker", "Berg"):
        page.get_by_role("checkbox", name=f"Select {name}").check()

    page.get_by_role("button", name="Edit fields").click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_label("Field to change").select_option("type")
    drawer.get_by_label("Type").select_option("customer")
    drawer.get_by_label("Field to change").select_option("city")
    drawer.get_by_role("group").filter(has_text="City").get_by_label("Clear the value instead").check()
    drawer.get_by_role("button", name="Apply").click()

    expect(said(page)).to_contain_text("2 changed")
    expect(page.locator("tr[data-row]", has_text="Customer")).to_have_count(2)
    said(page).get_by_role("button", name="Undo").click()
    expect(said(page)).to_contain_text("2 set back")
    expect(page.locator("tr[data-row]", has_text="Oslo")).to_have_count(2)


def test_the_bin_gives_back_and_lets_go(browsing: Browsing, alice: Person) -> None:
    make_records(alice, "contact", [{"last_name": "Anker"}, {"last_name": "Berg"}])
    page = browsing.enter(alice)
    page.goto("/contacts/")
    page.get_by_role("checkbox", name="Select all on this page").check()
    page.get_by_role("toolbar", name="Selected rows").get_by_role("button", name="Move to the bin").click()
    expect(said(page)).to_contain_text("2 moved to the bin")

    page.goto("/bin/")
    page.get_by_role("button", name="Restore Anker").click()
    expect(page.get_by_role("row").filter(has_text="Anker")).to_have_count(0)
    page.get_by_role("button", name="Delete Berg for good").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete for good").click()

    expect(page.get_by_text("The bin is empty")).to_be_visible()
    page.goto("/contacts/")
    expect(page.locator("tr[data-row]")).to_have_count(1)
