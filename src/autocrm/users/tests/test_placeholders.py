"""Placeholders: who may add them, that nobody can be one, and how they become people or give way."""

from typing import Any

import pytest
from django.db import transaction

from autocrm.journal.models import Entry
from autocrm.kernel.errors import Denied, NotFound
from autocrm.users import selectors
from autocrm.users.models import Membership, User
from autocrm.users.services import invitations, placeholders
from tests.support.cast import make_person


def add(person: Any, *names: str) -> Any:
    with person.at_work() as actor:
        return placeholders.add_placeholders(names, actor=actor)


def test_they_may_own_and_do_nothing_else(alice: Any) -> None:
    with alice.at_work():
        before = selectors.count_active_members()
    made = add(alice, "Mia Wall", "Mia  Wall", "Tom Poe")

    assert set(made) == {"Mia Wall", "Tom Poe"}
    with alice.at_work() as actor:
        assert selectors.are_members(made.values())
        assert selectors.count_active_members() == before
        assert selectors.find_actor(made["Mia Wall"], alice.tenant) is None
        assert [each.user.name for each in selectors.list_placeholders("mia", actor)] == ["Mia Wall"]
        assert made["Mia Wall"] not in {each.user_id for each in selectors.list_members(actor)}
        assert Entry.objects.filter(kind="member.placeholder_added").count() == 2


def test_who_may_not_add_members_adds_none(bob: Any) -> None:
    with pytest.raises(Denied):
        add(bob, "Mia Wall")
    with bob.at_work():
        assert not Membership.objects.filter(is_placeholder=True).exists()


def test_whoever_accepts_an_invitation_becomes_the_placeholder(alice: Any) -> None:
    mia = add(alice, "Mia Wall")["Mia Wall"]
    with alice.at_work() as actor:
        role = selectors.list_assignable_roles(actor).first()
        made = invitations.invite(email="mia@example.com", role_id=role.id, placeholder_id=mia, actor=actor)

    member = invitations.accept_invitation(made.key, user=None, password="correct horse battery staple")

    assert member.user_id == mia
    user = User.objects.get(id=mia)
    assert (user.email, user.name, user.is_active) == ("mia@example.com", "Mia Wall", True)
    assert user.check_password("correct horse battery staple")
    with alice.at_work():
        assert not Membership.objects.get(user_id=mia).is_placeholder


def test_somebody_with_an_account_takes_its_place(alice: Any, charlie: Any) -> None:
    mia = add(alice, "Mia Wall")["Mia Wall"]
    with alice.at_work() as actor:
        role = selectors.list_assignable_roles(actor).first()
        made = invitations.invite(email=charlie.user.email, role_id=role.id, placeholder_id=mia, actor=actor)

    member = invitations.accept_invitation(made.key, user=charlie.user)

    assert member.user_id == charlie.id
    with alice.at_work():
        entry = Entry.objects.get(kind="member.placeholder_replaced")
        assert (entry.record_id, entry.data["by"]) == (mia, str(charlie.id))
        assert not Membership.objects.get(user_id=mia).is_active


def test_a_member_is_no_placeholder(alice: Any, bob: Any) -> None:
    with alice.at_work() as actor, pytest.raises(NotFound), transaction.atomic():
        placeholders.replace_placeholder(bob.id, alice.id, actor=actor)
    assert alice.page.get(f"/settings/members/{bob.id}/replace/").status_code == 404


def test_a_placeholder_is_replaced_on_the_members_page(alice: Any, acme: Any) -> None:
    mia = add(alice, "Mia Wall")["Mia Wall"]
    dora = make_person("Dora", acme)
    page = alice.page.get("/settings/members/").content.decode()
    assert "Mia Wall" in page
    assert f"/settings/members/invite/?for={mia}" in page

    answer = alice.page.post(f"/settings/members/{mia}/replace/", {"by": str(dora.id)}, headers={"HX-Request": "true"})

    assert answer.status_code in {200, 204}
    with alice.at_work():
        assert Entry.objects.filter(kind="member.placeholder_replaced").exists()
