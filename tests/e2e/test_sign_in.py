"""Through the front door and out again."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import Browsing
from tests.support.cast import PASSWORD, Person

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]


def test_a_wrong_password_is_refused_in_words_and_the_right_one_opens(browsing: Browsing, alice: Person) -> None:
    alice.set_password()
    page = browsing.window(alice.host)

    page.goto("/contacts/")
    page.get_by_label("E-mail").fill(alice.user.email)
    page.get_by_label("Password").fill("not the password")
    page.keyboard.press("Enter")

    expect(page.get_by_text("not correct")).to_be_visible()
    expect(page.get_by_label("E-mail")).to_have_value(alice.user.email)

    sign_in(page, alice)

    expect(page).to_have_url(re.compile(r"/contacts/$"))
    expect(page.get_by_role("heading", level=1, name="Contacts")).to_be_visible()

    page.get_by_role("button", name="Your account").click()
    page.get_by_role("menuitem", name="Sign out").click()

    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto("/contacts/")
    expect(page).to_have_url(re.compile(r"/accounts/login/"))


def test_the_door_of_the_installation_leads_to_the_only_workspace(browsing: Browsing, alice: Person) -> None:
    alice.set_password()
    page = browsing.window("localhost")

    page.goto("/")
    sign_in(page, alice)
    expect(page).to_have_url(re.compile(rf"^http://{re.escape(alice.host)}:\d+/"))

    # A workspace has a session of its own.
    sign_in(page, alice)
    expect(page).to_have_url(re.compile(rf"^http://{re.escape(alice.host)}:\d+/dashboard/$"))


def sign_in(page: Page, person: Person) -> None:
    page.get_by_label("E-mail").fill(person.user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
