"""Parts of a page load themselves again when something changes, and never under somebody's hands."""

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from autocrm.activities import services as activities
from autocrm.kernel.clock import now
from tests.e2e.browsing import Browsing
from tests.e2e.given import address_of, make_record
from tests.support.cast import Person

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]
# An ordinary field in a part, as any app may draw one.
FIELD = "document.getElementById('upcoming').insertAdjacentHTML('beforeend', '<input id=\"mine\" aria-label=\"Mine\">')"


@pytest.fixture
def contact(alice: Person) -> Any:
    made = make_record(alice, "contact", first_name="Ana", last_name="Roth")
    plan(alice, made, "Send the offer")
    return made


@pytest.fixture
def page(browsing: Browsing, alice: Person, contact: Any) -> Page:
    page = browsing.enter(alice)
    page.goto(address_of("contact", contact))
    expect(page.locator("#upcoming")).to_contain_text("Send the offer")
    return page


def plan(person: Person, contact: Any, subject: str) -> None:
    with person.at_work() as actor:
        values = {"subject": subject, "due_at": now() + timedelta(days=1)}
        activities.create_task(values, about=[activities.About("contact", contact.pk)], actor=actor)


def hear(page: Page) -> None:
    """What the socket and the answers of other parts of the page say."""
    page.evaluate("document.dispatchEvent(new CustomEvent('autocrm:changed', { detail: { type: 'task' } }))")


def others_plan(page: Page, person: Person, contact: Any, subject: str) -> None:
    """A task from elsewhere; until another part of the page shows it."""
    plan(person, contact, subject)
    hear(page)
    expect(page.locator("#timeline")).to_contain_text(subject)


def test_a_part_waits_while_one_of_its_fields_is_written_in_and_no_longer(
    page: Page, alice: Person, contact: Any
) -> None:
    page.evaluate(FIELD)
    page.locator("#mine").press_sequentially("half a word")

    others_plan(page, alice, contact, "Call back")
    expect(page.locator("#mine")).to_have_value("half a word")
    expect(page.locator("#mine")).to_be_focused()
    expect(page.locator("#upcoming")).not_to_contain_text("Call back")

    page.locator("#rec-top h1").click()

    expect(page.locator("#upcoming")).to_contain_text("Call back")
    expect(page.locator("#mine")).to_have_count(0)


def test_who_begins_to_write_while_the_answer_is_on_its_way_is_not_interrupted(
    page: Page, alice: Person, contact: Any
) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        # The first one only: what follows it is let through.
        if held:
            route.continue_()
        held.append(route)

    page.evaluate(FIELD)
    page.route("**/upcoming/**", hold)
    others_plan(page, alice, contact, "Call back")
    expect(page.locator("#mine")).to_be_visible()
    assert held, "the part has asked before the timeline was there"

    page.locator("#mine").press_sequentially("half")
    with page.expect_response("**/upcoming/**"):
        held[0].continue_()
    page.locator("#mine").press_sequentially(" a word")

    expect(page.locator("#mine")).to_have_value("half a word")
    page.locator("#mine").blur()
    expect(page.locator("#upcoming")).to_contain_text("Call back")


def test_a_button_that_is_pressed_is_clicked_although_its_part_changes(page: Page, alice: Person, contact: Any) -> None:
    button = page.locator("#upcoming").get_by_role("button", name="Done")
    button.hover()
    page.mouse.down()
    others_plan(page, alice, contact, "Call back")
    expect(page.locator("#upcoming")).not_to_contain_text("Call back")

    page.mouse.up()

    expect(page.locator("#upcoming")).to_contain_text("Call back")
    expect(page.locator("#upcoming")).not_to_contain_text("Send the offer")


def test_the_focus_stays_on_the_button_that_had_it_and_an_open_menu_stays_open(
    page: Page, alice: Person, contact: Any
) -> None:
    add = page.locator("#upcoming").get_by_role("link", name="Add a task")
    add.focus()
    others_plan(page, alice, contact, "Call back")
    expect(page.locator("#upcoming")).to_contain_text("Call back")
    expect(add).to_be_focused()

    page.locator("button[popovertarget=timeline-show]").click()
    page.get_by_label("Calls", exact=True).check()
    plan(alice, contact, "Visit them")
    hear(page)
    expect(page.locator("#upcoming")).to_contain_text("Visit them")
    expect(page.get_by_label("Calls", exact=True)).to_be_checked()

    page.keyboard.press("Escape")
    expect(page.locator("#timeline")).to_contain_text("Visit them")
