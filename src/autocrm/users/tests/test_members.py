"""Members: who may add, change and disable them, and what stays untouched when somebody may not."""

import pytest

from autocrm.journal.models import Entry
from autocrm.kernel.actors import Level, Verb
from autocrm.kernel.errors import Conflict, Denied, LimitReached, NotFound
from autocrm.kernel.platform import rows
from autocrm.tenants.models import Tenant
from autocrm.users import selectors
from autocrm.users.models import Membership, Role, TeamMember
from autocrm.users.services import members, teams
from tests.support.cast import Person, make_person, make_role, make_user


def state(person: Person) -> list[tuple[object, ...]]:
    """Everything about the members of a tenant that a refused call must leave as it was."""
    with person.at_work():
        return sorted(Membership.objects.values_list("user_id", "role_id", "is_active", "title"))


def kinds(person: Person) -> list[str]:
    with person.at_work():
        return list(Entry.objects.order_by("id").values_list("kind", flat=True))


def test_owner_adds_changes_and_disables_a_member(alice: Person) -> None:
    dora = make_user("Dora Dean")

    with alice.at_work() as actor:
        reader = Role.objects.get(key="read_only")
        members.ensure_membership(dora, reader, actor=actor)
    with alice.at_work() as actor:
        manager = Role.objects.get(key="manager")
        members.change_role(dora.id, manager.id, actor=actor)
        members.change_title(dora.id, "Head of sales", actor=actor)
    rights = selectors.build_actor(dora, alice.tenant).grants
    with alice.at_work() as actor:
        members.disable_member(dora.id, actor=actor)

    assert rights.level("contact", Verb.DELETE) is Level.ALL
    assert selectors.find_actor(dora, alice.tenant) is None
    assert kinds(alice) == ["member.added", "member.updated", "member.updated", "member.disabled"]


def test_adding_twice_changes_nothing(alice: Person) -> None:
    dora = make_user("Dora Dean")
    with alice.at_work() as actor:
        reader = Role.objects.get(key="read_only")
        members.ensure_membership(dora, reader, actor=actor)

    with alice.at_work() as actor:
        members.ensure_membership(dora, reader, actor=actor)

    assert kinds(alice) == ["member.added"]


def test_a_disabled_member_loses_teams_and_comes_back_without_them(alice: Person, bob: Person) -> None:
    with alice.at_work() as actor:
        team = teams.create_team(name="North", actor=actor)
        teams.add_to_team(team.id, bob.id, actor=actor)
        members.disable_member(bob.id, actor=actor)

    with alice.at_work() as actor:
        members.enable_member(bob.id, actor=actor)
        in_teams = TeamMember.objects.filter(user_id=bob.id).count()

    assert selectors.find_actor(bob.user, bob.tenant) is not None
    assert in_teams == 0


@pytest.mark.parametrize("act", ["change_role", "change_title", "disable_member", "enable_member", "ensure_membership"])
def test_bob_may_not_manage_members(alice: Person, bob: Person, act: str) -> None:
    before = state(alice)
    stranger = make_user("Some Stranger")

    with pytest.raises(Denied), bob.at_work() as actor:
        owner = Role.objects.get(key="owner")
        calls = {
            "change_role": lambda: members.change_role(bob.id, owner.id, actor=actor),
            "change_title": lambda: members.change_title(bob.id, "King", actor=actor),
            "disable_member": lambda: members.disable_member(alice.id, actor=actor),
            "enable_member": lambda: members.enable_member(alice.id, actor=actor),
            "ensure_membership": lambda: members.ensure_membership(stranger, owner, actor=actor),
        }
        calls[act]()

    assert state(alice) == before
    assert kinds(alice) == []


def test_charlie_reaches_nobody_in_acme(alice: Person, bob: Person, charlie: Person) -> None:
    before, outsider = state(alice), charlie.actor

    with pytest.raises(NotFound), charlie.at_work() as actor:
        members.disable_member(bob.id, actor=actor)
    with pytest.raises(NotFound), charlie.at_work() as actor:
        members.change_role(charlie.id, bob.role.id, actor=actor)
    with pytest.raises(Denied), alice.at_work():
        members.disable_member(bob.id, actor=outsider)

    assert state(alice) == before


def test_nobody_hands_out_more_than_they_have(alice: Person) -> None:
    clerk = make_person("Clara Clerk", alice.tenant, make_role(alice.tenant, codes=["users.manage"]))
    dora = make_person("Dora Dean", alice.tenant, "read_only")
    before = state(alice)

    with pytest.raises(Denied), clerk.at_work() as actor:
        members.change_role(clerk.id, alice.role.id, actor=actor)
    with pytest.raises(Denied), clerk.at_work() as actor:
        members.change_role(dora.id, Role.objects.get(key="manager").id, actor=actor)
    with pytest.raises(Denied), clerk.at_work() as actor:
        members.disable_member(alice.id, actor=actor)

    assert state(alice) == before


def test_the_last_owner_stays(alice: Person) -> None:
    with pytest.raises(Conflict), alice.at_work() as actor:
        members.disable_member(alice.id, actor=actor)
    with pytest.raises(Conflict), alice.at_work() as actor:
        members.change_role(alice.id, Role.objects.get(key="member").id, actor=actor)

    second = make_person("Olga Owner", alice.tenant)
    with alice.at_work() as actor:
        members.disable_member(second.id, actor=actor)

    assert selectors.find_actor(alice.user, alice.tenant) is not None


def test_the_plan_limits_active_members(alice: Person, bob: Person, acme: Tenant) -> None:
    rows(Tenant, reason="test").filter(id=acme.id).update(user_limit=2)
    dora = make_user("Dora Dean")

    with pytest.raises(LimitReached, match="2 users"), alice.at_work() as actor:
        members.ensure_membership(dora, Role.objects.get(key="member"), actor=actor)
    with alice.at_work() as actor:
        members.disable_member(bob.id, actor=actor)
        members.ensure_membership(dora, Role.objects.get(key="member"), actor=actor)
    with pytest.raises(LimitReached), alice.at_work() as actor:
        members.enable_member(bob.id, actor=actor)

    assert selectors.find_actor(bob.user, acme) is None
    assert selectors.find_actor(dora, acme) is not None


def test_names_are_told_of_present_and_former_members_only(alice: Person, bob: Person, charlie: Person) -> None:
    with alice.at_work() as actor:
        members.disable_member(bob.id, actor=actor)
        names = selectors.get_display_names([alice.id, bob.id, charlie.id])

        assert names == {alice.id: "Alice Archer", bob.id: "Bob Baker"}
        assert selectors.are_members([alice.id])
        assert not selectors.are_members([alice.id, bob.id])
        assert not selectors.are_members([charlie.id])


def test_listing_members_costs_one_query(alice: Person, bob: Person, django_assert_num_queries: object) -> None:
    with alice.at_work() as actor, django_assert_num_queries(1):
        assert [(str(m), m.role.name) for m in selectors.list_members(actor)]
