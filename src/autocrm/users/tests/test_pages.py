"""The settings pages, as Alice, Bob, Charlie and a visitor see them, and what posting to them changes."""

from html import unescape
from typing import Any

import pytest
from django.test import Client

from autocrm.tenants.models import Tenant
from autocrm.users import selectors
from autocrm.users.models import ApiToken, Invitation, Membership, Role, Team, TeamMember
from autocrm.users.services import teams
from tests.support.cast import PASSWORD, Person, host_of

HTMX = {"HX-Request": "true"}

FOR_EVERY_MEMBER = ("profile", "sessions", "tokens", "members")
FOR_MANAGERS = ("members/invite", "roles", "roles/new", "teams", "teams/new", "tokens/new", "workspace")


def text(response: Any) -> str:
    return unescape(response.content.decode())


@pytest.mark.parametrize("name", [*FOR_EVERY_MEMBER, *FOR_MANAGERS])
def test_the_owner_opens_every_page(alice: Person, name: str) -> None:
    whole = alice.page.get(f"/settings/{name}/")
    fragment = alice.page.get(f"/settings/{name}/", headers=HTMX)

    assert whole.status_code == 200
    assert "<html" in text(whole)
    assert "set-nav" in text(whole)
    assert fragment.status_code == 200


@pytest.mark.parametrize("name", FOR_EVERY_MEMBER)
def test_bob_opens_what_is_everybodys(bob: Person, name: str) -> None:
    page = bob.page.get(f"/settings/{name}/")

    assert page.status_code == 200
    assert "/settings/roles/" not in text(page)


@pytest.mark.parametrize("name", FOR_MANAGERS)
def test_bob_may_not_open_what_is_for_managers(bob: Person, name: str) -> None:
    assert bob.page.get(f"/settings/{name}/").status_code == 403


@pytest.mark.parametrize("name", [*FOR_EVERY_MEMBER, *FOR_MANAGERS])
def test_visitors_sign_in_first(acme: Tenant, name: str) -> None:
    visitor = Client(headers={"host": host_of(acme)})

    page = visitor.get(f"/settings/{name}/")
    fragment = visitor.get(f"/settings/{name}/", headers=HTMX)

    assert page.status_code == 302
    assert page["Location"].startswith("/accounts/login/?next=")
    assert fragment["HX-Redirect"] == "/accounts/login/"


def test_charlies_ids_open_nothing_in_acme_and_the_other_way_round(alice: Person, bob: Person, charlie: Person) -> None:
    with alice.at_work() as actor:
        team = teams.create_team(name="North", actor=actor)
        role = Role.objects.get(key="member")
        before = list(Membership.objects.values()), list(Role.objects.values()), list(Team.objects.values())

    posts = (
        f"members/{bob.id}/disable/",
        f"members/{bob.id}/enable/",
        f"roles/{role.id}/delete/",
        f"teams/{team.id}/delete/",
        f"teams/{team.id}/people/{bob.id}/remove/",
    )
    for path in (f"members/{bob.id}/", f"roles/{role.id}/", f"teams/{team.id}/", f"teams/{team.id}/people/"):
        assert charlie.page.get(f"/settings/{path}").status_code == 404
        assert charlie.page.post(f"/settings/{path}", {"name": "Stolen", "title": "Spy"}).status_code == 404
    for path in posts:
        assert charlie.page.post(f"/settings/{path}").status_code == 404
        assert bob.page.post(f"/settings/{path}").status_code == 403

    with alice.at_work():
        assert before == (list(Membership.objects.values()), list(Role.objects.values()), list(Team.objects.values()))


def test_profile_is_saved_and_told(alice: Person) -> None:
    values = {"name": "Alice Adler", "locale": "de", "time_zone": "Europe/Vienna"}

    response = alice.page.post("/settings/profile/", values)
    page = alice.page.get("/settings/profile/")

    alice.user.refresh_from_db()
    assert response.status_code == 302
    assert (alice.user.name, alice.user.locale, alice.user.time_zone) == ("Alice Adler", "de", "Europe/Vienna")
    assert '<html lang="de"' in text(page)
    assert str(alice.actor.zone) == "Europe/Vienna"


