"""Saved views of a team: which team, who sees them, what becomes of them when people and teams come and go."""

from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from autocrm.contacts.record_types import CONTACT_TYPE
from autocrm.journal.models import Entry
from autocrm.kernel.errors import Denied, Invalid
from autocrm.kernel.ids import new_id
from autocrm.records.lists import saved_views, view_services
from autocrm.records.view_models import SavedView, Visibility
from autocrm.users.models import Team
from autocrm.users.services import teams
from tests.support.cast import Person, make_person

HTMX = {"HX-Request": "true"}


def new_team(alice: Person, name: str, *people: Person) -> Team:
    with alice.at_work() as actor:
        team = teams.create_team(name=name, actor=actor)
        for each in people:
            teams.add_to_team(team.id, each.id, actor=actor)
    return team


def share(person: Person, team: object = None, name: str = "Shared") -> SavedView:
    with person.at_work() as actor:
        return view_services.create_view(
            CONTACT_TYPE, name=name, query="type=lead", visibility=Visibility.TEAM, team=team, actor=actor
        )


def seen_by(person: Person) -> list[str]:
    with person.at_work() as actor:
        return [tab.view.name for tab in saved_views.list_views(CONTACT_TYPE, actor=actor)]


def current(alice: Person, view: SavedView) -> SavedView:
    with alice.at_work():
        return SavedView.objects.get(pk=view.pk)


@pytest.fixture
def dora(alice: Person) -> Person:
    """A second owner of Acme."""
    return make_person("Dora Day", alice.tenant)


def test_people_of_the_team_see_it_and_others_do_not(alice: Person, bob: Person, dora: Person, charlie: Person) -> None:
    sales = new_team(alice, "Sales", alice, bob)
    new_team(alice, "Support", alice, dora)

    view = share(alice, sales.id)

    assert seen_by(alice) == seen_by(bob) == ["Shared"]
    assert seen_by(dora) == []
    for other in (dora, charlie):
        assert other.page.get(f"/contacts/?view={view.id}").status_code == 404
        assert other.api.get(f"/api/v1/views/{view.id}/").status_code == 404
        assert other.api.patch(f"/api/v1/views/{view.id}/", {"name": "Theirs"}).status_code == 404
        assert other.page.post(f"/contacts/views/{view.id}/delete/").status_code == 404
    assert current(alice, view).name == "Shared"


def test_who_is_in_one_team_shares_with_that_one(alice: Person) -> None:
    sales = new_team(alice, "Sales", alice)

    assert share(alice).team_id == sales.id


def test_who_is_in_several_teams_has_to_choose(alice: Person) -> None:
    new_team(alice, "Sales", alice)
    new_team(alice, "Support", alice)

    with pytest.raises(Invalid) as refused:
        share(alice)

    assert list(refused.value.fields) == ["team"]
    with alice.at_work():
        assert not SavedView.objects.exists()


def test_nobody_shares_with_a_team_of_others(alice: Person, bob: Person, charlie: Person) -> None:
    bobs = new_team(alice, "Sales", bob)
    globex = new_team(charlie, "Sales", charlie)
    new_team(alice, "Support", alice)

    for team in (bobs.id, globex.id, new_id(), "nonsense"):
        with pytest.raises(Invalid):
            share(alice, team)

    with alice.at_work():
        assert not SavedView.objects.exists()


def test_who_is_in_no_team_can_share_with_none(alice: Person) -> None:
    with pytest.raises(Invalid) as refused:
        share(alice)

    assert refused.value.fields["team"] == ["You are in no team."]
    assert "Members of a team" not in alice.page.get("/contacts/views/new/", headers=HTMX).content.decode()


def test_sharing_with_a_team_is_a_right(alice: Person, bob: Person) -> None:
    team = new_team(alice, "Sales", alice, bob)
    view = share(alice, team.id)

    with pytest.raises(Denied):
        share(bob, team.id, name="Bobs")
    for change in ({"name": "Bobs"}, {"visibility": Visibility.PRIVATE}):
        with pytest.raises(Denied), bob.at_work() as actor:
            view_services.update_view(view.pk, actor=actor, **change)

    kept = current(alice, view)
    assert (kept.name, kept.visibility, kept.team_id) == ("Shared", Visibility.TEAM, team.id)


def test_the_view_stays_with_the_team_that_its_owner_leaves(alice: Person, bob: Person) -> None:
    sales, support = new_team(alice, "Sales", alice, bob), new_team(alice, "Support")
    view = share(alice, sales.id)

    with alice.at_work() as actor:
        teams.remove_from_team(sales.id, alice.id, actor=actor)
        teams.add_to_team(support.id, alice.id, actor=actor)

    assert seen_by(bob) == ["Shared"]
    assert seen_by(alice) == []
    assert current(alice, view).team_id == sales.id


