"""What one looks at in the morning: the dashboard that refreshes itself, today's tasks, what workflows did."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from autocrm.activities import services as activities
from autocrm.kernel.clock import now
from tests.e2e.browsing import Browsing
from tests.e2e.given import make_record, open_workspace
from tests.e2e.stack import Stack
from tests.faults.processes import wait_until
from tests.support.cast import Person

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]


def test_the_dashboard_counts_and_refreshes_itself(browsing: Browsing, alice: Person, stack: Stack) -> None:
    make_record(alice, "contact", first_name="Ann", last_name="Other", type="customer")
    page = browsing.enter(alice)
    page.clock.install()
    page.goto("/dashboard/")
    expect(page.locator("#kpi-contacts")).to_have_text("1")

    make_record(alice, "contact", first_name="Ben", last_name="Other", type="customer")
    # What was dear to compute is kept for half a minute; neither that nor the page's own half minute is waited for.
    stack.forget_kept_numbers()
    page.clock.run_for(2_000)
    with page.expect_response("**/dashboard/"):
        page.clock.fast_forward(31_000)
    expect(page.locator("#kpi-contacts")).to_have_text("2")

    page.locator("#kpi-contacts").click()
    expect(page.locator("tr[data-row]")).to_have_count(2)


def test_what_is_overdue_stands_first_today_and_is_done_by_a_key(browsing: Browsing, alice: Person) -> None:
    contact = make_record(alice, "contact", first_name="Ann", last_name="Other")
    with alice.at_work() as actor:
        about = [activities.About("contact", contact.pk)]
        for subject, days in (("Send the offer", -3), ("Call back", 5)):
            values = {"subject": subject, "due_at": (now() + timedelta(days=days)).isoformat()}
            activities.create_task(values, about=about, actor=actor)
    page = browsing.enter(alice)

    page.goto("/today/")
    expect(page.get_by_role("main")).to_contain_text("Send the offer")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_role("main")).not_to_contain_text("Send the offer")

    page.goto("/today/done/")
    expect(page.get_by_role("main")).to_contain_text("Send the offer")


def test_a_workflow_shows_what_it_did_and_can_be_switched_off(browsing: Browsing) -> None:
    alice = open_workspace("Acme", "Alice Archer")
    page = browsing.enter(alice)
    wait_until(lambda: opened(page, "/workflows/").get_by_text("New lead").count(), seconds=15, what="the workflow")
    make_record(alice, "contact", first_name="Ann", last_name="Other", type="lead")
    expect(page.get_by_role("button", name="Notifications, 1 unread")).to_be_visible()

    page.get_by_role("link", name="New lead", exact=True).click()
    page.get_by_role("link", name="Runs").click()
    expect(page.get_by_role("main")).to_contain_text("Ann Other")
    expect(page.get_by_role("main")).to_contain_text("Done")

    page.goto("/workflows/")
    switch = page.get_by_role("switch", name="New lead is on")
    expect(switch).to_be_checked()
    with page.expect_response("**/switch/"):
        switch.click()
    page.reload()
    expect(switch).not_to_be_checked()


def opened(page: Page, path: str) -> Page:
    page.goto(path)
    return page
