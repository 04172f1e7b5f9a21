"""Shell, palette, home and health, as browsers meet them."""

import re

import pytest
from django.db import connection
from django.test import Client, RequestFactory

from autocrm.kernel.actors import Actor
from autocrm.kernel.long_work import LongWork, WorkProvider
from autocrm.kernel.long_work import add_provider as add_work
from autocrm.kernel.navigation import FOOT, NavEntry, add_entry, entries
from autocrm.kernel.palette import PaletteItem
from autocrm.web.navigation import find_current, list_creatable, list_entries
from autocrm.web.palette import grouped, search_pages
from autocrm.web.shell import workspace_url
from tests.support.cast import Person, make_person, make_tenant


@pytest.fixture(autouse=True, scope="module")
def pages_of_tests() -> None:
    if "test.secret" not in entries:
        add_entry(NavEntry("test.secret", "Κρυφό δωμάτιο", "/secret/", "lock", permission="company.update", order=5))
        add_entry(NavEntry("test.open", "Ανοιχτό δωμάτιο", "/open/", "lock", order=6, group=FOOT))


def test_the_rail_shows_what_the_role_allows(alice: Person, bob: Person) -> None:
    owners = alice.page.get("/inbox/").content.decode()
    members = bob.page.get("/inbox/").content.decode()

    assert 'href="/secret/"' in owners
    assert 'href="/secret/"' not in members
    assert 'href="/open/"' in members
    assert 'href="/contacts/"' in members
    assert 'href="/companies/"' not in members


def test_new_is_offered_for_what_may_be_created(alice: Person, bob: Person) -> None:
    with alice.at_work() as actor:
        owners = {each.key for each in list_creatable(actor)}
    with bob.at_work() as actor:
        members = {each.key for each in list_creatable(actor)}

    assert {"contact", "company"} <= owners
    assert "contact" in members
    assert "company" not in members


def test_letters_are_given_once(alice: Person) -> None:
    with alice.at_work() as actor:
        letters = [each.shortcut for each in list_entries(actor) if each.shortcut]

    assert len(letters) == len(set(letters))


def test_the_current_page_is_the_longest_address_above_it() -> None:
    rail = [
        NavEntry("home", "", "/"),
        NavEntry("contacts", "", "/contacts/"),
        NavEntry("views", "", "/contacts/views/"),
    ]

    assert find_current(rail, "/contacts/views/7/") == "views"
    assert find_current(rail, "/contacts/7/") == "contacts"
    assert find_current(rail, "/elsewhere/") == ""


def test_the_appearance_comes_from_the_cookies(alice: Person) -> None:
    alice.page.cookies["theme"] = "dark"
    alice.page.cookies["density"] = "<script>"

    page = alice.page.get("/inbox/").content.decode()

    assert 'data-theme="dark"' in page
    assert 'data-density="cosy"' in page


def test_the_switcher_lists_the_other_workspaces(alice: Person) -> None:
    other = make_tenant("Umbrella")
    make_person("Alice", other, user=alice.user)

    page = alice.page.get("/inbox/").content.decode()

    assert f"http://{other.subdomain}.localhost/" in page


