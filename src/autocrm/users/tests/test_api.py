"""The API of people and rights: the same rules as the pages, the same refusals, nothing changed by a refused call."""

from typing import Any

import pytest

from autocrm.kernel.ids import new_id
from autocrm.users.models import ApiToken, Invitation, Membership, Role, Team, TeamMember
from autocrm.users.services import teams
from tests.support.cast import ApiClient, Person


@pytest.fixture
def north(alice: Person, bob: Person) -> Team:
    """A team of Acme with Bob in it."""
    with alice.at_work() as actor:
        team = teams.create_team(name="North", actor=actor)
        teams.add_to_team(team.id, bob.id, actor=actor)
    return team


def everything(person: Person) -> list[Any]:
    with person.at_work():
        return [
            list(model.objects.order_by("id").values()) for model in (Membership, Role, Team, TeamMember, Invitation)
        ]


def calls(alice: Person, bob: Person, team: Team, role_id: Any, token_id: Any) -> list[tuple[str, str, Any]]:
    """Every call that changes something in Acme."""
    return [
        ("patch", f"members/{bob.id}/", {"title": "King"}),
        ("patch", f"members/{bob.id}/", {"is_active": False}),
        ("patch", f"members/{bob.id}/", {"role": str(role_id)}),
        ("post", "invitations/", {"email": "x@example.com", "role": str(role_id)}),
        ("delete", f"invitations/{new_id()}/", None),
        ("post", "roles/", {"name": "Mine"}),
        ("patch", f"roles/{role_id}/", {"name": "Mine"}),
        ("delete", f"roles/{role_id}/", None),
        ("post", "teams/", {"name": "Mine", "parent": str(team.id)}),
        ("patch", f"teams/{team.id}/", {"name": "Mine"}),
        ("delete", f"teams/{team.id}/", None),
        ("post", f"teams/{team.id}/members/", {"user": str(alice.id)}),
        ("delete", f"teams/{team.id}/members/{bob.id}/", None),
        ("delete", f"tokens/{token_id}/", None),
    ]


def test_me_tells_who_and_where_and_what(alice: Person, bob: Person) -> None:
    hers = alice.api.get("/api/v1/me/").json()
    his = bob.api.get("/api/v1/me/").json()

    assert hers["everything"] is True
    assert hers["kind"] == "token"
    assert hers["user"] == {"id": str(alice.id), "name": "Alice Archer", "email": alice.user.email}
    assert his["records"]["contact"]["read"] == "own"
    assert his["workspace"]["name"] == "Acme"


def test_members_roles_teams_and_tokens_are_listed(alice: Person, bob: Person, north: Team) -> None:
    members = alice.api.get("/api/v1/members/").json()["results"]
    found = alice.api.get("/api/v1/members/", {"q": "bob b"}).json()["results"]
    roles = alice.api.get("/api/v1/roles/").json()["results"]
    listed = alice.api.get("/api/v1/teams/").json()["results"]
    people = alice.api.get(f"/api/v1/teams/{north.id}/members/").json()["results"]
    tokens = alice.api.get("/api/v1/tokens/").json()["results"]

    assert {each["user"]["name"] for each in members} == {"Alice Archer", "Bob Baker"}
    assert [each["user"]["id"] for each in found] == [str(bob.id)]
    assert roles[0]["everything"] is True
    assert roles[0]["members_count"] == 1
    assert [(each["name"], each["members_count"]) for each in listed] == [("North", 1)]
    assert [each["name"] for each in people] == ["Bob Baker"]
    assert "token_hash" not in str(tokens)


