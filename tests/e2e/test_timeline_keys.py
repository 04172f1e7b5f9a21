"""The middle of a record page by keys alone: whatever is pressed, the focus stays where one goes on."""

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from autocrm.activities import services as activities
from autocrm.kernel.clock import now
from tests.e2e.browsing import Browsing
from tests.e2e.given import address_of, make_record
from tests.e2e.test_manners import Gate
from tests.support.cast import Person

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]


@pytest.fixture
def page(browsing: Browsing, alice: Person) -> Page:
    contact: Any = make_record(alice, "contact", first_name="Ana", last_name="Roth")
    with alice.at_work() as actor:
        about = [activities.About("contact", contact.pk)]
        for days in (1, 2):
            values = {"subject": f"Step {days}", "due_at": now() + timedelta(days=days)}
            activities.create_task(values, about=about, actor=actor)
        activities.create_note("<p>They want net 60.</p>", about=about, actor=actor)
    page = browsing.enter(alice)
    page.goto(address_of("contact", contact))
    expect(page.locator("#timeline")).to_contain_text("net 60")
    return page


def press(place: Locator) -> None:
    place.focus()
    place.press("Enter")


def test_what_is_chosen_above_a_timeline_leaves_the_focus_there(page: Page) -> None:
    kinds, people = (page.locator(f"[popovertarget=timeline-{name}]") for name in ("show", "by"))
    timeline = page.locator("#timeline")

    press(kinds)
    box = page.get_by_role("checkbox", name="Notes")
    box.focus()
    box.press("Space")
    box.press("Enter")
    expect(timeline).not_to_contain_text("added a task")
    expect(kinds).to_be_focused()

    press(people)
    expect(page.get_by_role("menuitemradio", name="Alice Archer")).to_be_visible()
    page.get_by_role("menuitemradio", name="Alice Archer").press("Enter")
    expect(people).to_have_text("Alice Archer")
    expect(people).to_be_focused()


@pytest.mark.parametrize("tab", ["activity", "notes"])
def test_whoever_has_edited_a_note_is_at_the_note_again(page: Page, tab: str) -> None:
    press(page.locator(f"#tab-{tab}"))
    panel = page.locator(f"#panel-{tab}")
    edit = panel.get_by_role("button", name="Edit", exact=True)

    press(edit)
    expect(panel.locator(".note-form .rich")).to_be_focused()
    page.keyboard.type(" And a discount.")
    page.keyboard.press("Control+Enter")
    expect(panel).to_contain_text("And a discount.")
    expect(edit).to_be_focused()

    press(edit)
    press(panel.get_by_role("button", name="Cancel"))
    expect(edit).to_be_focused()


def test_tasks_are_done_one_after_the_other(page: Page) -> None:
    press(page.locator("#tab-tasks"))
    panel = page.locator("#panel-tasks")
    done = panel.get_by_role("button", name="Done", exact=True)
    expect(done).to_have_count(2)

    press(done.first)
    expect(done).to_have_count(1)
    expect(done).to_be_focused()
    page.keyboard.press("Enter")
    expect(panel.get_by_role("button", name="Open again")).to_have_count(2)
    expect(panel.locator(":focus")).to_have_count(1)


def test_the_focus_that_comes_while_a_part_is_on_its_way_stays(page: Page) -> None:
    gate = Gate(page, "**/upcoming/**")
    done = page.locator("#upcoming").get_by_role("button", name="Done", exact=True)
    page.evaluate("document.querySelector('#upcoming').dataset.former = ''")
    with page.expect_request("**/upcoming/**"):
        page.evaluate("document.dispatchEvent(new CustomEvent('autocrm:changed', { detail: { type: 'task' } }))")

    done.last.focus()
    gate.open()

    expect(page.locator("#upcoming[data-former]")).to_have_count(0)
    expect(done.last).to_be_focused()
