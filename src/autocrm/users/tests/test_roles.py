"""Roles: what their levels mean, who may change them, and that nobody widens their own."""

from collections.abc import Iterator

import pytest

from autocrm.journal.models import Entry
from autocrm.kernel.actors import FieldAccess, Grants, Level, Verb
from autocrm.kernel.errors import Conflict, Denied, Invalid, NotFound
from autocrm.kernel.permissions import visible_filter
from autocrm.kernel.subjects import PermissionSubject, subjects
from autocrm.users import selectors
from autocrm.users.grants import covers, narrowed
from autocrm.users.models import Role
from autocrm.users.services import roles, teams
from tests.support.cast import Person, make_person, make_role
from tests.support.registered import registered


@pytest.fixture(autouse=True)
def gadgets() -> Iterator[None]:
    """A record type that only these tests know."""
    gadget = PermissionSubject("gadget", "Gadget", lambda: [("price", "Price"), ("name", "Name")])
    with registered(subjects, {"gadget": gadget}):
        yield


def state(person: Person) -> list[object]:
    with person.at_work():
        return list(Role.objects.order_by("id").values())


def test_owner_creates_and_changes_a_role(alice: Person) -> None:
    with alice.at_work() as actor:
        role = roles.create_role(
            {"name": "Scout", "records": {"gadget": {"read": "team"}}, "fields": {"gadget": {"price": "hidden"}}},
            actor=actor,
        )
    scout = make_person("Sam Scout", alice.tenant, role)
    before = scout.actor.grants
    with alice.at_work() as actor:
        roles.update_role(role.id, {"records": {"gadget": {"read": "all"}}, "codes": ["users.manage"]}, actor=actor)
        entry = Entry.objects.get(kind="role.updated")
    after = selectors.build_actor(scout.user, scout.tenant).grants

    assert before.level("gadget", Verb.READ) is Level.TEAM
    assert before.field_access("gadget", "price") is FieldAccess.HIDDEN
    assert after.level("gadget", Verb.READ) is Level.ALL
    assert after.codes == {"users.manage"}
    assert entry.changes["records"] == [{"gadget": {"read": "team"}}, {"gadget": {"read": "all"}}]


@pytest.mark.parametrize(
    "values",
    [
        {"name": ""},
        {"records": {"gadget": {"read": "sometimes"}}},
        {"records": {"gadget": {"fly": "all"}}},
        {"records": {"unheard_of": {"read": "all"}}},
        {"records": ["gadget"]},
        {"fields": {"gadget": {"secret": "hidden"}}},
        {"fields": {"gadget": {"price": "maybe"}}},
        {"fields": {"*": {"price": "hidden"}}},
        {"codes": ["world.rule"]},
        {"everything": True},
        {"key": "owner"},
    ],
)
def test_a_role_of_nonsense_is_refused(alice: Person, values: dict[str, object]) -> None:
    before = state(alice)

    with pytest.raises(Invalid) as error, alice.at_work() as actor:
        roles.create_role({"name": "Scout", **values}, actor=actor)

    assert error.value.fields
    assert state(alice) == before


def test_two_roles_of_one_name_conflict(alice: Person, charlie: Person) -> None:
    with alice.at_work() as actor:
        roles.create_role({"name": "Scout"}, actor=actor)

    with pytest.raises(Conflict), alice.at_work() as actor:
        roles.create_role({"name": "Scout"}, actor=actor)
    with charlie.at_work() as actor:
        assert roles.create_role({"name": "Scout"}, actor=actor).name == "Scout"


def test_bob_and_charlie_change_no_role_of_acme(alice: Person, bob: Person, charlie: Person) -> None:
    before = state(alice)

    with pytest.raises(Denied), bob.at_work() as actor:
        roles.update_role(bob.role.id, {"records": {"*": {"read": "all"}}}, actor=actor)
    with pytest.raises(Denied), bob.at_work() as actor:
        roles.create_role({"name": "Mine"}, actor=actor)
    with pytest.raises(Denied), bob.at_work() as actor:
        roles.delete_role(bob.role.id, actor=actor)
    with pytest.raises(NotFound), charlie.at_work() as actor:
        roles.update_role(bob.role.id, {"name": "Stolen"}, actor=actor)
    with pytest.raises(NotFound), charlie.at_work() as actor:
        roles.delete_role(bob.role.id, actor=actor)

    assert state(alice) == before


