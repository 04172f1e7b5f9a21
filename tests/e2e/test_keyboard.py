"""A day's work by keys alone: no pointer touches the page, the focus is always somewhere, and to be seen."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.browsing import Browsing
from tests.e2e.given import make_records
from tests.support.cast import PASSWORD, Person

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

# What has the focus shows it: by its caret, or an outline or a shadow of its own or of the box it stands in. The focus
# may be on its way for a moment, while an answer is awaited.
_SEEN = """async () => {
  const shows = (element) => {
    const style = getComputedStyle(element);
    const ring = style.boxShadow !== "none" || (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0);
    return ring || (element.matches("[role^=menuitem]") && style.backgroundColor !== "rgba(0, 0, 0, 0)");
  };
  const caret = "input:not([type=checkbox]):not([type=radio]), textarea, [contenteditable=true]";
  const look = () => {
    const here = document.activeElement;
    if (!here || here === document.body) return "the focus is lost";
    if (!here.getClientRects().length) return `${here.outerHTML.slice(0, 120)} has the focus and is not there`;
    const around = here.parentElement;
    const seen = here.matches(caret) || shows(here) || (around?.matches(":focus-within") && shows(around));
    return seen ? "" : `nothing shows the focus on ${here.outerHTML.slice(0, 160)}`;
  };
  const until = performance.now() + 5000;
  while (look() && performance.now() < until) await new Promise(requestAnimationFrame);
  return look();
}"""
FURTHEST = 90


class Keys:
    """The keyboard; after every key that stays on the page the focus is looked for."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.leave(key)
            self.look(key)

    def leave(self, key: str) -> None:
        """A key after which another page comes."""
        # A page hears no key before its modules have run, though its address and its texts are there.
        self.page.wait_for_load_state()
        self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.wait_for_load_state()
        self.page.keyboard.type(text)
        self.look(text)

    def look(self, after: str) -> None:
        """The focus is somewhere, and shows."""
        assert self.page.evaluate(_SEEN) == "", f"after {after}"

    def tab_to(self, place: Locator, key: str = "Tab") -> None:
        """Tab until `place` has the focus."""
        expect(place).to_be_visible()
        for _step in range(FURTHEST):
            if place.evaluate("element => element === document.activeElement"):
                return
            self.press(key)
        raise AssertionError(f"Tab does not lead to {place}")


def test_a_days_work_needs_no_pointer(browsing: Browsing, alice: Person) -> None:
    names = [("Ann", "Acorn"), ("Ben", "Birch"), ("Cem", "Cedar")]
    make_records(alice, "contact", [{"first_name": a, "last_name": b, "city": "Oslo"} for a, b in names])
    alice.set_password()
    page = browsing.window(alice.host)
    page.goto("/accounts/login/")
    keys = Keys(page)

    sign_in(keys, alice)
    go_to_the_list(keys)
    work_in_cells(keys)
    look_at_rows(keys)
    filter_and_keep(keys)
    make_a_contact(keys)
    tag_and_take_back(keys)
    find_in_the_palette(keys)
    write_on_a_record(keys)
    work_through_today(keys)
    sign_out(keys)


def sign_in(keys: Keys, person: Person) -> None:
    keys.tab_to(keys.page.get_by_label("E-mail"))
    keys.type(person.user.email)
    keys.tab_to(keys.page.get_by_label("Password"))
    keys.type(PASSWORD)
    keys.leave("Enter")
    expect(keys.page).to_have_url(re.compile("/dashboard/$"))


def go_to_the_list(keys: Keys) -> None:
    keys.press("Control+k")
    keys.type("contacts")
    expect(keys.page.locator("#pal-list [aria-selected=true]")).to_have_text("Contacts")
    keys.leave("Enter")
    expect(keys.page).to_have_url(re.compile("/contacts/$"))
    expect(rows(keys.page)).to_have_count(3)


def rows(page: Page) -> Locator:
    return page.locator("tr[data-row]")


def cell(page: Page, row: int, field: str) -> Locator:
    return rows(page).nth(row).locator(f'[data-edit-url*="/edit/{field}/"]')


def work_in_cells(keys: Keys) -> None:
    page = keys.page
    keys.leave("j")
    keys.look("j")
    phone = cell(page, 0, "phone")
    for _step in range(12):
        if phone.evaluate("element => element === document.activeElement"):
            break
        keys.press("ArrowRight")
    editor = page.locator("form.ed-form").get_by_label("Phone")
    keys.press("Enter")
    expect(editor).to_be_focused()
    keys.type("+47 22 22 22 22")
    keys.press("Escape")
    expect(phone).to_be_focused()
    expect(phone).not_to_contain_text("22")
    keys.press("Enter")
    expect(editor).to_be_focused()
    keys.type("+47 22 33 33 33")
    keys.press("Enter")
    expect(phone).to_contain_text("22 33 33 33")
    expect(phone).to_be_focused()
    expect(page.locator("#toasts").get_by_role("button", name="Undo")).to_be_visible()
    keys.press("Control+z")
    expect(phone).not_to_contain_text("22")
    expect(phone).to_be_focused()
    keys.press("ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight")


def look_at_rows(keys: Keys) -> None:
    peek = keys.page.locator("#peek")
    keys.press("Space")
    expect(peek.get_by_role("heading", name="Cem Cedar")).to_be_visible()
    keys.press("j")
    expect(peek.get_by_role("heading", name="Ben Birch")).to_be_visible()
    keys.press("k")
    expect(peek.get_by_role("heading", name="Cem Cedar")).to_be_visible()
    keys.press("Escape")
    expect(peek).to_be_hidden()


