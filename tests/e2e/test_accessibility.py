"""Every kind of page in both themes under axe: nothing serious, nothing critical."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.browsing import PHONE, Browsing
from tests.e2e.given import address_of, make_record, make_records
from tests.support.cast import Person

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]


def show_list(page: Page, contact: Any) -> None:
    page.goto("/contacts/")
    expect(page.locator("tr[data-row]")).to_have_count(4)


def show_filter(page: Page, contact: Any) -> None:
    show_list(page, contact)
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_role("dialog", name="Filter").get_by_label("Value", exact=True)).to_be_visible()


def show_drawer(page: Page, contact: Any) -> None:
    show_list(page, contact)
    page.keyboard.press("n")
    page.locator("#drawer").get_by_label("First name").fill("Ann")
    page.locator("#drawer").get_by_label("Last name").fill("Other")
    expect(page.locator("#drawer").get_by_role("status")).to_be_visible()


def show_peek(page: Page, contact: Any) -> None:
    show_list(page, contact)
    page.locator("tr[data-row] a[data-peek-link]").first.click()
    expect(page.locator("#peek").get_by_role("heading").first).to_be_visible()


def show_record(page: Page, contact: Any) -> None:
    page.goto(address_of("contact", contact))
    expect(page.locator("#timeline")).to_be_visible()


def show_board(page: Page, contact: Any) -> None:
    page.goto("/contacts/?layout=board")
    expect(page.locator("[data-carried]")).to_have_count(4)


def show_calendar(page: Page, contact: Any) -> None:
    page.goto("/contacts/?layout=calendar&on=created_at")
    expect(page.locator("[data-carried]").first).to_be_visible()


def show_access(page: Page, contact: Any) -> None:
    show_record(page, contact)
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Who can see this").click()
    expect(page.locator("#drawer").get_by_label("Member")).to_be_visible()


def show_page(path: str) -> Callable[[Page, Any], None]:
    def show(page: Page, contact: Any) -> None:
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()

    return show


PLACES: dict[str, Callable[[Page, Any], None]] = {
    "list": show_list,
    "filter": show_filter,
    "drawer": show_drawer,
    "peek": show_peek,
    "record": show_record,
    "board": show_board,
    "calendar": show_calendar,
    "access": show_access,
    "settings": show_page("/settings/members/"),
    "role": show_page("/settings/roles/new/"),
    "dashboard": show_page("/dashboard/"),
    "today": show_page("/today/"),
    "import": show_page("/contacts/import/"),
    "workflow": show_page("/workflows/new/"),
}
AXE = Axe()
# A theme changes colours and nothing else, so in the second one only what colours decide is looked at again.
OPTIONS: dict[str, dict[str, Any]] = {
    "light": {"resultTypes": ["violations"]},
    "dark": {"resultTypes": ["violations"], "runOnly": {"type": "rule", "values": ["color-contrast"]}},
}


def barriers(page: Page, scheme: str) -> list[str]:
    """What axe finds serious or critical, with the first element of each."""
    found = AXE.run(page, options=OPTIONS[scheme]).response["violations"]
    return [
        f"{each['id']}: {each['help']}: {each['nodes'][0]['html'][:200]}"
        for each in found
        if each["impact"] in {"serious", "critical"}
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_serious_barrier(browsing: Browsing, alice: Person, scheme: str) -> None:
    rows = [{"first_name": "Ann", "last_name": "Other", "type": kind} for kind in ("lead", "prospect", "customer")]
    make_records(alice, "contact", rows)
    contact = make_record(alice, "contact", first_name="Ben", last_name="Other", email="ben@birch.example")
    page = browsing.enter(alice, scheme=scheme)

    found = {}
    for name, show in PLACES.items():
        show(page, contact)
        found[name] = barriers(page, scheme)
    signed_out = browsing.window(alice.host, scheme=scheme)
    signed_out.goto("/accounts/login/")
    found["sign-in"] = barriers(signed_out, scheme)
    phone = browsing.enter(alice, scheme=scheme, size=PHONE)
    for name in ("list", "record"):
        PLACES[name](phone, contact)
        found[f"{name} on a phone"] = barriers(phone, scheme)

    assert {name: said for name, said in found.items() if said} == {}
