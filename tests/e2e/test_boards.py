"""Boards and calendars: what is carried by mouse and by keyboard, taken back, refused, and read aloud."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.browsing import Browsing
from tests.e2e.given import make_record, make_records
from tests.support.cast import Person

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]


def place(page: Page, label: str) -> Locator:
    """A column of a board, or a day of a calendar."""
    return page.get_by_role("list", name=label, exact=True)


def card(page: Page, name: str) -> Locator:
    return page.locator("[data-carried]").filter(has_text=name)


def drag(page: Page, what: Locator, to: Locator) -> None:
    """Take hold, move in steps as a hand does, let go."""
    start, end = what.bounding_box(), to.bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(start["x"] + start["width"] / 2 + 12, start["y"] + start["height"] / 2 + 4, steps=4)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 24, steps=12)
    page.mouse.up()


def count_of(page: Page, label: str) -> Locator:
    return page.get_by_role("region", name=re.compile(f"^{label}")).locator("[data-count]")


def test_a_card_is_dragged_to_another_column_and_taken_back(browsing: Browsing, alice: Person) -> None:
    make_records(
        alice, "contact", [{"last_name": "Byron", "type": "lead"}, {"last_name": "Turing", "type": "customer"}]
    )
    page = browsing.enter(alice)
    page.goto("/contacts/")
    page.get_by_role("button", name="Board", exact=True).click()
    expect(place(page, "Lead")).to_contain_text("Byron")

    drag(page, card(page, "Byron"), place(page, "Customer"))

    expect(place(page, "Customer").locator("[data-carried]")).to_have_count(2)
    expect(page.get_by_text("Byron moved to Customer").first).to_be_visible()
    expect(count_of(page, "Customer")).to_have_text("2")
    expect(count_of(page, "Lead")).to_have_text("0")

    page.get_by_role("button", name="Undo").click()
    expect(place(page, "Lead")).to_contain_text("Byron")
    expect(count_of(page, "Lead")).to_have_text("1")
    page.reload()
    expect(place(page, "Lead")).to_contain_text("Byron")


def test_a_card_is_carried_by_keyboard_alone_and_read_aloud(browsing: Browsing, alice: Person) -> None:
    make_records(alice, "contact", [{"last_name": "Byron", "type": "lead"}, {"last_name": "Turing", "type": "lead"}])
    page = browsing.enter(alice)
    page.goto("/contacts/?layout=board")
    said = page.locator("#say")

    card(page, "Turing").focus()
    page.keyboard.press("ArrowDown")
    expect(card(page, "Byron")).to_be_focused()
    page.keyboard.press("Space")
    expect(said).to_contain_text("Byron picked up in Lead")
    page.keyboard.press("ArrowRight")
    expect(said).to_have_text("Byron over Prospect")
    page.keyboard.press("Escape")
    expect(said).to_have_text("Byron is back in Lead")
    expect(place(page, "Lead").locator("[data-carried]")).to_have_count(2)

    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(place(page, "Customer")).to_contain_text("Byron")
    expect(card(page, "Byron")).to_be_focused()
    expect(count_of(page, "Customer")).to_have_text("1")
    page.reload()
    expect(place(page, "Customer")).to_contain_text("Byron")


def test_a_drop_that_is_refused_goes_back_and_says_so(browsing: Browsing, alice: Person, bob: Person) -> None:
    make_record(alice, "contact", last_name="Byron", owner=str(bob.id))
    page = browsing.enter(bob)
    browsing.watch.expect("403")
    page.goto("/contacts/?layout=board&by=owner")

    drag(page, card(page, "Byron"), place(page, alice.user.name))

    expect(page.get_by_role("alert").filter(has_text="You may not do this.")).to_be_visible()
    expect(place(page, bob.user.name)).to_contain_text("Byron")
    expect(place(page, alice.user.name).locator("[data-carried]")).to_have_count(0)


def test_columns_are_folded_cards_get_fields_and_a_click_peeks(browsing: Browsing, alice: Person) -> None:
    make_record(alice, "contact", last_name="Byron", type="lead", city="Reykjavik")
    page = browsing.enter(alice)
    page.goto("/contacts/?layout=board")

    page.get_by_role("button", name="Card fields").click()
    page.get_by_role("dialog", name="Card fields").get_by_role("checkbox", name="City").check()
    page.get_by_role("button", name="Apply").last.click()
    expect(card(page, "Byron")).to_contain_text("Reykjavik")
    card(page, "Byron").click()
    expect(page.locator("#peek")).to_contain_text("Byron")
    page.keyboard.press("Escape")

    page.get_by_role("button", name="Fold Lead").focus()
    page.keyboard.press("Enter")
    expect(place(page, "Lead")).to_have_count(0)
    page.reload()
    page.get_by_role("button", name="Unfold Lead").click()
    expect(card(page, "Byron")).to_contain_text("Reykjavik")


def test_the_plus_of_a_column_makes_a_record_in_it(browsing: Browsing, alice: Person) -> None:
    page = browsing.enter(alice)
    page.goto("/contacts/?layout=board")

    page.get_by_role("link", name="New in Partner").click()
    page.locator("#drawer").get_by_label("Last name").fill("Lovelace")
    page.locator("#drawer").get_by_role("button", name="Save", exact=True).click()

    expect(place(page, "Partner")).to_contain_text("Lovelace")


def test_a_follow_up_is_carried_to_another_day(browsing: Browsing, alice: Person) -> None:
    make_record(alice, "contact", last_name="Byron", next_follow_up_on="2026-03-10")
    page = browsing.enter(alice)
    page.goto("/contacts/?layout=calendar&day=2026-03-01")

    drag(page, card(page, "Byron"), place(page, "Thursday 12 March 2026"))
    expect(place(page, "Thursday 12 March 2026")).to_contain_text("Byron")
    expect(page.get_by_text(re.compile("Byron moved to")).first).to_be_visible()

    card(page, "Byron").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Space")
    expect(place(page, "Wednesday 18 March 2026")).to_contain_text("Byron")
    expect(page.locator("#say")).to_contain_text("moved to")
    page.get_by_role("button", name="Month after").click()
    expect(page.get_by_role("heading", name="April 2026", exact=True)).to_be_visible()
    page.get_by_role("button", name="Month before").click()
    expect(place(page, "Wednesday 18 March 2026")).to_contain_text("Byron")


def test_on_a_phone_the_calendar_is_a_list_by_day(browsing: Browsing, alice: Person) -> None:
    make_record(alice, "contact", last_name="Byron", next_follow_up_on="2026-03-10")
    page = browsing.enter(alice, size={"width": 390, "height": 844})
    page.goto("/contacts/?layout=calendar&day=2026-03-01")

    expect(page.get_by_role("heading", name="Tuesday 10 March 2026")).to_be_visible()
    expect(page.get_by_role("heading", name="Wednesday 11 March 2026")).to_be_hidden()
    expect(card(page, "Byron")).to_be_visible()


def test_peek_and_page_go_from_record_to_record_past_the_end_of_what_is_loaded(
    browsing: Browsing, alice: Person
) -> None:
    make_records(alice, "contact", [{"last_name": f"Number {n:03}"} for n in range(52)])
    page = browsing.enter(alice)
    page.goto("/contacts/?sort=name")
    heading = page.locator("#peek h2").first

    page.locator("tr[data-row]").filter(has_text="Number 049").locator("a[data-peek-link]").click()
    expect(heading).to_have_text("Number 049")
    page.get_by_role("button", name="Next record").click()
    expect(heading).to_have_text("Number 050")
    page.get_by_role("button", name="Previous record").click()
    expect(heading).to_have_text("Number 049")

    page.get_by_role("link", name="Open page").click()
    page.get_by_role("link", name="Record after: Number 050").click()
    expect(page.get_by_role("heading", name="Number 050", level=1)).to_be_visible()
    expect(page.get_by_role("link", name="Record before: Number 049")).to_be_visible()
    page.keyboard.press("k")
    expect(page.get_by_role("heading", name="Number 049", level=1)).to_be_visible()
    page.locator(".crumbs").get_by_role("link", name="Contacts").first.click()
    expect(page).to_have_url(re.compile(r"/contacts/\?sort=name"))
