"""Computed fields: a formula is written in the drawer and corrected by what the check says, a rollup is chosen."""

import pytest
from playwright.sync_api import expect

from tests.e2e.browsing import PHONE, Browsing
from tests.e2e.given import make_record
from tests.support.cast import Person

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]


def test_a_formula_and_a_rollup_are_defined_and_stand_in_the_list(browsing: Browsing, alice: Person) -> None:
    company = make_record(alice, "company", name="Northwind", revenue="1200", employees="4")
    make_record(alice, "contact", first_name="Ann", company=str(company.id))
    page = browsing.enter(alice)

    page.goto("/settings/data-model/companies/")
    page.get_by_role("link", name="New field").first.click()
    drawer = page.locator("#drawer")
    drawer.get_by_label("Kind").select_option("formula")
    source = drawer.get_by_label("Formula")
    expect(source).to_be_visible()
    drawer.get_by_label("Label").fill("Revenue per head")
    source.fill("revenu / employees")
    expect(drawer.get_by_text("did you mean revenue?")).to_be_visible()
    source.fill("")
    drawer.get_by_text("Insert a field").click()
    drawer.get_by_role("button", name="Annual revenue revenue").first.click()
    page.keyboard.type(" / employees")
    expect(drawer.get_by_text("Result: Amount of money")).to_be_visible()
    expect(drawer.locator(".fx-samples")).to_contain_text("$300.00")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Revenue per head added").first).to_be_visible()

    page.get_by_role("link", name="New field").first.click()
    drawer.get_by_label("Kind").select_option("rollup")
    expect(drawer.get_by_label("Look at")).to_be_visible()
    drawer.get_by_label("Label").fill("People")
    drawer.get_by_label("Look at").select_option("contact:company")
    expect(drawer.get_by_text("Only Contacts where")).to_be_visible()
    drawer.get_by_role("button", name="Add field").click()
    expect(page.get_by_text("People added").first).to_be_visible()

    page.goto("/companies/?columns=name,revenue_per_head,people&sort=-revenue_per_head")
    row = page.locator("[data-row]").first
    expect(row).to_contain_text("Northwind")
    expect(row).to_contain_text("300")
    expect(row.locator("td").last).to_contain_text("1")


def test_a_formula_is_mended_on_a_phone(browsing: Browsing, alice: Person) -> None:
    page = browsing.enter(alice, size=PHONE)

    page.goto("/settings/data-model/companies/new/?kind=formula")
    page.get_by_label("Label").fill("Twice")
    page.get_by_label("Formula").fill("employees *")
    expect(page.get_by_text("Line 1, column 12: Something is missing at the end.").first).to_be_visible()
    page.get_by_label("Formula").fill("employees * 2")
    expect(page.get_by_text("Result: Number")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