def test_profile_refuses_nonsense_beside_the_field(alice: Person) -> None:
    response = alice.page.post("/settings/profile/", {"name": " ", "time_zone": "Mars/Olympus"})

    alice.user.refresh_from_db()
    assert response.status_code == 422
    assert 'aria-invalid="true"' in text(response)
    assert alice.user.name == "Alice Archer"


def test_changing_the_password_keeps_this_session_and_ends_the_others(alice: Person) -> None:
    alice.set_password()
    other = Client(headers={"host": alice.host})
    other.force_login(alice.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert other.get("/settings/profile/").status_code == 200

    wrong = alice.page.post("/settings/profile/password/", {"current": "nope", "new": "another long password"})
    weak = alice.page.post("/settings/profile/password/", {"current": PASSWORD, "new": "short"})
    right = alice.page.post("/settings/profile/password/", {"current": PASSWORD, "new": "another long password"})

    assert (wrong.status_code, weak.status_code, right.status_code) == (422, 422, 302)
    assert alice.page.get("/settings/profile/").status_code == 200
    assert other.get("/settings/profile/").status_code == 302


def test_a_session_is_listed_and_ended(alice: Person) -> None:
    alice.set_password()
    laptop, phone = (Client(headers={"host": alice.host, "user-agent": name}) for name in ("Laptop", "Phone"))
    for client in (laptop, phone):
        client.post("/accounts/login/", {"login": alice.user.email, "password": PASSWORD})

    listed = text(laptop.get("/settings/sessions/"))
    ended = laptop.post("/settings/sessions/end-others/", headers=HTMX)

    assert "Laptop" in listed
    assert "Phone" in listed
    assert ended.status_code == 204
    assert laptop.get("/settings/sessions/").status_code == 200
    assert phone.get("/settings/sessions/").status_code == 302


def test_nobody_ends_somebody_elses_session(alice: Person, bob: Person) -> None:
    alice.set_password()
    browser = Client(headers={"host": alice.host})
    browser.post("/accounts/login/", {"login": alice.user.email, "password": PASSWORD})
    session_id = next(iter(browser.get("/settings/sessions/").context["sessions"])).id

    bob.page.post(f"/settings/sessions/{session_id}/end/")
    bob.page.post("/settings/sessions/end-others/")

    assert browser.get("/settings/sessions/").status_code == 200


def test_a_token_is_shown_once_and_works(alice: Person) -> None:
    with alice.at_work():
        reader = Role.objects.get(key="read_only")

    made = alice.page.post(
        "/settings/tokens/new/",
        {"name": "Sync", "role": str(reader.id), "scope": "*:read", "lifetime": "30"},
        headers=HTMX,
    )
    secret = text(made).split('data-copy="')[1].split('"')[0]
    listed = text(alice.page.get("/settings/tokens/"))
    with alice.at_work():
        token = ApiToken.objects.get()
    revoked = alice.page.post(f"/settings/tokens/{token.id}/revoke/", headers=HTMX)

    assert made.status_code == 200
    assert secret.startswith("acrm_")
    assert "Sync" in listed
    assert secret not in listed
    assert revoked.status_code == 204
    with pytest.raises(Exception, match="may not"):
        selectors.actor_for_token(secret)


def test_a_role_is_made_in_the_editor(alice: Person) -> None:
    response = alice.page.post(
        "/settings/roles/new/",
        {
            "name": "Scout",
            "level:*:read": "all",
            "level:*:update": "own",
            "level:*:delete": "none",
            "codes": ["users.manage"],
        },
    )

    with alice.at_work():
        role = Role.objects.get(name="Scout")
    assert response.status_code == 302
    assert role.records == {"*": {"read": "all", "update": "own"}}
    assert role.codes == ["users.manage"]


def test_the_role_editor_shows_and_complains(alice: Person, bob: Person) -> None:
    page = alice.page.get(f"/settings/roles/{bob.role.id}/")
    refused = alice.page.post(f"/settings/roles/{bob.role.id}/", {"name": "", "level:*:read": "all"})

    assert "Few rights" in text(page)
    assert refused.status_code == 422
    with alice.at_work():
        assert Role.objects.get(id=bob.role.id).name == "Few rights"


def test_teams_are_made_moved_and_filled(alice: Person, bob: Person) -> None:
    made = alice.page.post("/settings/teams/new/", {"name": "North"}, headers=HTMX)
    with alice.at_work():
        north = Team.objects.get()
    added = alice.page.post(f"/settings/teams/{north.id}/people/", {"member": member_id(alice, bob)}, headers=HTMX)
    listed = text(alice.page.get("/settings/teams/"))
    wrong = alice.page.post(f"/settings/teams/{north.id}/", {"name": "North", "parent": str(north.id)}, headers=HTMX)

    assert made.status_code == added.status_code == 204
    assert "autocrm:changed" in made["HX-Trigger"]
    assert "Bob Baker" in listed
    assert wrong.status_code == 422
    with alice.at_work():
        assert TeamMember.objects.get().user_id == bob.id


def test_a_member_is_disabled_and_enabled_with_undo(alice: Person, bob: Person) -> None:
    disabled = alice.page.post(f"/settings/members/{bob.id}/disable/", headers=HTMX)
    shut_out = bob.page.get("/settings/profile/").status_code
    enabled = alice.page.post(f"/settings/members/{bob.id}/enable/", headers=HTMX)

    assert f"/settings/members/{bob.id}/enable/" in disabled["HX-Trigger"]
    assert shut_out == 404
    assert enabled.status_code == 204
    assert bob.page.get("/settings/profile/").status_code == 200


def test_the_last_owner_reads_why_not(alice: Person) -> None:
    with alice.at_work():
        member_role = Role.objects.get(key="member")

    response = alice.page.post(f"/settings/members/{alice.id}/", {"role": str(member_role.id)}, headers=HTMX)

    assert response.status_code == 422
    assert "last owner" in text(response)


def test_workspace_settings_are_saved(alice: Person) -> None:
    values = {
        "name": "Acme North",
        "currency": "eur",
        "time_zone": "Europe/Berlin",
        "locale": "de",
        "region": "de",
        "fiscal_year_start_month": "4",
        "week_start": "1",
        "days": ["1", "2", "3"],
        "opens": "08:30",
        "closes": "16:00",
    }

    saved = alice.page.post("/settings/workspace/", values)
    refused = alice.page.post("/settings/workspace/", values | {"currency": "euro", "name": ""})

    tenant = Tenant.objects.get(id=alice.tenant.id)
    assert saved.status_code == 302
    assert refused.status_code == 422
    assert tenant.name == "Acme North"
    assert tenant.settings["currency"] == "EUR"
    assert tenant.settings["business_hours"] == {"days": [1, 2, 3], "from": "08:30", "to": "16:00"}


def test_the_members_page_costs_the_same_for_one_and_for_many(
    alice: Person, bob: Person, django_assert_max_num_queries: Any
) -> None:
    alice.page.get("/settings/members/")

    with django_assert_max_num_queries(16):
        alice.page.get("/settings/members/")


def test_invitations_stand_on_the_members_page(alice: Person) -> None:
    with alice.at_work():
        reader = Role.objects.get(key="read_only")

    shown = alice.page.post(
        "/settings/members/invite/", {"email": "Dora@Example.com", "role": str(reader.id)}, headers=HTMX
    )
    with alice.at_work():
        invitation = Invitation.objects.get()
    listed = text(alice.page.get("/settings/members/"))
    withdrawn = alice.page.post(f"/settings/invitations/{invitation.id}/revoke/", headers=HTMX)

    assert f"http://{alice.host}/invitations/join_" in text(shown)
    assert "dora@example.com" in listed
    assert withdrawn.status_code == 204
    assert "dora@example.com" not in text(alice.page.get("/settings/members/"))


def member_id(viewer: Person, person: Person) -> str:
    with viewer.at_work():
        return str(Membership.objects.get(user_id=person.id).id)
