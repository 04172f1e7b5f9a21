"""Small manners of every page: nothing is sent twice, no focus is lost, what was typed to the end is what is taken."""

from typing import Any

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.e2e.browsing import Browsing
from tests.e2e.given import address_of, change_record, make_record, make_records
from tests.support.cast import Person

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]


# Milliseconds: parts of a page wait 200 for more to happen before they load again.
LONGER_THAN_A_REFRESH = 600


@pytest.fixture
def contact(alice: Person) -> Any:
    return make_record(alice, "contact", first_name="Ana", last_name="Roth")


@pytest.fixture
def page(browsing: Browsing, alice: Person, contact: Any) -> Page:
    return browsing.enter(alice)


class Gate:
    """Holds the requests to an address back until it is opened."""

    def __init__(self, page: Page, address: str) -> None:
        self.held: list[Route] = []
        self.is_open = False
        page.route(address, self._come)

    def _come(self, route: Route) -> None:
        if self.is_open:
            route.continue_()
        else:
            self.held.append(route)

    def open(self) -> None:
        self.is_open = True
        for route in self.held:
            route.continue_()


def posts(page: Page, ending: str) -> list[Request]:
    sent: list[Request] = []
    page.on("request", lambda each: sent.append(each) if each.method == "POST" and ending in each.url else None)
    return sent


def test_a_button_that_is_pressed_twice_sends_once_and_keeps_the_focus(page: Page, contact: Any) -> None:
    page.goto(address_of("contact", contact))
    sent = posts(page, "/follow/")
    gate = Gate(page, "**/follow/**")
    follow = page.get_by_role("button", name="Follow").first

    follow.focus()
    page.keyboard.press("Enter")
    expect(follow).to_have_attribute("aria-busy", "true")
    expect(follow).to_be_focused()
    page.keyboard.press("Enter")
    follow.click(force=True)
    # What changes meanwhile is read later: the answer would find its button gone.
    read = []
    page.on("request", lambda each: read.append(each.url) if each.url == page.url else None)
    page.evaluate("document.dispatchEvent(new CustomEvent('autocrm:changed', { detail: { type: 'contact' } }))")
    page.wait_for_timeout(LONGER_THAN_A_REFRESH)
    assert read == []
    gate.open()

    expect(page.get_by_role("button", name="Following").first).to_be_focused()
    page.wait_for_load_state("networkidle")
    assert len(sent) == 1


def test_enter_in_the_palette_takes_what_was_typed_and_not_what_stood_there(page: Page, contact: Any) -> None:
    page.goto("/companies/")
    page.keyboard.press("Control+K")
    options = page.locator("#pal-list [role=option]")
    expect(options.first).to_be_visible()
    gate = Gate(page, "**/palette/**")

    page.keyboard.type("Ana Roth")
    page.keyboard.press("Enter")
    expect(page.locator("#palette")).to_be_visible()
    gate.open()

    page.wait_for_url(f"**{address_of('contact', contact)}")


def test_a_picker_asks_the_server_and_takes_what_it_answers_to_all_that_was_typed(
    page: Page, alice: Person, contact: Any
) -> None:
    make_records(alice, "company", [{"name": "Acme"}, {"name": "Globex"}])
    page.goto("/contacts/new/")
    box = page.get_by_role("combobox", name="Company")
    box.click()
    expect(page.get_by_role("option", name="Acme")).to_be_visible()
    gate = Gate(page, "**/pick/company/**")

    page.keyboard.type("Glob")
    page.keyboard.press("Enter")
    expect(box).to_have_value("Glob")
    gate.open()

    expect(box).to_have_value("Globex")


def test_closing_a_message_gives_the_focus_back(page: Page, contact: Any) -> None:
    page.goto("/contacts/")
    search = page.get_by_role("searchbox").first
    search.focus()
    page.evaluate("document.dispatchEvent(new CustomEvent('autocrm:toast', { detail: { message: 'One' } }))")
    close = page.locator("#toasts").get_by_role("button", name="Close")
    close.focus()
    page.evaluate("document.dispatchEvent(new CustomEvent('autocrm:toast', { detail: { message: 'Two' } }))")
    expect(close).to_have_count(2)
    expect(close.first).to_be_focused()

    page.keyboard.press("Enter")

    expect(page.locator("#toasts")).not_to_contain_text("One")
    expect(search).to_be_focused()