def test_who_leaves_the_team_loses_pin_and_default(alice: Person, bob: Person) -> None:
    sales = new_team(alice, "Sales", alice, bob)
    view = share(alice, sales.id)
    bob.page.post(f"/contacts/views/{view.id}/pin/")
    bob.page.post(f"/contacts/views/{view.id}/default/")
    assert bob.page.get("/contacts/")["Location"] == f"/contacts/?view={view.id}"

    with alice.at_work() as actor:
        teams.remove_from_team(sales.id, bob.id, actor=actor)

    page = bob.page.get("/contacts/")
    assert page.status_code == 200
    assert "Shared" not in page.content.decode()


def test_the_view_of_a_deleted_team_is_its_owners_alone(alice: Person, bob: Person, dora: Person) -> None:
    sales = new_team(alice, "Sales", alice, bob)
    other = new_team(alice, "Support", alice, bob)
    view, kept = share(alice, sales.id), share(alice, other.id, name="Of support")

    with dora.at_work() as actor:
        teams.delete_team(sales.id, actor=actor)

    now = current(alice, view)
    assert (now.visibility, now.team_id, now.owner_id) == (Visibility.PRIVATE, None, alice.id)
    assert seen_by(alice) == ["Of support", "Shared"]
    assert seen_by(bob) == ["Of support"]
    assert current(alice, kept).team_id == other.id


def test_the_form_offers_ones_own_teams(alice: Person, bob: Person) -> None:
    sales, support = new_team(alice, "Sales", alice, bob), new_team(alice, "Support", alice)
    new_team(alice, "Not hers", bob)

    form = alice.page.get("/contacts/views/new/", headers=HTMX).content.decode()
    values = {"name": "Leads", "query": "type=lead", "visibility": f"team:{support.id}"}
    saved = alice.page.post("/contacts/views/new/", values, headers=HTMX)

    assert f'value="team:{sales.id}"' in form
    assert "Not hers" not in form
    with alice.at_work():
        view = SavedView.objects.get()
    assert saved["HX-Redirect"] == f"/contacts/?view={view.id}"
    assert (view.visibility, view.team_id) == (Visibility.TEAM, support.id)
    assert 'title="Of the team Support"' in alice.page.get("/contacts/").content.decode()

    edit = alice.page.get(f"/contacts/views/{view.id}/edit/", headers=HTMX).content.decode()
    assert f'value="team:{support.id}" selected' in edit
    alice.page.post(f"/contacts/views/{view.id}/edit/", values | {"visibility": f"team:{sales.id}"}, headers=HTMX)
    assert current(alice, view).team_id == sales.id
    alice.page.post(f"/contacts/views/{view.id}/edit/", values | {"visibility": "private"}, headers=HTMX)
    assert (current(alice, view).visibility, current(alice, view).team_id) == (Visibility.PRIVATE, None)


def test_a_team_that_is_not_ones_own_is_no_choice(alice: Person, bob: Person) -> None:
    bobs = new_team(alice, "Sales", bob)
    values = {"name": "Leads", "query": "type=lead", "visibility": f"team:{bobs.id}"}

    answer = alice.page.post("/contacts/views/new/", values, headers=HTMX)

    assert answer.status_code == 422
    with alice.at_work():
        assert not SavedView.objects.exists()


def test_the_api_says_and_takes_the_team(alice: Person, bob: Person) -> None:
    sales, support = new_team(alice, "Sales", alice), new_team(alice, "Support", alice)
    view = {"record_type": "contact", "name": "Leads", "query": "type=lead", "visibility": "team"}

    unclear = alice.api.post("/api/v1/views/", view)
    made = alice.api.post("/api/v1/views/", view | {"team": str(sales.id)})
    moved = alice.api.patch(f"/api/v1/views/{made.json()['id']}/", {"team": str(support.id)})
    renamed = alice.api.patch(f"/api/v1/views/{made.json()['id']}/", {"name": "Of us"})
    private = alice.api.patch(f"/api/v1/views/{made.json()['id']}/", {"visibility": "private"})

    assert (unclear.status_code, list(fields_of(unclear))) == (422, ["team"])
    assert (made.status_code, made.json()["team"]) == (201, str(sales.id))
    assert (moved.status_code, moved.json()["team"]) == (200, str(support.id))
    assert renamed.json()["team"] == str(support.id)
    assert (private.json()["visibility"], private.json()["team"]) == ("private", None)
    with alice.at_work():
        told = Entry.objects.filter(kind="view.created").latest("id")
    assert UUID(told.data["team"]) == sales.id


def test_the_database_keeps_no_team_view_without_a_team(alice: Person) -> None:
    view = share(alice, new_team(alice, "Sales", alice).id)

    with pytest.raises(IntegrityError), alice.at_work(), transaction.atomic():
        SavedView.objects.filter(pk=view.pk).update(team=None)


def fields_of(answer: Any) -> dict[str, Any]:
    fields: dict[str, Any] = answer.json()["errors"]
    return fields
