"""A phone in the hand: rows are selected and changed together by touch, and nothing is too small for a finger."""

import pytest
from playwright.sync_api import Page, expect

from autocrm.activities import services as activities
from autocrm.kernel.clock import now
from tests.e2e.browsing import PHONE, Browsing
from tests.e2e.given import address_of, make_record, make_records
from tests.support.cast import Person

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

# What a finger is meant to hit; links within a row or a sentence have the row or the sentence round them.
_SMALL = """() => {
  const places = "button, summary, select, textarea, input:not([type=hidden]):not(.sr), a.btn, nav a, .tabs a";
  return [...document.querySelectorAll(places)]
    .filter((each) => each.checkVisibility({ visibilityProperty: true }) && !each.closest("#toasts, .sr"))
    .map((each) => [each, (each.closest("label") ?? each).getBoundingClientRect()])
    .filter(([, box]) => box.width > 1 && (box.height < 39.5 || box.width < 39.5))
    .map(([each, box]) => `${Math.round(box.width)}x${Math.round(box.height)} ${each.outerHTML.slice(0, 100)}`);
}"""


def small_targets(page: Page) -> list[str]:
    """What is smaller than 40 by 40 pixels."""
    found: list[str] = page.evaluate(_SMALL)
    return found


def test_rows_are_selected_and_tagged_by_touch(browsing: Browsing, alice: Person) -> None:
    make_records(alice, "contact", [{"first_name": name} for name in ("Ann", "Ben", "Cem")])
    page = browsing.enter(alice, size=PHONE)
    page.goto("/contacts/")
    bar = page.get_by_role("toolbar", name="Selected rows")
    boxes = page.locator("tr[data-row] [data-select]")
    expect(boxes).to_have_count(3)
    assert small_targets(page) == []

    boxes.first.tap()
    expect(bar.get_by_text("1 selected")).to_be_visible()
    page.get_by_label("Select all on this page").tap()
    expect(bar.get_by_text("3 selected")).to_be_visible()
    boxes.nth(1).tap()
    expect(bar.get_by_text("2 selected")).to_be_visible()
    assert small_targets(page) == []

    bar.get_by_role("button", name="Add tags").tap()
    drawer = page.locator("#drawer")
    drawer.get_by_role("combobox").first.tap()
    page.keyboard.type("VIP")
    page.locator(".combo-pop [role=option]").first.tap()
    assert small_targets(page) == []
    drawer.get_by_role("button", name="Apply").tap()
    expect(drawer).to_be_hidden()
    expect(page.locator("#toasts").get_by_role("button", name="Undo")).to_be_visible()

    # Whoever magnifies the page has keys, and no button for a new record.
    page.keyboard.press("n")
    expect(drawer.get_by_label("First name")).to_be_focused()


@pytest.mark.parametrize("path", ["/today/", "/contacts/?layout=board", "/contacts/new/", "/settings/profile/"])
def test_nothing_is_too_small_for_a_finger(browsing: Browsing, alice: Person, path: str) -> None:
    make_records(alice, "contact", [{"first_name": "Ann"}])
    page = browsing.enter(alice, size=PHONE)

    page.goto(path)

    expect(page.locator("main")).to_be_visible()
    assert small_targets(page) == []


def test_a_record_and_its_timeline_have_room_for_a_finger(browsing: Browsing, alice: Person) -> None:
    contact = make_record(alice, "contact", first_name="Ann")
    with alice.at_work() as actor:
        about = [activities.About("contact", contact.pk)]
        activities.create_task({"subject": "Call back", "due_at": now()}, about=about, actor=actor)
        activities.create_note("<p>They want net 60.</p>", about=about, actor=actor)
    page = browsing.enter(alice, size=PHONE)

    page.goto(address_of("contact", contact))
    expect(page.locator("#timeline")).to_contain_text("net 60")
    assert small_targets(page) == []

    page.locator("#compose-tab-email").tap()
    expect(page.locator("#compose-email")).to_be_visible()
    assert small_targets(page) == []
