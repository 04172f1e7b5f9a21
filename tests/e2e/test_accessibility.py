"""Every kind of page, and what opens on it, in both themes under axe: nothing serious, nothing critical."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.browsing import PHONE, Browsing
from tests.e2e.places import PLACES, show
from tests.support.foreign import open_foreign

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

ON_A_PHONE = ("list", "selected rows", "record", "today", "board")
AXE = Axe()
# A theme changes colours and nothing else, so in the second one only what colours decide is looked at again.
OPTIONS: dict[str, dict[str, Any]] = {
    "light": {"resultTypes": ["violations"]},
    "dark": {"resultTypes": ["violations"], "runOnly": {"type": "rule", "values": ["color-contrast"]}},
}


def barriers(page: Page, scheme: str) -> list[str]:
    """What axe finds serious or critical, with the first element of each."""
    # What is busy is dimmed for a moment.
    expect(page.locator("[aria-busy=true]:visible")).to_have_count(0)
    found = AXE.run(page, options=OPTIONS[scheme]).response["violations"]
    return [
        f"{each['id']}: {each['help']}: {each['nodes'][0]['html'][:200]}"
        for each in found
        if each["impact"] in {"serious", "critical"}
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_serious_barrier(browsing: Browsing, db: None, scheme: str) -> None:
    foreign = open_foreign("en")
    page = browsing.enter(foreign.person, scheme=scheme)

    found = {}
    for name in PLACES:
        show(page, name, foreign.ids)
        found[name] = barriers(page, scheme)
    signed_out = browsing.window(foreign.person.host, scheme=scheme)
    signed_out.goto("/accounts/login/")
    found["sign-in"] = barriers(signed_out, scheme)
    phone = browsing.enter(foreign.person, scheme=scheme, size=PHONE)
    for name in ON_A_PHONE:
        show(phone, name, foreign.ids)
        found[f"{name} on a phone"] = barriers(phone, scheme)

    assert {name: said for name, said in found.items() if said} == {}