def test_a_role_keeper_cannot_widen_their_own_rights(alice: Person) -> None:
    keeper = make_person(
        "Kim Keeper", alice.tenant, make_role(alice.tenant, codes=["roles.manage"], records={"gadget": {"read": "own"}})
    )
    before = state(alice)

    for values in (
        {"records": {"gadget": {"read": "all"}}},
        {"records": {"*": {"read": "own"}}},
        {"codes": ["roles.manage", "users.manage"]},
    ):
        with pytest.raises(Denied), keeper.at_work() as actor:
            roles.update_role(keeper.role.id, values, actor=actor)
    with pytest.raises(Denied), keeper.at_work() as actor:
        roles.update_role(Role.objects.get(key="manager").id, {"description": "x"}, actor=actor)

    assert state(alice) == before


def test_the_owners_role_is_fixed_and_a_used_role_stays(alice: Person, bob: Person) -> None:
    with pytest.raises(Denied), alice.at_work() as actor:
        roles.update_role(alice.role.id, {"name": "Peasant"}, actor=actor)
    with pytest.raises(Denied), alice.at_work() as actor:
        roles.delete_role(alice.role.id, actor=actor)
    with pytest.raises(Conflict), alice.at_work() as actor:
        roles.delete_role(bob.role.id, actor=actor)
    with alice.at_work() as actor:
        unused = Role.objects.get(key="read_only")
        roles.delete_role(unused.id, actor=actor)

        assert not Role.objects.filter(id=unused.id).exists()


@pytest.mark.parametrize(
    ("level", "sees"),
    [
        ("none", set()),
        ("own", {"me"}),
        ("team", {"me", "peer"}),
        ("team_tree", {"me", "peer", "below"}),
        ("all", {"me", "peer", "below", "elsewhere"}),
    ],
)
def test_levels_reach_as_far_as_the_team_tree(alice: Person, level: str, sees: set[str]) -> None:
    role = make_role(alice.tenant, records={"gadget": {"read": level}})
    people = {name: make_person(name.title(), alice.tenant, role) for name in ("me", "peer", "below", "elsewhere")}
    with alice.at_work() as actor:
        north = teams.create_team(name="North", actor=actor)
        city = teams.create_team(name="City", parent_id=north.id, actor=actor)
        street = teams.create_team(name="Street", parent_id=city.id, actor=actor)
        south = teams.create_team(name="South", actor=actor)
        for name, team in (("me", north), ("peer", north), ("below", street), ("elsewhere", south)):
            teams.add_to_team(team.id, people[name].id, actor=actor)

    with people["me"].at_work() as actor:
        condition = visible_filter(actor, "gadget", owner="user_id")
        members = set(selectors.list_members(actor).filter(condition).values_list("user_id", flat=True))

    assert members & {person.id for person in people.values()} == {people[name].id for name in sees}


def test_covering_and_narrowing_agree() -> None:
    reader = Grants(records={"*": {"read": Level.ALL}, "gadget": {"read": Level.OWN}})
    writer = Grants(
        records={"*": {"read": Level.ALL, "update": Level.TEAM}},
        fields={"gadget": {"price": FieldAccess.READ}},
        codes=frozenset({"users.manage"}),
    )
    both = narrowed(reader, writer)

    assert covers(Grants(everything=True), writer)
    assert covers(writer, reader) is False  # a field of gadgets is only readable to writers
    assert not covers(reader, writer)
    assert covers(reader, both)
    assert covers(writer, both)
    assert both.level("gadget", Verb.READ) is Level.OWN
    assert both.level("other", Verb.UPDATE) is Level.NONE
    assert both.field_access("gadget", "price") is FieldAccess.READ
    assert both.codes == frozenset()
