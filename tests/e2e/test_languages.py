"""Every place in languages that nobody speaks: nothing untranslated, nothing wider than the window, mirrored when read
from right to left.
"""

import re

import pytest
from playwright.sync_api import Page, expect

from autocrm.tenants import services as tenants
from tests.e2e.browsing import DESK, PHONE, Browsing
from tests.e2e.given import address_of, make_record
from tests.e2e.places import PLACES, show
from tests.e2e.test_fit import STICKS_OUT
from tests.support import pseudo
from tests.support.foreign import is_untranslated, open_foreign

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

SIZES = {"desk": DESK, "phone": PHONE}
# Texts as they are on the screen, those a module wrote too; what is data by its markup is left out.
_VISIBLE = """() => {
  const silent = "script, style, template, kbd, code, pre, textarea, [translate=no]";
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.data.replace(/\\s+/g, " ").trim();
    if (text && !node.parentElement.closest(silent) && node.parentElement.checkVisibility()) found.push(text);
  }
  return found;
}"""
_WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def overflow(page: Page) -> int:
    """By how much the page is wider than the window."""
    return int(page.evaluate(_WIDER))


def faults_at(page: Page) -> list[str]:
    said = [text for text in page.evaluate(_VISIBLE) if is_untranslated(text)]
    wider = overflow(page)
    return [*said, *([f"{wider} px wider than the window"] if wider > 0 else [])]


def left_and_right(page: Page, selector: str) -> tuple[int, int]:
    box = page.locator(selector).first.bounding_box()
    assert box is not None, selector
    return round(box["x"]), round(box["x"] + box["width"])


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", [pseudo.LATIN, pseudo.ARABIC])
def test_every_place_is_translated_and_fits(
    made_up_languages: None, browsing: Browsing, language: str, size: str
) -> None:
    foreign = open_foreign(language)
    page = browsing.enter(foreign.person, size=SIZES[size])

    found = {}
    for name in PLACES:
        show(page, name, foreign.ids)
        if said := faults_at(page):
            found[name] = said

    assert found == {}


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


# Words that no German sentence holds, and some that stand on buttons.
_ENGLISH = re.compile(r"\b(the|and|of|you|your|with|this|that|are|has|not|Save|Cancel|Delete|Edit|Add|Show|Search)\b")


def test_the_pages_speak_german_and_fit_a_desk(browsing: Browsing, db: None) -> None:
    foreign = open_foreign("de")
    with foreign.person.at_work() as actor:
        tenants.update_settings({"currency": "EUR"}, actor=actor)
    company = make_record(foreign.person, "company", name="Λίμνη", revenue="1234.56")
    contact = make_record(foreign.person, "contact", first_name="Δώρα", next_follow_up_on="2027-11-26")
    page = browsing.enter(foreign.person, size={"width": 1280, "height": 800})

    found = {}
    for name in PLACES:
        show(page, name, foreign.ids)
        said = [text for text in page.evaluate(_VISIBLE) if _ENGLISH.search(text)]
        if wrong := [*said, *page.evaluate(STICKS_OUT)]:
            found[name] = wrong
    assert found == {}

    page.goto(address_of("company", company))
    expect(page.locator("main").get_by_text("1.234,56 €").first).to_be_visible()
    page.goto(address_of("contact", contact))
    expect(page.locator("main").get_by_text("26.11.2027").first).to_be_visible()
    page.goto("/contacts/?columns=name,created_at")
    expect(page.locator("tr[data-row]").first).to_contain_text(re.compile(r"gerade eben|vor \d+ min"))
    page.goto("/companies/?layout=board&by=owner")
    expect(page.locator("[data-carry] section, .kcol").first).to_contain_text("€")