def test_the_way_home(alice: Person, charlie: Person) -> None:
    nowhere = Client(headers={"host": "localhost"})
    assert alice.page.get("/").status_code == 302
    assert nowhere.get("/")["Location"].startswith("/accounts/login/")

    nowhere.force_login(alice.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert nowhere.get("/")["Location"] == f"http://{alice.host}/"
    assert charlie.page.get("/", headers={"host": alice.host}).status_code == 404


def test_several_workspaces_are_a_choice(alice: Person) -> None:
    other = make_tenant("Umbrella")
    make_person("Alice", other, user=alice.user)
    browser = Client(headers={"host": "localhost:8000"})
    browser.force_login(alice.user, backend="allauth.account.auth_backends.AuthenticationBackend")

    page = browser.get("/")

    assert f"http://{other.subdomain}.localhost:8000/" in page.content.decode()


def test_addresses_of_workspaces_keep_scheme_port_and_own_domain(alice: Person, rf: RequestFactory) -> None:
    alice.tenant.custom_domain = "crm.acme.example"

    url = workspace_url(rf.get("/", headers={"host": "localhost:8000"}, secure=True), alice.tenant)

    assert url == "https://crm.acme.example:8000/"


def test_the_palette_finds_pages_and_commands_within_the_rights(alice: Person, bob: Person) -> None:
    owners = alice.page.get("/palette/", {"q": "κρυφ"}).content.decode()
    members = bob.page.get("/palette/", {"q": "κρυφ"}).content.decode()
    commands = alice.page.get("/palette/", {"q": "new co"}).content.decode()

    assert "<mark>Κρυφ</mark>ό δωμάτιο" in owners
    assert 'href="/secret/"' not in members
    assert "Nothing matches" in members
    assert 'href="/contacts/new/"' in commands


def test_the_palette_finds_settings_that_may_be_opened(alice: Person, bob: Person) -> None:
    found = alice.page.get("/palette/?q=roles").content.decode()

    assert 'aria-label="Settings"' in found
    assert "/settings/roles/" in found
    assert "/settings/roles/" not in bob.page.get("/palette/?q=roles").content.decode()


def test_an_empty_palette_suggests(alice: Person) -> None:
    page = alice.page.get("/palette/").content.decode()

    assert 'role="group"' in page
    assert "<mark>" not in page


def test_the_palette_makes_what_has_no_place_in_the_navigation(alice: Person) -> None:
    assert 'href="/meetings/new/"' in alice.page.get("/palette/", {"q": "new meeting"}).content.decode()
    assert 'href="/meetings/new/"' not in alice.page.get("/palette/").content.decode()


def test_the_palette_names_a_page_once(alice: Person) -> None:
    assert alice.page.get("/palette/", {"q": "today"}).content.decode().count('href="/today/"') == 1
    assert alice.page.get("/palette/", {"q": "agenda"}).content.decode().count('href="/today/"') == 1


def test_groups_that_show_nothing_of_what_was_typed_come_last() -> None:
    items = [PaletteItem("Companies", "Ember", "/e/"), PaletteItem("Settings", "Members", "/m/")]

    assert [group.label for group in grouped(items, "member")] == ["Settings", "Companies"]
    assert [group.label for group in grouped(items, "ember")] == ["Companies", "Settings"]
    assert [group.label for group in grouped(items[:1], "ebmer")] == ["Companies"]


def test_what_is_found_is_marked_without_case_and_accents() -> None:
    def label(text: str, query: str) -> tuple[tuple[str, bool], ...]:
        return grouped([PaletteItem("A", text, "/")], query)[0].lines[0].label

    assert label("Jürgen Müller", "muller") == (("Jürgen ", False), ("Müller", True))
    assert label("Straße 5", "strass") == (("Straß", True), ("e 5", False))
    assert label("Łódź", "lodz") == (("Łódź", True),)


def test_the_palette_escapes_what_was_typed(alice: Person) -> None:
    page = alice.page.get("/palette/", {"q": "<b>x</b>"}).content.decode()

    assert "<b>x" not in page
    assert grouped([PaletteItem("A", "a(b", "/")], "a(")[0].lines[0].label == (("a(", True), ("b", False))


def test_strangers_get_no_palette() -> None:
    assert Client().get("/palette/").status_code == 302


def test_pages_forbid_inline_script_and_framing(alice: Person) -> None:
    page = alice.page.get("/inbox/")

    policy = page["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert page["X-Frame-Options"] == "DENY"
    assert page["X-Content-Type-Options"] == "nosniff"
    assert "camera=()" in page["Permissions-Policy"]
    assert page["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "private" in page["Cache-Control"]
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", page.content.decode())


def test_health_needs_no_host_session_or_tenant(db: None) -> None:
    client = Client(headers={"host": "unknown.example"})

    assert client.get("/healthz").content == b"alive\n"
    ready = client.get("/readyz")

    assert ready.json() == {"status": "ready"}
    assert not ready.cookies


def test_missing_migrations_are_said(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autocrm.web.health._migrated.aliases", set())
    monkeypatch.setattr("autocrm.web.health._migrations_on_disk", lambda: {("contacts", "9999_future")})

    ready = Client().get("/readyz")

    assert ready.status_code == 503
    assert ready.json()["reasons"] == {"default": "1 migrations are not applied"}
    assert connection.alias == "default"


def test_search_pages_is_bounded(alice: Person) -> None:
    with alice.at_work() as actor:
        assert len(search_pages("", actor=actor, limit=3)) == 3


def test_the_tray_shows_background_work(alice: Person, bob: Person) -> None:
    def recent(actor: Actor, limit: int) -> list[LongWork]:
        work = LongWork("7", "Import of people.csv", "running", done=3, total=9, url="/imports/7/")
        return [work][:limit] if actor.user_id == alice.id else []

    provider = WorkProvider(f"test.{alice.id}", recent, lambda _actor: 1)
    add_work(provider)

    assert "Import of people.csv" in alice.page.get("/jobs/").content.decode()
    assert "Nothing runs" in bob.page.get("/jobs/").content.decode()
