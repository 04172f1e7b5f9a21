"""Boards and calendars under a finger: a long press takes hold, a swipe scrolls and moves nothing."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.browsing import TABLET, Browsing
from tests.e2e.given import make_record, make_records
from tests.e2e.test_boards import card, count_of, place
from tests.support.cast import Person

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]


class Finger:
    """One finger on the screen."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)

    def carry(self, what: Locator, to: Locator) -> None:
        """Press until it is held, move, let go."""
        (x, y), end = self._start(what, to)
        expect(what).to_have_class(re.compile("sortable-chosen"))
        self._go((x, y), end)
        expect(to.locator(".ghost")).to_have_count(1)
        self._touch("touchEnd")

    def swipe(self, what: Locator, to: Locator) -> None:
        """The same way at once, as somebody scrolls."""
        self._go(*self._start(what, to))
        self._touch("touchEnd")

    def _start(self, what: Locator, to: Locator) -> tuple[tuple[float, float], tuple[float, float]]:
        start, end = what.bounding_box(), to.bounding_box()
        assert start is not None
        assert end is not None
        point = (start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
        self._touch("touchStart", *point)
        return point, (end["x"] + end["width"] / 2, end["y"] + min(end["height"], 60) / 2)

    def _go(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        for step in range(1, 21):
            self._touch("touchMove", *(a + (b - a) * step / 20 for a, b in zip(start, end, strict=True)))

    def _touch(self, kind: str, *point: float) -> None:
        points = [{"x": point[0], "y": point[1]}] if point else []
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_a_card_is_carried_by_finger_and_taken_back(browsing: Browsing, alice: Person) -> None:
    make_records(
        alice, "contact", [{"last_name": "Byron", "type": "lead"}, {"last_name": "Turing", "type": "customer"}]
    )
    page = browsing.enter(alice, size=TABLET, touch=True)
    page.goto("/contacts/?layout=board")

    Finger(page).carry(card(page, "Byron"), place(page, "Customer"))

    expect(place(page, "Customer").locator("[data-carried]")).to_have_count(2)
    expect(count_of(page, "Customer")).to_have_text("2")
    page.get_by_role("button", name="Undo").tap()
    expect(place(page, "Lead")).to_contain_text("Byron")
    page.reload()
    expect(place(page, "Lead")).to_contain_text("Byron")


def test_a_swipe_over_cards_moves_nothing_and_does_not_leave_the_page(browsing: Browsing, alice: Person) -> None:
    make_records(alice, "contact", [{"last_name": "Byron", "type": "lead"}])
    page = browsing.enter(alice, size=TABLET, touch=True)
    page.goto("/contacts/")
    page.goto("/contacts/?layout=board")

    Finger(page).swipe(card(page, "Byron"), place(page, "Customer"))
    Finger(page).swipe(card(page, "Byron"), place(page, "Partner"))

    expect(page).to_have_url(re.compile("layout=board"))
    expect(place(page, "Lead")).to_contain_text("Byron")
    card(page, "Byron").tap()
    expect(page.locator("#peek")).to_contain_text("Byron")


def test_a_follow_up_is_carried_by_finger_to_another_day(browsing: Browsing, alice: Person) -> None:
    make_record(alice, "contact", last_name="Byron", next_follow_up_on="2026-03-10")
    page = browsing.enter(alice, size=TABLET, touch=True)
    page.goto("/contacts/?layout=calendar&day=2026-03-01")

    with page.expect_response("**/move/"):
        Finger(page).carry(card(page, "Byron"), place(page, "Thursday 12 March 2026"))

    expect(place(page, "Thursday 12 March 2026")).to_contain_text("Byron")
    page.reload()
    expect(place(page, "Thursday 12 March 2026")).to_contain_text("Byron")
