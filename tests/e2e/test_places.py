"""Every kind of page, and what opens on it: no barrier in either theme, nothing untranslated, nothing out of its frame,
mirrored when read from right to left; at a desk, on a tablet and on a phone.
"""

import re
from collections.abc import Iterable, Mapping

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from autocrm.tenants import services as tenants
from tests.e2e.browsing import DESK, PHONE, Browsing
from tests.e2e.given import address_of, make_record
from tests.e2e.looks import (
    Look,
    at_size,
    barriers,
    english,
    look_at,
    overflow,
    sticking_out,
    untranslated,
)
from tests.e2e.places import PLACES, show
from tests.support import pseudo
from tests.support.cast import Person
from tests.support.foreign import Foreign, open_foreign

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

SMALL_DESK: ViewportSize = {"width": 1280, "height": 800}
TABLET: ViewportSize = {"width": 768, "height": 1024}
ON_A_PHONE = ("list", "selected rows", "record", "today", "board")
THEMES = {"light": barriers("light"), "dark": barriers("dark")}


def walk(
    page: Page, foreign: Foreign, looks: Mapping[str, Look], places: Iterable[str] = tuple(PLACES)
) -> dict[str, list[str]]:
    """What the looks find at each of the places."""
    found = {}
    for name in places:
        show(page, name, foreign.ids)
        if said := look_at(page, looks):
            found[name] = said
    return found


# Axe takes its time: in two parts neither comes near the limit of a test.
@pytest.mark.parametrize("part", [0, 1])
def test_at_a_desk_and_on_a_tablet_german_fits_and_no_theme_has_a_barrier(
    browsing: Browsing, db: None, part: int
) -> None:
    foreign = open_foreign("de")
    page = browsing.enter(foreign.person, size=SMALL_DESK)
    signed_out = browsing.window(foreign.person.host)
    signed_out.goto("/accounts/login/")
    looks = {"words": english, "desk": sticking_out, "tablet": at_size(TABLET, sticking_out), **THEMES}

    found = walk(page, foreign, looks, list(PLACES)[part::2])

    assert found == {}
    assert look_at(signed_out, THEMES) == []


def test_on_a_phone_german_fits_and_no_theme_has_a_barrier(browsing: Browsing, db: None) -> None:
    foreign = open_foreign("de")
    page = browsing.enter(foreign.person, size=PHONE)

    found = walk(page, foreign, {"phone": sticking_out})
    for name in ON_A_PHONE:
        show(page, name, foreign.ids)
        if said := look_at(page, THEMES):
            found[f"{name} under axe"] = said

    assert found == {}


# Each walk in one of the two sizes, and the width of the other one looked at in passing.
@pytest.mark.parametrize(("language", "size", "other"), [(pseudo.LATIN, DESK, PHONE), (pseudo.ARABIC, PHONE, DESK)])
def test_every_place_is_translated_and_fits(
    made_up_languages: None, browsing: Browsing, language: str, size: ViewportSize, other: ViewportSize
) -> None:
    foreign = open_foreign(language)
    page = browsing.enter(foreign.person, size=size)

    found = walk(page, foreign, {"words": untranslated, "width": overflow, "other width": at_size(other, overflow)})

    assert found == {}


def left_and_right(page: Page, selector: str) -> tuple[int, int]:
    box = page.locator(selector).first.bounding_box()
    assert box is not None, selector
    return round(box["x"]), round(box["x"] + box["width"])


def test_a_language_from_right_to_left_turns_the_page_round(made_up_languages: None, browsing: Browsing) -> None:
    foreign = open_foreign(pseudo.ARABIC)
    page = browsing.enter(foreign.person)
    wide = DESK["width"]

    show(page, "list", foreign.ids)
    assert page.locator("html").get_attribute("dir") == "rtl"
    assert left_and_right(page, ".rail")[1] == wide
    before = left_and_right(page, "tr[data-row] td.key")
    assert before[1] == left_and_right(page, ".dtw")[1]
    page.locator(".dtw").evaluate("box => { box.scrollLeft = -200; }")
    assert left_and_right(page, "tr[data-row] td.key") == before
    show(page, "peek", foreign.ids)
    assert left_and_right(page, "#peek")[0] == 0
    show(page, "create drawer", foreign.ids)
    assert left_and_right(page, "#drawer")[0] == 0
    show(page, "record", foreign.ids)
    assert left_and_right(page, ".rec-left")[0] > left_and_right(page, ".rec-right")[1]
    show(page, "fields", foreign.ids)
    assert page.locator(".crumbs .flip").first.evaluate("icon => getComputedStyle(icon).scale") == "-1 1"


def test_amounts_days_and_times_are_written_as_in_german(browsing: Browsing, alice: Person) -> None:
    with alice.at_work() as actor:
        tenants.update_settings({"currency": "EUR", "locale": "de"}, actor=actor)
    company = make_record(alice, "company", name="Λίμνη", revenue="1234.56")
    contact = make_record(alice, "contact", first_name="Δώρα", next_follow_up_on="2027-11-26")
    page = browsing.enter(alice)

    page.goto(address_of("company", company))
    expect(page.locator("main").get_by_text("1.234,56 €").first).to_be_visible()
    page.goto(address_of("contact", contact))
    expect(page.locator("main").get_by_text("26.11.2027").first).to_be_visible()
    page.goto("/contacts/?columns=name,created_at")
    expect(page.locator("tr[data-row]").first).to_contain_text(re.compile(r"gerade eben|vor \d+ min"))
    page.goto("/companies/?layout=board&by=owner")
    expect(page.locator("[data-carry] section, .kcol").first).to_contain_text("€")


def test_the_name_of_a_record_is_read_on_a_tablet(browsing: Browsing, alice: Person) -> None:
    contact = make_record(alice, "contact", first_name="Ana", last_name="Roth")
    page = browsing.enter(alice, size=TABLET)
    page.goto(address_of("contact", contact))
    name = page.get_by_role("heading", name="Ana Roth", level=1)
    assert name.evaluate("each => each.clientWidth >= each.scrollWidth && each.clientWidth > 60")