def filter_and_keep(keys: Keys) -> None:
    page = keys.page
    button = page.get_by_role("toolbar", name="Tools of the list").get_by_role("button", name="Filter", exact=True)
    keys.tab_to(button, "Shift+Tab")
    keys.press("Enter")
    builder = page.get_by_role("dialog", name="Filter")
    field = builder.get_by_role("combobox", name="Field", exact=True)
    keys.tab_to(field)
    builder_choose(keys, field, "First name")
    keys.tab_to(builder.get_by_label("Test", exact=True))
    keys.tab_to(builder.get_by_label("Value", exact=True))
    keys.type("Ben")
    keys.tab_to(builder.get_by_role("button", name="Done"))
    keys.press("Enter")
    expect(rows(page)).to_have_count(1)

    keys.tab_to(page.get_by_role("link", name="Save view"))
    keys.press("Enter")
    drawer = page.get_by_role("dialog", name="Save as a view")
    keys.tab_to(drawer.get_by_label("Name"))
    keys.type("Bens")
    keys.leave("Control+Enter")
    expect(page.get_by_role("link", name="Bens").first).to_be_visible()


def builder_choose(keys: Keys, select: Locator, label: str) -> None:
    """Open the list, type, take what is found."""
    keys.press("Alt+ArrowDown")
    keys.type(label)
    keys.press("Enter")
    expect(select).to_have_value(label)


def make_a_contact(keys: Keys) -> None:
    page = keys.page
    page.goto("/contacts/")
    drawer = page.locator("#drawer")
    keys.leave("n")
    expect(drawer.get_by_label("First name")).to_be_focused()
    keys.type("Dora")
    keys.press("Tab")
    keys.type("Dogwood")
    keys.leave("Control+Enter")
    expect(drawer).to_be_hidden()
    expect(rows(page)).to_have_count(4)


def tag_and_take_back(keys: Keys) -> None:
    page = keys.page
    keys.leave("j")
    keys.press("x", "j", "x")
    bar = page.get_by_role("toolbar", name="Selected rows")
    expect(bar.get_by_text("2 selected")).to_be_visible()
    keys.tab_to(bar.get_by_role("button", name="Add tags"))
    keys.press("Enter")
    drawer = page.locator("#drawer")
    keys.tab_to(drawer.get_by_role("combobox").first)
    keys.type("VIP")
    expect(page.get_by_role("option").first).to_be_visible()
    keys.press("Enter")
    keys.press("Control+Enter")
    expect(drawer).to_be_hidden()
    undo = page.locator("#toasts").get_by_role("button", name="Undo")
    expect(undo).to_be_visible()
    keys.look("tagging")
    keys.press("Control+z")
    expect(undo).to_be_hidden()
    keys.press("Escape")
    expect(bar).to_be_hidden()


def find_in_the_palette(keys: Keys) -> None:
    """Whoever was made a moment ago is found, with a slip in the name."""
    keys.press("Control+k")
    keys.type("Dogwod")
    expect(keys.page.locator("#pal-list [aria-selected=true]")).to_contain_text("Dora Dogwood")
    keys.leave("Enter")
    expect(keys.page.get_by_role("heading", level=1, name="Dora Dogwood")).to_be_visible()


def write_on_a_record(keys: Keys) -> None:
    page = keys.page
    expect(page.locator("#timeline")).to_be_visible()
    note = page.locator("#compose-note [contenteditable=true]")
    keys.tab_to(note)
    keys.type("Wants a quote")
    keys.press("Control+Enter")
    expect(page.locator("#timeline").get_by_text("Wants a quote")).to_be_visible()
    keys.look("writing a note")
    keys.tab_to(page.locator("#compose-tab-note"), "Shift+Tab")
    keys.press("ArrowRight")
    keys.tab_to(page.locator("#compose-task input.comp-subject"))
    keys.type("Send the quote")
    keys.press("Control+Enter")
    expect(page.locator("main").get_by_text("Send the quote").first).to_be_visible()
    keys.look("writing a task")


def work_through_today(keys: Keys) -> None:
    """The task that was written is moved to another time, done, and open again."""
    page = keys.page
    keys.press("Control+k")
    keys.type("today")
    expect(page.locator("#pal-list [role=option]")).to_have_text(["Today"])
    keys.leave("Enter")
    task = page.locator("[data-todo]").filter(has_text="Send the quote")
    expect(task).to_be_visible()
    keys.leave("j")
    keys.press("r")
    keys.press("End", "ArrowUp")
    expect(page.get_by_role("menuitem", name="Another time")).to_be_focused()
    keys.leave("Enter")
    moment = page.get_by_role("dialog", name="Another time").get_by_label("Due")
    expect(moment).to_be_focused()
    before = moment.input_value()
    # From the day over the month and the year to the hour.
    keys.press("ArrowRight", "ArrowRight", "ArrowRight", "ArrowUp")
    expect(moment).not_to_have_value(before)
    keys.leave("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("Send the quote: Tomorrow at 10:00")
    expect(page.locator("#drawer")).to_be_hidden()
    keys.look("moving a task")
    keys.press("x")
    expect(task).to_be_hidden()
    keys.look("completing a task")
    keys.press("Control+z")
    expect(task).to_be_visible()
    keys.look("taking that back")


def sign_out(keys: Keys) -> None:
    page = keys.page
    keys.tab_to(page.get_by_role("button", name="Your account"), "Shift+Tab")
    keys.press("Enter", "End")
    expect(page.get_by_role("menuitem", name="Sign out")).to_be_focused()
    keys.leave("Enter")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