def test_taking_off_a_filter_by_keys_leaves_the_focus_among_the_filters(page: Page, contact: Any) -> None:
    page.goto("/contacts/?type=lead&owner=me")
    chips = page.locator("#list-chips")
    off = chips.get_by_role("button", name="Remove the filter Type")

    off.focus()
    page.keyboard.press("Enter")
    expect(off).to_have_count(0)
    expect(chips.locator(":focus")).to_have_count(1)

    chips.get_by_role("button", name="Remove the filter").press("Enter")
    expect(chips.get_by_role("button", name="Remove the filter")).to_have_count(0)
    expect(chips.locator(":focus")).to_have_count(1)


def test_a_filter_that_was_closed_hears_nothing_of_the_address(page: Page, contact: Any) -> None:
    page.goto("/contacts/")
    told = "window.told = 0; document.addEventListener('autocrm:filter', () => { window.told += 1; })"
    for _time in range(3):
        # The builder of the last time stands there until the new one has come.
        with page.expect_response("**/contacts/filter/**"):
            page.get_by_role("button", name="Filter").first.click()
        expect(page.get_by_role("dialog", name="Filter").get_by_role("combobox", name="Field")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog", name="Filter")).to_be_hidden()

    page.evaluate(told)
    page.evaluate(
        "document.dispatchEvent(new CustomEvent('autocrm:url-state', { detail: { changes: { filter: null } } }))"
    )

    assert page.evaluate("window.told") <= 1


def test_half_a_date_is_pointed_at_and_empties_nothing(page: Page, alice: Person, contact: Any) -> None:
    change_record(alice, "contact", contact, next_follow_up_on="2031-03-09")
    sent = posts(page, "/edit/next_follow_up_on/")
    page.goto("/contacts/?columns=name,next_follow_up_on")
    cell = page.locator('tr[data-row] [data-edit-url*="/next_follow_up_on/"]')
    cell.click()
    field = cell.get_by_label("Next follow-up")
    expect(field).to_be_focused()

    page.keyboard.press("Delete")
    expect(field).to_have_value("")
    page.keyboard.press("Enter")
    expect(field).to_have_attribute("aria-invalid", "true")
    page.locator("h1").click()
    expect(field).to_be_focused()
    page.keyboard.press("Escape")

    expect(cell).to_contain_text("9 Mar 2031")
    assert sent == []


def test_a_form_with_half_a_date_is_not_sent(page: Page, contact: Any) -> None:
    sent = posts(page, "/compose/task/")
    page.goto(address_of("contact", contact))
    page.locator("#compose-tab-task").click()
    page.locator("#comp-task-subject").fill("Call back")
    due = page.locator("#comp-task-due_at")
    due.focus()

    page.keyboard.press("Delete")
    expect(due).to_have_value("")
    page.keyboard.press("Control+Enter")
    expect(due).to_have_attribute("aria-invalid", "true")
    expect(due).to_be_focused()
    assert sent == []

    due.fill("2031-03-09T15:45")
    expect(due).not_to_have_attribute("aria-invalid", "true")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#upcoming")).to_contain_text("Call back")


def test_an_editor_that_was_opened_while_the_list_was_on_its_way_stays(page: Page, contact: Any) -> None:
    address = "/contacts/?columns=name,title"
    page.goto(address)
    gate = Gate(page, f"**{address}")
    with page.expect_request(f"**{address}"):
        page.evaluate("document.dispatchEvent(new CustomEvent('autocrm:changed', { detail: { type: 'contact' } }))")
    cell = page.locator('tr[data-row] [data-edit-url*="/edit/title/"]')
    cell.click()
    cell.get_by_label("Job title").fill("Chief buyer")

    with page.expect_response(f"**{address}"):
        gate.open()
    page.evaluate("new Promise(requestAnimationFrame)")
    expect(cell.get_by_label("Job title")).to_have_value("Chief buyer")
    with page.expect_response(f"**{address}"):
        page.keyboard.press("Enter")

    expect(cell).to_have_text("Chief buyer")
