"""What arrives by itself: a notification made by a workflow, on a socket that outlives the web process."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import Browsing
from tests.e2e.given import make_record, open_workspace
from tests.e2e.stack import Stack
from tests.faults.processes import wait_until
from tests.support.cast import Person

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]


@pytest.fixture
def alice(db: None) -> Person:
    """Owner of a workspace made as people make it, so that it begins with the workflow for new leads."""
    return open_workspace("Acme", "Alice Archer")


def bell(page: Page, unread: int) -> None:
    expect(page.get_by_role("button", name=f"Notifications, {unread} unread")).to_be_visible()


def test_a_new_lead_brings_a_task_and_a_message_without_a_reload(browsing: Browsing, alice: Person) -> None:
    page = browsing.enter(alice)
    page.goto("/companies/")
    bell(page, 0)

    contact = make_record(alice, "contact", first_name="Ann", last_name="Other", type="lead")

    bell(page, 1)
    expect(page.locator("#toasts")).to_contain_text("New lead: Ann Other")
    page.get_by_role("button", name="Notifications, 1 unread").click()
    inbox = page.get_by_role("dialog", name="Notifications")
    expect(inbox).to_contain_text("New lead: Ann Other")
    inbox.get_by_role("button", name="Mark all as read").click()
    bell(page, 0)

    page.goto("/tasks/")
    expect(page.get_by_role("link", name="Get in touch with Ann Other")).to_be_visible()
    page.goto(f"/contacts/{contact.pk}/")
    expect(page.locator("#upcoming")).to_contain_text("Get in touch with Ann Other")


def test_reading_in_one_window_is_seen_in_the_other(browsing: Browsing, alice: Person) -> None:
    here, there = browsing.enter(alice), browsing.enter(alice)
    here.goto("/companies/")
    there.goto("/contacts/")
    make_record(alice, "contact", first_name="Ann", last_name="Other", type="lead")
    bell(here, 1)
    bell(there, 1)

    here.get_by_role("button", name=re.compile("^Notifications")).click()
    here.get_by_role("dialog", name="Notifications").get_by_role("link", name=re.compile("New lead")).click()

    expect(here).to_have_url(re.compile("/contacts/[0-9a-f-]{36}/$"))
    bell(there, 0)


def test_the_socket_comes_back_after_the_web_process_was_killed(
    browsing: Browsing, alice: Person, stack: Stack
) -> None:
    browsing.watch.expect(r"WebSocket connection to .* failed|net::ERR_CONNECTION_(REFUSED|RESET)")
    page = browsing.enter(alice)
    page.goto("/companies/")
    bell(page, 0)

    former = stack.kill("web")
    wait_until(lambda: stack.pid_of("web") not in {None, former}, seconds=10, what="a new web process")
    make_record(alice, "contact", first_name="Ann", last_name="Other", type="lead")

    bell(page, 1)
