"""The data model: an administrator adds fields on a page, and everybody works with them at once."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import PHONE, Browsing
from tests.e2e.given import address_of, choose_field, make_record
from tests.support.cast import Person

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]


def add_choice(page: Page, label: str, *options: str) -> None:
    page.get_by_role("link", name="New field").first.click()
    drawer = page.locator("#drawer")
    drawer.get_by_label("Kind", exact=True).select_option("select")
    expect(drawer.get_by_label("Choice", exact=True)).to_have_count(2)
    drawer.get_by_label("Label").fill(label)
    for at, option in enumerate(options):
        if at > 1:
            page.keyboard.press("Enter")
        drawer.get_by_label("Choice", exact=True).nth(at).fill(option)
    drawer.get_by_label("Colour").nth(0).select_option("ok")
    drawer.get_by_role("button", name="Add field").click()
    expect(page.get_by_role("link", name=label, exact=True)).to_be_visible()


def add_money(page: Page, label: str) -> None:
    page.get_by_role("link", name="New field").first.click()
    drawer = page.locator("#drawer")
    drawer.get_by_label("Kind", exact=True).select_option("currency")
    expect(drawer.get_by_label("Smallest")).to_be_visible()
    drawer.get_by_label("Label").fill(label)
    drawer.get_by_label("Smallest").fill("0")
    drawer.get_by_label("Fast lists", exact=False).check()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("link", name=label, exact=True)).to_be_visible()


def test_a_field_made_on_the_page_is_asked_filtered_and_edited_at_once(browsing: Browsing, alice: Person) -> None:
    first = make_record(alice, "company", name="Globex")
    page = browsing.enter(alice)

    page.goto("/settings/data-model/companies/")
    expect(page.get_by_text("No own fields yet")).to_be_visible()
    add_choice(page, "Tier", "Gold", "Silver", "Bronze")
    add_money(page, "Contract value")
    page.get_by_role("button", name="Move Contract value", exact=False).press("ArrowUp")
    expect(page.locator("[data-order-item]").first).to_contain_text("Contract value")

    page.goto("/companies/?columns=name,tier,contract_value")
    page.get_by_role("link", name=re.compile("New company|^New$")).first.click()
    drawer = page.locator("#drawer")
    drawer.get_by_label("Name", exact=False).first.fill("Initech")
    drawer.get_by_label("Tier").select_option(label="Gold")
    drawer.get_by_label("Contract value").fill("12500.50")
    drawer.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("tr", has_text="Initech")).to_contain_text("Gold")

    cell = page.locator("tr", has_text="Globex").locator(f'[data-edit-url*="{first.id}/edit/contract_value"]')
    cell.click()
    page.locator('input[name="value"]').fill("-1")
    page.keyboard.press("Enter")
    expect(page.get_by_text("At least 0.00.")).to_be_visible()
    page.locator('input[name="value"]').fill("300")
    page.keyboard.press("Enter")
    expect(page.locator("tr", has_text="Globex")).to_contain_text("300")

    page.goto("/companies/?columns=name,tier,contract_value&sort=-contract_value&contract_value__gt=1000")
    expect(page.locator("#list tbody tr[data-row]")).to_have_count(1)
    page.goto("/companies/?tier=gold")
    expect(page.locator("#list tbody tr[data-row]")).to_have_count(1)


def test_fields_are_shown_and_required_as_their_conditions_say(browsing: Browsing, alice: Person) -> None:
    page = browsing.enter(alice)
    page.goto("/settings/data-model/companies/")
    add_choice(page, "Status", "Open", "Lost")
    page.get_by_role("link", name="New field").first.click()
    drawer = page.locator("#drawer")
    drawer.get_by_label("Label").fill("Why lost")
    for words in ("Show it only when", "Require it when"):
        part = drawer.locator("details", has_text=words)
        part.locator("summary").click()
        builder = part.locator("[data-filter-builder]")
        builder.locator("[data-filter-add]").click()
        choose_field(builder.get_by_role("combobox", name="Field", exact=True), "Status")
        builder.get_by_role("combobox", name="Value").fill("Lost")
        part.get_by_role("option", name="Lost").click()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("link", name="Why lost", exact=True)).to_be_visible()

    page.goto("/companies/new/")
    page.get_by_label("Name", exact=False).first.fill("Initech")
    expect(page.get_by_label("Why lost")).to_be_hidden()
    page.get_by_label("Status").select_option(label="Lost")
    expect(page.get_by_label("Why lost")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("This is required.")).to_be_visible()
    page.get_by_label("Why lost").fill("Price")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Initech")
    expect(page.locator("#props")).to_contain_text("Price")


def test_the_data_model_is_worked_on_a_phone(browsing: Browsing, alice: Person) -> None:
    page = browsing.enter(alice, size=PHONE)
    page.goto("/settings/data-model/companies/")
    add_choice(page, "Tier", "Gold", "Silver")
    company = make_record(alice, "company", name="Globex")
    page.goto(address_of("company", company))
    expect(page.get_by_role("heading", level=1)).to_have_text("Globex")


def test_a_form_opened_as_a_page_of_its_own_says_what_is_wrong_and_leads_back(
    browsing: Browsing, alice: Person
) -> None:
    page = browsing.enter(alice)
    page.goto("/settings/data-model/companies/new/")

    page.get_by_label("Kind").select_option("select")
    expect(page.get_by_label("Choice", exact=True).first).to_be_visible()
    page.get_by_label("Label").fill("Tier")
    page.get_by_role("button", name="Add field").click()
    expect(page.get_by_text("Give at least one choice.")).to_be_visible()
    expect(page.get_by_label("Choice", exact=True).first).to_be_focused()
    page.get_by_label("Choice", exact=True).first.fill("Gold")
    page.get_by_role("button", name="Add field").click()
    expect(page).to_have_url(re.compile("/settings/data-model/companies/$"))
    expect(page.get_by_role("cell", name="Tier", exact=True)).to_be_visible()
    expect(page.locator("#toasts")).to_contain_text("Tier added")

    page.goto("/settings/tokens/new/")
    page.get_by_role("button", name="Cancel").click()
    expect(page).to_have_url(re.compile("/settings/$|/settings/tokens/$|/settings/profile/$"))


def test_a_condition_in_the_drawer_has_room_for_its_value_and_icons_say_their_names(
    browsing: Browsing, alice: Person
) -> None:
    page = browsing.enter(alice)
    page.goto("/settings/data-model/companies/")
    page.get_by_role("link", name="New field").first.click()
    drawer = page.locator("#drawer")
    drawer.get_by_text("Show it only when").click()
    drawer.get_by_role("button", name="Condition").first.click()

    value = drawer.get_by_label("Value").bounding_box()
    assert value is not None
    assert value["width"] > 200

    drawer.get_by_role("button", name="Close").hover()
    expect(drawer.get_by_role("button", name="Close")).to_have_attribute("title", "Close")
