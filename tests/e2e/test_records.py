"""One record: made in the drawer by keys alone, changed in place, a note and a task on its timeline."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.browsing import Browsing
from tests.e2e.given import address_of, make_record
from tests.support.cast import Person, make_person

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]


def test_a_contact_is_made_by_keys_alone_and_a_double_is_pointed_out(browsing: Browsing, alice: Person) -> None:
    make_record(alice, "contact", first_name="Ann", last_name="Other", email="ann@acorn.example")
    page = browsing.enter(alice)
    page.goto("/contacts/")
    keys = page.keyboard
    drawer = page.locator("#drawer")

    keys.press("n")
    expect(drawer.get_by_label("First name")).to_be_focused()
    keys.type("Ann")
    keys.press("Tab")
    keys.type("Other")
    expect(drawer.get_by_role("status")).to_contain_text("This looks like a record that exists already")
    expect(drawer.get_by_role("link", name="Ann Other")).to_be_visible()

    keys.press("Tab")
    expect(drawer.get_by_label("E-mail", exact=True)).to_be_focused()
    keys.type("not an address")
    keys.press("Control+Enter")
    expect(drawer.get_by_label("E-mail", exact=True)).to_be_focused()
    expect(drawer.get_by_label("E-mail", exact=True)).to_have_attribute("aria-invalid", "true")

    keys.press("Control+A")
    keys.type("ann.other@birch.example")
    keys.press("Control+Enter")
    expect(drawer).to_be_hidden()
    expect(page.locator("tr[data-row]")).to_have_count(2)
    expect(page.get_by_text("ann.other@birch.example")).to_be_visible()


def test_what_was_typed_is_not_lost_by_a_stray_escape(browsing: Browsing, alice: Person) -> None:
    page = browsing.enter(alice)
    page.goto("/contacts/")
    drawer = page.locator("#drawer")

    page.keyboard.press("n")
    drawer.get_by_label("First name").fill("Ann")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Keep editing").click()
    expect(drawer.get_by_label("First name")).to_have_value("Ann")

    page.keyboard.press("Escape")
    page.get_by_role("button", name="Leave", exact=True).click()
    expect(drawer).to_be_hidden()
    expect(page.locator("tr[data-row]")).to_have_count(0)


def test_a_note_and_a_task_are_written_on_the_page_and_stay_on_its_timeline(browsing: Browsing, alice: Person) -> None:
    contact = make_record(alice, "contact", first_name="Ann", last_name="Other", type="customer")
    page = browsing.enter(alice)
    page.goto(address_of("contact", contact))
    timeline = page.locator("#timeline")

    page.get_by_role("main").get_by_role("link", name="Note").first.click()
    page.keyboard.type("Wants a quote for forty seats")
    page.get_by_role("button", name="Save note").click()
    expect(timeline).to_contain_text("Wants a quote for forty seats")

    page.get_by_role("main").get_by_role("link", name="Task").first.click()
    page.keyboard.type("Send the quote")
    page.keyboard.press("Control+Enter")
    upcoming = page.locator("#upcoming")
    expect(upcoming.get_by_role("link", name="Send the quote")).to_be_visible()
    upcoming.get_by_role("button", name="Done").click()
    expect(upcoming.get_by_role("link", name="Send the quote")).to_be_hidden()
    expect(timeline).to_contain_text("Send the quote")

    page.reload()
    expect(timeline).to_contain_text("Wants a quote for forty seats")
    expect(timeline).to_contain_text("Send the quote")


def test_a_property_is_changed_in_place_and_the_history_says_by_whom(browsing: Browsing, alice: Person) -> None:
    contact = make_record(alice, "contact", first_name="Ann", last_name="Other", title="Buyer", type="lead")
    page = browsing.enter(alice)
    page.goto(address_of("contact", contact))
    title = page.locator('#props [data-edit-url*="/edit/title/"]')
    kind = page.locator('#props [data-edit-url*="/edit/type/"]')

    title.focus()
    page.keyboard.press("Enter")
    title.get_by_label("Job title").fill("Head of purchasing")
    page.keyboard.press("Enter")
    expect(title).to_contain_text("Head of purchasing")
    kind.click()
    kind.get_by_label("Type").select_option(label="Customer")
    expect(kind).to_contain_text("Customer")
    expect(page.locator("#rec-top")).to_contain_text("Customer")

    page.get_by_role("tab", name="History").click()
    history = page.locator("#panel-history")
    expect(history).to_contain_text("Head of purchasing")
    expect(history).to_contain_text(alice.user.name)


def test_the_palette_finds_a_person_and_opens_the_page(browsing: Browsing, alice: Person) -> None:
    contact = make_record(alice, "contact", first_name="Annabel", last_name="Otterburn", phone="+1 415 555 0142")
    page = browsing.enter(alice)
    page.goto("/companies/")

    page.keyboard.press("/")
    page.get_by_role("combobox", name="Search records and commands").fill("otterb")
    option = page.get_by_role("option", name=re.compile("Annabel"))
    expect(option).to_be_visible()
    page.get_by_role("combobox", name="Search records and commands").fill("5550142")
    expect(option).to_be_visible()
    expect(page.get_by_role("option", selected=True)).to_contain_text("Annabel")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(re.escape(address_of("contact", contact)) + "$"))


def test_two_people_at_one_field_see_both_values_and_choose(browsing: Browsing, alice: Person) -> None:
    dana = make_person("Dana Drew", alice.tenant)
    contact = make_record(alice, "contact", first_name="Ann", last_name="Other", city="Oslo")
    hers, mine = browsing.enter(dana), browsing.enter(alice)

    def begin(page: Page) -> Locator:
        page.goto(address_of("contact", contact))
        field = page.locator('.props [data-edit-url*="/edit/city/"]')
        field.click()
        expect(field.get_by_role("textbox")).to_have_value("Oslo")
        return field

    his, own = begin(hers), begin(mine)
    for field, city in ((his, "Bergen"), (own, "Trondheim")):
        field.get_by_role("textbox").fill(city)
        field.get_by_role("textbox").press("Enter")
        if city == "Bergen":
            expect(field).to_have_text(re.compile("Bergen"))

    note = own.get_by_role("alert")
    expect(note).to_contain_text("Dana Drew changed this")
    expect(note).to_contain_text(re.compile(r"Theirs\s*Bergen\s*Yours\s*Trondheim"))
    note.get_by_role("button", name="Keep mine").click()
    # The note itself says both; only when it is gone is the value saved.
    expect(note).to_have_count(0)
    expect(own).to_have_text(re.compile("Trondheim"))
    mine.reload()
    expect(own).to_have_text(re.compile("Trondheim"))
