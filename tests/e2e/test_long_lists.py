"""A list that no index serves, on a server without patience: it is looked through piece by piece before one's eyes."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from autocrm.contacts.tests.factories import make_contact, make_many
from tests.e2e.browsing import Browsing, Watch
from tests.e2e.stack import Stack
from tests.e2e.test_lists import names, rows
from tests.support.cast import Person
from tests.support.site import Site, running_site

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

MANY = 12_000


@pytest.fixture(scope="module")
def impatient_site(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    own = {key: value for key, value in stack.environment.items() if key != "AUTOCRM_PORT"}
    with running_site(tmp_path_factory.mktemp("impatient"), **own | {"AUTOCRM_LIST_PATIENCE_MS": "1"}) as site:
        yield site


@pytest.fixture
def window(
    db: None, chromium: Browser, impatient_site: Site, watch: Watch, browsing: Browsing, alice: Person
) -> Iterator[Page]:
    """Alice's window, and far more contacts than are looked through at once."""
    make_contact(alice, first_name="Deep", last_name="Down", city="Atlantis")
    # In small transactions: a long one would hold up every consumer of the journal.
    for _part in range(MANY // 1_000):
        make_many(alice, 1_000)
    impatient = Browsing(chromium, impatient_site.port, watch)
    yield impatient.enter(alice)
    impatient.close()


def test_a_long_list_says_how_far_it_looked_what_it_found_and_when_there_is_nothing(window: Page) -> None:
    window.goto("/contacts/?city__contains=Atlantis")

    expect(names(window)).to_have_text(["Deep Down"])
    expect(window.locator("[data-more]")).to_have_count(0)
    for count in (window.locator("#list-count"), window.locator("tfoot [data-list-count]")):
        expect(count).to_have_text("1")

    held: list[Route] = []
    is_held = [True]
    window.route("**/contacts/?*cursor=*", lambda route: held.append(route) if is_held[0] else route.continue_())
    window.goto("/contacts/?city__contains=Nowhere")

    expect(window.get_by_text("Looked at 10,000 records, and looking on …")).to_be_visible()
    expect(window.get_by_text("Nothing matches")).not_to_be_visible()
    expect(window.locator("#list-count")).to_have_text("few")

    is_held[0] = False
    for route in held:
        route.continue_()

    expect(window.get_by_role("heading", name="Nothing matches")).to_be_visible()
    expect(window.locator("#list-count")).to_have_text("0")
    expect(rows(window)).to_have_count(0)