def test_the_whole_way_of_a_role_a_team_and_a_member(alice: Person, bob: Person) -> None:
    role = alice.api.post("/api/v1/roles/", {"name": "Scout", "records": {"*": {"read": "all"}}})
    changed = alice.api.patch(f"/api/v1/roles/{role.json()['id']}/", {"description": "Looks around"})
    member = alice.api.patch(f"/api/v1/members/{bob.id}/", {"role": role.json()["id"], "title": "Scout"})
    team = alice.api.post("/api/v1/teams/", {"name": "North"})
    added = alice.api.post(f"/api/v1/teams/{team.json()['id']}/members/", {"user": str(bob.id)})
    renamed = alice.api.patch(f"/api/v1/teams/{team.json()['id']}/", {"name": "Far north"})
    removed = alice.api.delete(f"/api/v1/teams/{team.json()['id']}/members/{bob.id}/")
    deleted = alice.api.delete(f"/api/v1/teams/{team.json()['id']}/")
    invited = alice.api.post("/api/v1/invitations/", {"email": "new@example.com", "role": role.json()["id"]})
    in_use = alice.api.delete(f"/api/v1/roles/{role.json()['id']}/")
    withdrawn = alice.api.delete(f"/api/v1/invitations/{invited.json()['id']}/")

    assert [role.status_code, team.status_code, invited.status_code] == [201, 201, 201]
    assert changed.json()["description"] == "Looks around"
    assert (member.json()["role"]["name"], member.json()["title"]) == ("Scout", "Scout")
    assert renamed.json()["name"] == "Far north"
    assert [each.status_code for each in (added, removed, deleted, withdrawn)] == [204] * 4
    assert in_use.status_code == 409


def test_bob_changes_nothing(alice: Person, bob: Person, north: Team) -> None:
    secret = alice.new_token()
    with alice.at_work():
        role_id, token_id = Role.objects.get(key="member").id, ApiToken.objects.get().id
    before, client = everything(alice), bob.api

    answers = [
        (method, path, getattr(client, method)(f"/api/v1/{path}", data).status_code)
        for method, path, data in calls(alice, bob, north, role_id, token_id)
    ]

    assert [each for each in answers if each[2] not in {403, 404}] == []
    assert everything(alice) == before
    assert ApiClient(secret, alice.host).get("/api/v1/me/").status_code == 200


def test_charlie_changes_and_learns_nothing(alice: Person, bob: Person, charlie: Person, north: Team) -> None:
    secret = alice.new_token()
    with alice.at_work():
        role_id, token_id = Role.objects.get(key="member").id, ApiToken.objects.get().id
    before, client = everything(alice), charlie.api

    answers = []
    for method, path, data in calls(alice, bob, north, role_id, token_id):
        response = getattr(client, method)(f"/api/v1/{path}", data)
        answers.append((method, path, response.status_code))
        assert bob.user.email not in response.content.decode()
    reads = [client.get(f"/api/v1/{path}").status_code for path in (f"members/{bob.id}/", f"teams/{north.id}/members/")]

    refused = [each for each in answers if each[:2] != ("post", "roles/")]
    assert [each for each in refused if each[2] not in {404, 422}] == []
    assert reads == [404, 404]
    assert everything(alice) == before
    assert ApiClient(secret, alice.host).get("/api/v1/me/").status_code == 200


def test_tokens_are_made_in_a_session_and_not_by_another_token(alice: Person) -> None:
    by_token = alice.api.post("/api/v1/tokens/", {"name": "Child"})
    by_person = alice.page.post("/api/v1/tokens/", {"name": "Sync", "scopes": ["team:read"]}, "application/json")

    assert by_token.status_code == 403
    assert by_person.status_code == 201
    assert ApiClient(by_person.json()["token"], alice.host).get("/api/v1/me/").json()["scopes"] == ["team:read"]


def test_scopes_hold_at_the_api(alice: Person) -> None:
    reader = ApiClient(alice.new_token(scopes=["*:read"]), alice.host)
    stranger = ApiClient(alice.new_token(scopes=["contact:read"]), alice.host)

    assert reader.get("/api/v1/members/").status_code == 200
    assert reader.post("/api/v1/teams/", {"name": "North"}).status_code == 403
    assert stranger.get("/api/v1/members/").status_code == 403


def test_a_profile_is_changed_in_a_session_only(alice: Person) -> None:
    by_token = alice.api.patch("/api/v1/me/", {"name": "Robot"})
    by_person = alice.page.patch("/api/v1/me/", {"name": "Alice Adler"}, "application/json")
    wrong = alice.page.patch("/api/v1/me/", {"time_zone": "Mars/Olympus"}, "application/json")

    assert by_token.status_code == 403
    assert by_person.json()["name"] == "Alice Adler"
    assert wrong.status_code == 422
    assert "time_zone" in wrong.json()["errors"]
