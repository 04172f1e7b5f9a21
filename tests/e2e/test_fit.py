"""Words of another language fit where they stand: nothing sticks out of its frame, on a tablet and on a phone."""

import pytest

from tests.e2e.browsing import PHONE, Browsing
from tests.e2e.given import address_of, make_record
from tests.e2e.places import PLACES, show
from tests.support.cast import Person
from tests.support.foreign import open_foreign

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

TABLET = {"width": 768, "height": 1024}
# What stands right of a frame that neither cuts it off nor can be scrolled, and what is wider than the page.
STICKS_OUT = """() => {
  const found = [];
  const hides = (style) => /auto|scroll|hidden|clip/.test(style.overflowX);
  for (const node of document.querySelectorAll("main *, .topbar *, .rail *, dialog[open] *")) {
    const box = node.getBoundingClientRect(), style = getComputedStyle(node);
    if (box.width < 2 || box.height < 2 || node.offsetParent === null || node.closest("svg")) continue;
    if (style.position !== "static") continue;
    const frame = node.parentElement, around = getComputedStyle(frame);
    const isFrame = parseFloat(around.borderRightWidth) > 0 || frame.matches("form, td, th, label, button, li, a");
    const over = box.right - frame.getBoundingClientRect().right;
    if (!isFrame || hides(around) || over <= 1.5) continue;
    found.push(`${frame.className || frame.tagName}: ${node.innerText.slice(0, 40)} (${Math.round(over)})`);
  }
  // Only what is made for it is scrolled sideways: a page and a drawer are not.
  for (const node of document.querySelectorAll("main, main .scroll, .drawer-in")) {
    const over = node.scrollWidth - node.clientWidth;
    if (over > 1) found.push(`${node.className} (${over})`);
  }
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  return wide > 1 ? [...found, `the page (${wide})`] : found;
}"""


# At a desk the walk of `test_languages` looks at it, which reads the words as well.
@pytest.mark.parametrize("size", [TABLET, PHONE], ids=["tablet", "phone"])
def test_german_fits_everywhere(browsing: Browsing, size: dict[str, int]) -> None:
    foreign = open_foreign("de")
    page = browsing.enter(foreign.person, size=size)

    found = {}
    for name in PLACES:
        show(page, name, foreign.ids)
        if over := page.evaluate(STICKS_OUT):
            found[name] = over
    assert found == {}


def test_the_name_of_a_record_is_read_on_a_tablet(browsing: Browsing, alice: Person) -> None:
    contact = make_record(alice, "contact", first_name="Ana", last_name="Roth")
    page = browsing.enter(alice, size=TABLET)
    page.goto(address_of("contact", contact))
    name = page.get_by_role("heading", name="Ana Roth", level=1)
    assert name.evaluate("each => each.clientWidth >= each.scrollWidth && each.clientWidth > 60")
