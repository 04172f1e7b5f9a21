"""The team tree: it stays a tree, and only those who manage people change it."""

import pytest

from autocrm.kernel.errors import Conflict, Denied, Invalid, NotFound
from autocrm.users import selectors
from autocrm.users.models import Team, TeamMember
from autocrm.users.services import teams
from tests.support.cast import Person


def state(person: Person) -> list[object]:
    with person.at_work():
        return [
            list(Team.objects.order_by("id").values()),
            list(TeamMember.objects.order_by("id").values()),
        ]


def test_teams_stand_in_a_tree_with_their_people(alice: Person, bob: Person, django_assert_num_queries: object) -> None:
    with alice.at_work() as actor:
        north = teams.create_team(name="North", actor=actor)
        city = teams.create_team(name="City", parent_id=north.id, actor=actor)
        teams.create_team(name="Alps", actor=actor)
        teams.add_to_team(city.id, bob.id, actor=actor)
        teams.add_to_team(city.id, bob.id, actor=actor)

    with alice.at_work() as actor, django_assert_num_queries(2):
        tree = selectors.team_tree(actor)

    assert [(node.team.name, node.depth, [str(user) for user in node.members]) for node in tree] == [
        ("Alps", 0, []),
        ("North", 0, []),
        ("City", 1, ["Bob Baker"]),
    ]


def test_team_mates_are_known_to_the_actor(alice: Person, bob: Person) -> None:
    with alice.at_work() as actor:
        north = teams.create_team(name="North", actor=actor)
        city = teams.create_team(name="City", parent_id=north.id, actor=actor)
        teams.add_to_team(north.id, alice.id, actor=actor)
        teams.add_to_team(city.id, bob.id, actor=actor)

    assert alice.actor.team_user_ids == {alice.id}
    assert alice.actor.tree_user_ids == {alice.id, bob.id}
    assert bob.actor.tree_user_ids == {bob.id}


def test_a_team_never_stands_below_itself(alice: Person) -> None:
    with alice.at_work() as actor:
        north = teams.create_team(name="North", actor=actor)
        city = teams.create_team(name="City", parent_id=north.id, actor=actor)
        street = teams.create_team(name="Street", parent_id=city.id, actor=actor)
    before = state(alice)

    for parent in (north.id, street.id):
        with pytest.raises(Invalid), alice.at_work() as actor:
            teams.update_team(north.id, name="North", parent_id=parent, actor=actor)

    assert state(alice) == before


def test_a_team_with_teams_below_is_not_deleted(alice: Person) -> None:
    with alice.at_work() as actor:
        north = teams.create_team(name="North", actor=actor)
        city = teams.create_team(name="City", parent_id=north.id, actor=actor)

    with pytest.raises(Conflict), alice.at_work() as actor:
        teams.delete_team(north.id, actor=actor)
    with alice.at_work() as actor:
        teams.delete_team(city.id, actor=actor)
        teams.delete_team(north.id, actor=actor)

    assert state(alice) == [[], []]


def test_names_are_unique_below_one_parent(alice: Person) -> None:
    with alice.at_work() as actor:
        north = teams.create_team(name="North", actor=actor)
        teams.create_team(name="North", parent_id=north.id, actor=actor)

    with pytest.raises(Conflict), alice.at_work() as actor:
        teams.create_team(name="North", actor=actor)


def test_bob_and_charlie_leave_the_tree_as_it_is(alice: Person, bob: Person, charlie: Person) -> None:
    with alice.at_work() as actor:
        north = teams.create_team(name="North", actor=actor)
        teams.add_to_team(north.id, bob.id, actor=actor)
    before = state(alice)

    for person, refusal in ((bob, Denied), (charlie, NotFound)):
        with pytest.raises(refusal), person.at_work() as actor:
            teams.update_team(north.id, name="Mine", parent_id=None, actor=actor)
        with pytest.raises(refusal), person.at_work() as actor:
            teams.delete_team(north.id, actor=actor)
        with pytest.raises(refusal), person.at_work() as actor:
            teams.remove_from_team(north.id, bob.id, actor=actor)
    with pytest.raises(Invalid), alice.at_work() as actor:
        teams.add_to_team(north.id, charlie.id, actor=actor)
    with pytest.raises(Invalid), charlie.at_work() as actor:
        teams.create_team(name="Spy", parent_id=north.id, actor=actor)

    assert state(alice) == before
