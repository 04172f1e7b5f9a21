"""Two records of one person: warned of, found on the page of duplicates, merged with a choice, taken apart again."""

import pytest
from playwright.sync_api import expect

from tests.e2e.browsing import PHONE, Browsing
from tests.e2e.given import address_of, make_record
from tests.support.cast import Person

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]


def test_a_double_is_warned_of_found_merged_and_taken_apart(browsing: Browsing, alice: Person) -> None:
    company = make_record(alice, "company", name="Globex")
    known = make_record(
        alice, "contact", first_name="Ingrid", last_name="Halvorsen", city="Oslo", company=str(company.pk)
    )
    page = browsing.enter(alice)
    page.goto(f"/contacts/new/?company={company.pk}")
    page.get_by_label("First name").fill("Ingird")
    page.get_by_label("Last name").fill("Halvorsen")
    warning = page.get_by_role("status").filter(has_text="looks like a record")
    expect(warning).to_contain_text("Similar name: Ingird Halvorsen / Ingrid Halvorsen")
    expect(warning).to_contain_text("Same company")
    expect(warning.get_by_role("link", name="Use this one")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Ingird Halvorsen")).to_be_visible()

    page.goto("/contacts/duplicates-found/")
    page.get_by_role("button", name="Search now").click()
    group = page.locator(".dupg")
    for _try in range(20):
        if group.count():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(group).to_contain_text("Similar name: Ingird Halvorsen / Ingrid Halvorsen")
    group.get_by_role("link", name="Merge").click()

    expect(page.get_by_role("heading", name="Merge", exact=True)).to_be_visible()
    expect(page.get_by_text("Stays", exact=True)).to_be_visible()
    page.get_by_role("radio", name="First name: Ingrid Halvorsen").check()
    page.get_by_role("button", name="Merge 2 records").click()
    expect(page.get_by_role("heading", name="Ingrid Halvorsen")).to_be_visible()
    expect(page.get_by_text("was merged into this one")).to_be_visible()

    page.get_by_role("button", name="Undo the merge").click()
    expect(page.get_by_text("2 records are themselves again").first).to_be_visible()
    page.goto("/contacts/")
    expect(page.get_by_role("link", name="Ingird Halvorsen")).to_be_visible()
    page.goto(address_of("contact", known))
    expect(page.get_by_role("heading", name="Ingrid Halvorsen")).to_be_visible()


def test_the_merge_page_fits_a_phone(browsing: Browsing, alice: Person) -> None:
    one, other = (make_record(alice, "contact", first_name="Ann", last_name="Other", city=city) for city in ("A", "B"))
    page = browsing.enter(alice, size=PHONE)
    page.goto(f"/contacts/merge/?ids={one.pk},{other.pk}")

    expect(page.get_by_role("button", name="Merge 2 records")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
