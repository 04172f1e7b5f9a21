"""The filter builder by keys: of sixty fields one is found by typing, and the focus is never lost."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from autocrm.records.custom import fields as custom_fields
from tests.e2e.browsing import PHONE, Browsing
from tests.e2e.given import make_records
from tests.support.cast import Person

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]


@pytest.fixture
def contacts(alice: Person) -> list[Any]:
    with alice.at_work() as actor:
        for number in range(40):
            values = {"record_type": "contact", "label": f"Übergröße {number:02}", "kind": "text"}
            custom_fields.create_field(values, actor=actor)
    rows = [
        {"first_name": name, "last_name": "Roth", "city": city} for name, city in (("Ana", "Oslo"), ("Ben", "Rome"))
    ]
    return make_records(alice, "contact", rows)


def opened(page: Page) -> Locator:
    page.goto("/contacts/")
    page.get_by_role("button", name="Filter").first.focus()
    page.keyboard.press("Enter")
    builder = page.get_by_role("dialog", name="Filter")
    expect(field_of(builder)).to_be_visible()
    return builder


def offered(page: Page) -> Locator:
    return page.get_by_role("listbox").get_by_role("option")


def field_of(builder: Locator, place: int = 0) -> Locator:
    return builder.get_by_role("combobox", name="Field", exact=True).nth(place)


def test_one_of_many_fields_is_found_by_typing_and_the_focus_stays_in_its_line(
    browsing: Browsing, alice: Person, contacts: list[Any]
) -> None:
    page = browsing.enter(alice)
    builder = opened(page)
    field = field_of(builder)

    field.focus()
    page.keyboard.type("ubergrosse 3")
    expect(offered(page).first).to_have_text("Übergröße 30")
    page.keyboard.press("Control+A")
    page.keyboard.type("grö 37")
    expect(offered(page)).to_have_text(["Übergröße 37"])
    page.keyboard.press("Enter")

    expect(field_of(builder)).to_be_focused()
    expect(field_of(builder)).to_have_value("Übergröße 37")
    page.keyboard.press("Control+A")
    page.keyboard.type("cit")
    expect(offered(page).first).to_have_text("City")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(builder.get_by_label("Test", exact=True)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("Oslo")

    expect(page.locator("[data-list] [data-row]")).to_have_count(1)
    expect(page.locator("[data-list] [data-row]")).to_contain_text("Ana Roth")


def test_opening_the_list_and_leaving_it_changes_nothing(
    browsing: Browsing, alice: Person, contacts: list[Any]
) -> None:
    page = browsing.enter(alice)
    builder = opened(page)
    field = field_of(builder)
    field.focus()
    page.keyboard.type("City")
    page.keyboard.press("Enter")

    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("listbox").get_by_role("option", selected=True)).to_have_text("City")
    page.keyboard.press("Enter")
    expect(field_of(builder)).to_have_value("City")
    page.keyboard.press("ArrowDown")
    page.keyboard.type("nothing of that name")
    page.keyboard.press("Escape")
    expect(field_of(builder)).to_have_value("City")
    expect(builder).to_be_visible()


def test_a_change_of_and_or_keeps_the_focus_and_a_new_line_begins_at_its_field(
    browsing: Browsing, alice: Person, contacts: list[Any]
) -> None:
    page = browsing.enter(alice)
    builder = opened(page)

    builder.get_by_role("button", name="Condition").press("Enter")
    expect(field_of(builder, 1)).to_be_focused()
    joiner = builder.get_by_label("and / or")
    joiner.select_option(value="or")
    expect(builder.get_by_label("and / or")).to_be_focused()

    builder.get_by_role("button", name="Group").press("Enter")
    expect(field_of(builder, 2)).to_be_focused()
    builder.get_by_label("Group").select_option(index=1)
    expect(builder.locator(".fb-kind")).to_be_focused()


def test_on_a_phone_and_from_right_to_left_all_of_it_is_in_sight(
    browsing: Browsing, alice: Person, contacts: list[Any]
) -> None:
    for size in (None, PHONE):
        page = browsing.enter(alice, size=size) if size else browsing.enter(alice)
        builder = opened(page)
        page.evaluate("document.documentElement.dir = 'rtl'")
        field_of(builder).click()
        box, around = field_of(builder).bounding_box(), builder.bounding_box()
        list_ = page.get_by_role("listbox").first.bounding_box()

        assert box is not None
        assert around is not None
        assert list_ is not None
        assert around["x"] <= box["x"]
        assert box["x"] + box["width"] <= around["x"] + around["width"]
        assert list_["x"] >= 0
        # The list stands at its field, above or below it, and never over it.
        assert list_["y"] + list_["height"] <= box["y"] or list_["y"] >= box["y"] + box["height"]
        assert min(abs(list_["y"] + list_["height"] - box["y"]), abs(list_["y"] - box["y"] - box["height"])) < 12
        assert list_["x"] + list_["width"] <= page.viewport_size["width"]  # type: ignore[index]
