"""Why somebody can or cannot see a record: the rule in words, for those who manage the members and for nobody else."""

from typing import Any

import pytest

from autocrm.contacts.record_types import CONTACT_TYPE
from autocrm.contacts.tests.factories import make_contact
from autocrm.kernel.actors import Verb
from autocrm.kernel.errors import Denied, NotFound
from autocrm.kernel.permissions import is_allowed
from autocrm.records.access import Access, explain_access
from autocrm.users.models import Role, Team, TeamMember
from autocrm.users.selectors import list_tokens
from tests.support.cast import Person, make_person


def access(asker: Person, member: Person, contact: Any, token_id: Any = None) -> Access:
    with asker.at_work() as actor:
        return explain_access(CONTACT_TYPE, contact, member.id, token_id, actor=actor)


def words(found: Access, verb: Verb) -> tuple[bool, str]:
    return next((each.is_allowed, each.words) for each in found.rulings if each.verb is verb)


def with_level(person: Person, level: str) -> None:
    with person.at_work():
        Role.objects.filter(pk=person.role.pk).update(records={"contact": {"read": level}})


def test_the_owners_role_may_do_everything(alice: Person) -> None:
    found = access(alice, alice, make_contact(alice))

    assert all(each.is_allowed for each in found.rulings)
    assert words(found, Verb.READ)[1] == f"The role {alice.role.name} may do everything."
    assert (found.hidden, found.read_only) == ((), ())


def test_own_records_are_told_from_those_of_others_and_of_nobody(alice: Person, bob: Person) -> None:
    mine = access(alice, bob, make_contact(alice, owner=str(bob.id)))
    theirs = access(alice, bob, make_contact(alice, owner=str(alice.id)))
    nobodys = access(alice, bob, make_contact(alice, owner=None))

    assert words(mine, Verb.READ) == (
        True,
        f"The role {bob.role.name} may do this with own contacts, and {bob.user.name} owns this one.",
    )
    assert words(theirs, Verb.READ) == (
        False,
        f"The role {bob.role.name} may do this only with own contacts; {alice.user.name} owns this one.",
    )
    assert words(nobodys, Verb.READ)[0] is False
    assert "nobody owns this one" in words(nobodys, Verb.READ)[1]
    assert words(mine, Verb.DELETE) == (False, f"The role {bob.role.name} may not do this with contacts.")


def test_hidden_fields_and_those_to_be_read_only_are_named(alice: Person, bob: Person) -> None:
    with bob.at_work():
        Role.objects.filter(pk=bob.role.pk).update(fields={"contact": {"source": "hidden", "city": "read"}})

    found = access(alice, bob, make_contact(alice, owner=str(bob.id)))

    # What is planned with a record is shown only to who may see all that is planned.
    assert found.hidden == ("Source", "Next activity")
    assert found.read_only == ("City",)


@pytest.mark.parametrize(("level", "sees_below"), [("team", False), ("team_tree", True)])
def test_the_team_is_named_through_which_somebody_sees(
    alice: Person, bob: Person, level: str, *, sees_below: bool
) -> None:
    dana = make_person("Dana Drew", alice.tenant)
    with_level(bob, level)
    with alice.at_work():
        sales = Team.objects.create(name="Sales")
        north = Team.objects.create(name="North", parent=sales)
        TeamMember.objects.create(team=sales, user_id=bob.id)
        TeamMember.objects.create(team=sales, user_id=alice.id)
        TeamMember.objects.create(team=north, user_id=dana.id)

    beside = access(alice, bob, make_contact(alice, owner=str(alice.id)))
    below = access(alice, bob, make_contact(alice, owner=str(dana.id)))

    assert words(beside, Verb.READ)[0]
    assert words(beside, Verb.READ)[1].endswith(f"a team {'of' if sees_below else 'with'} {bob.user.name}: Sales.")
    assert words(below, Verb.READ)[0] is sees_below
    assert words(below, Verb.READ)[1].endswith("Sales.") is sees_below


@pytest.mark.parametrize("level", ["team", "team_tree"])
def test_no_team_is_needed_for_what_one_owns(alice: Person, bob: Person, level: str) -> None:
    with_level(bob, level)

    found = access(alice, bob, make_contact(alice, owner=str(bob.id)))

    said = f"The role {bob.role.name} may do this with own contacts and more, and {bob.user.name} owns this one."
    assert words(found, Verb.READ) == (True, said)


def test_what_a_token_is_not_made_for_is_said(alice: Person) -> None:
    alice.new_token(scopes=["company:read"])
    contact = make_contact(alice)
    with alice.at_work() as actor:
        from_users = list(list_tokens(actor))

    found = access(alice, alice, contact, from_users[0].id)

    assert words(found, Verb.READ) == (False, "The token test is not made for this.")


def test_what_is_said_is_what_the_gate_does(alice: Person, bob: Person) -> None:
    for level in ("none", "own", "team", "team_tree", "all"):
        with_level(bob, level)
        for owner in (alice.id, bob.id, None):
            contact = make_contact(alice, owner=str(owner) if owner else None)
            found = access(alice, bob, contact)
            with bob.at_work() as actor:
                for ruling in found.rulings:
                    assert ruling.is_allowed == is_allowed(actor, CONTACT_TYPE.permission(ruling.verb), contact)


def test_only_those_who_manage_members_ask_and_only_about_their_own(
    alice: Person, bob: Person, charlie: Person
) -> None:
    contact = make_contact(alice, owner=str(bob.id))

    with pytest.raises(Denied):
        access(bob, alice, contact)
    with pytest.raises(NotFound):
        access(alice, charlie, contact)
    assert bob.page.get(f"/contacts/{contact.id}/access/").status_code == 403
    assert charlie.page.get(f"/contacts/{contact.id}/access/").status_code == 404
    assert "access/" not in bob.page.get(f"/contacts/{contact.id}/").content.decode()


def test_the_drawer_says_it(alice: Person, bob: Person) -> None:
    contact = make_contact(alice, owner=str(bob.id))
    assert f"/contacts/{contact.id}/access/" in alice.page.get(f"/contacts/{contact.id}/").content.decode()

    html = alice.page.get(
        f"/contacts/{contact.id}/access/", {"member": str(bob.id)}, headers={"HX-Request": "true"}
    ).content.decode()

    assert f"{bob.user.name} owns this one." in html
    assert "Source" in html
    assert "<html" not in html
