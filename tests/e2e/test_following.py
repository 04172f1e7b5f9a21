"""Following a record and asking who can see it: the button, the bell, the drawer with the reasons."""

import pytest
from playwright.sync_api import expect

from autocrm.notifications import services as notifications
from tests.e2e.browsing import Browsing
from tests.e2e.given import address_of, change_record, make_record
from tests.support.cast import Person, make_person

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]


def test_a_follower_hears_what_somebody_else_changed(browsing: Browsing, alice: Person) -> None:
    dana = make_person("Dana Drew", alice.tenant)
    contact = make_record(dana, "contact", first_name="Ada", last_name="Byron")
    page = browsing.enter(alice)
    page.goto(address_of("contact", contact))

    page.get_by_role("button", name="Follow", exact=True).click()
    expect(page.get_by_role("button", name="Following")).to_have_attribute("aria-pressed", "true")
    change_record(dana, "contact", contact, city="Reykjavik")

    expect(page.get_by_role("link", name="Ada Byron").first).to_be_visible()
    page.goto("/inbox/")
    expect(page.locator("main").get_by_text("Dana Drew: City – → Reykjavik")).to_be_visible()
    page.goto(address_of("contact", contact))
    page.get_by_role("button", name="Following").click()
    expect(page.get_by_role("button", name="Follow", exact=True)).to_be_visible()


def test_an_owner_asks_why_somebody_can_see_a_record(browsing: Browsing, alice: Person, bob: Person) -> None:
    contact = make_record(alice, "contact", first_name="Ada", last_name="Byron", owner=str(bob.id))
    page = browsing.enter(alice)
    page.goto(address_of("contact", contact))

    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Who can see this").click()
    drawer = page.locator("#drawer")
    expect(drawer.get_by_text("may do everything").first).to_be_visible()
    drawer.get_by_label("Member").select_option(value=str(bob.id))

    expect(drawer.get_by_text(f"{bob.user.name} owns this one.").first).to_be_visible()
    expect(drawer.get_by_role("heading", name="Hidden fields")).to_be_visible()
    expect(drawer).to_contain_text("Source")


def test_messages_are_put_away_one_after_the_other_by_keys(browsing: Browsing, alice: Person) -> None:
    with alice.at_work() as actor:
        for title in ("One", "Two", "Three"):
            notifications.notify(
                user_ids=[alice.id], kind="workflow_message", title=title, actor=actor.system(actor.tenant_id)
            )
    page = browsing.enter(alice)
    page.goto("/inbox/")
    page.get_by_role("button", name="Put away: Three").focus()

    for left in ("Two", "One"):
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name=f"Put away: {left}")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.get_by_role("button", name="Put away")).to_have_count(0)
    expect(page.locator("main :focus")).to_have_count(1)
