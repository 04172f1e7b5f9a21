"""Invitations: sent once, opened by whoever holds the link, dead when used, withdrawn or old."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from autocrm.jobs import services as jobs
from autocrm.journal.models import Entry
from autocrm.kernel import clock
from autocrm.kernel.errors import Conflict, Denied, Invalid, LimitReached, NotFound
from autocrm.kernel.platform import rows
from autocrm.tenants.models import Tenant
from autocrm.users import selectors
from autocrm.users.models import Invitation, Membership, Role, User
from autocrm.users.services import invitations
from tests.support.cast import PASSWORD, Person, make_person, make_role


def address() -> str:
    """An address nobody has had before."""
    return f"dora.{clock.now().timestamp():.6f}@example.com"


def invite(person: Person, email: str, role: str = "member", base_url: str = "") -> invitations.Invited:
    with person.at_work() as actor:
        held = Role.objects.get(key=role)
        return invitations.invite(email=email, name="Dora Dean", role_id=held.id, base_url=base_url, actor=actor)


def test_somebody_new_joins_with_a_password(alice: Person) -> None:
    email = address()
    made = invite(alice, email.upper())
    browser = Client(headers={"host": alice.host})

    page = browser.get(f"/invitations/{made.key}/")
    weak = browser.post(f"/invitations/{made.key}/", {"name": "Dora Dean", "password": "short"})
    joined = browser.post(f"/invitations/{made.key}/", {"name": "Dora Dean", "password": PASSWORD})
    again = browser.get(f"/invitations/{made.key}/")

    assert page.status_code == 200
    assert alice.tenant.name in page.content.decode()
    assert weak.status_code == 422
    assert joined.status_code == 302
    assert browser.get("/settings/profile/").status_code == 200
    assert again.status_code == 404
    dora = User.objects.get(email=email)
    assert dora.check_password(PASSWORD)
    assert selectors.build_actor(dora, alice.tenant).grants.records["*"]["read"] == "all"


def test_the_letter_carries_the_link(alice: Person, mailoutbox: Any) -> None:
    made = invite(alice, address(), base_url=f"http://{alice.host}")

    jobs.run_due(tenant_id=alice.tenant.id)

    letters = [letter.body for letter in mailoutbox]
    assert len(letters) == 1
    assert f"http://{alice.host}/invitations/{made.key}/" in letters[0]
    assert "Alice Archer invites you" in letters[0]


def test_the_letter_is_in_the_language_of_whoever_is_known_else_in_that_of_the_workspace(
    alice: Person, charlie: Person, mailoutbox: Any
) -> None:
    User.objects.filter(pk=charlie.user.pk).update(locale="de")
    invite(alice, charlie.user.email, base_url=f"http://{alice.host}")
    invite(alice, address(), base_url=f"http://{alice.host}")

    jobs.run_due(tenant_id=alice.tenant.id)

    known, new = sorted(mailoutbox, key=lambda letter: letter.to != [charlie.user.email])
    assert known.subject.startswith("Arbeiten Sie mit")
    assert "lädt Sie ein" in known.body
    assert new.subject.startswith("Join ")
    assert "invites you" in new.body


def test_the_key_is_nowhere_in_the_database(alice: Person) -> None:
    made = invite(alice, address(), base_url=f"http://{alice.host}")

    with alice.at_work():
        stored = str(list(Invitation.objects.values())) + str(list(Entry.objects.values()))

    assert made.key.rsplit("_", 1)[-1] not in stored


def test_somebody_with_an_account_has_to_sign_in_as_themselves(alice: Person, charlie: Person) -> None:
    made = invite(alice, charlie.user.email)
    stranger = Client(headers={"host": alice.host})

    page = stranger.get(f"/invitations/{made.key}/")
    refused = stranger.post(f"/invitations/{made.key}/", {"name": "Not Charlie", "password": PASSWORD})

    assert "/accounts/login/" in page.content.decode()
    assert refused.status_code == 422
    assert selectors.find_actor(charlie.user, alice.tenant) is None

    browser = Client(headers={"host": alice.host})
    browser.force_login(charlie.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    accepted = browser.post(f"/invitations/{made.key}/", {"accept": "1"})

    assert accepted.status_code == 302
    assert selectors.find_actor(charlie.user, alice.tenant) is not None
    assert selectors.find_actor(charlie.user, charlie.tenant).grants.everything


def test_an_invitation_is_no_use_to_somebody_else(alice: Person, bob: Person, charlie: Person) -> None:
    email = address()
    made = invite(alice, email)
    browser = Client(headers={"host": alice.host})
    browser.force_login(charlie.user, backend="allauth.account.auth_backends.AuthenticationBackend")

    refused = browser.post(f"/invitations/{made.key}/", {"accept": "1"})

    assert refused.status_code == 422
    assert not User.objects.filter(email=email).exists()
    assert selectors.find_actor(charlie.user, alice.tenant) is None


def test_withdrawn_old_and_replaced_invitations_are_dead(alice: Person) -> None:
    email = address()
    replaced = invite(alice, email)
    withdrawn = invite(alice, email)
    with alice.at_work() as actor:
        invitations.revoke_invitation(withdrawn.invitation.id, actor=actor)
    old = invite(alice, email)

    for made in (replaced, withdrawn):
        with pytest.raises(NotFound):
            invitations.accept_invitation(made.key, user=None, name="Dora", password=PASSWORD)
    with time_machine.travel(clock.now() + timedelta(days=15), tick=True), pytest.raises(NotFound):
        invitations.accept_invitation(old.key, user=None, name="Dora", password=PASSWORD)
    with pytest.raises(NotFound):
        invitations.accept_invitation(f"{old.key}x", user=None, name="Dora", password=PASSWORD)

    assert not User.objects.filter(email=email).exists()


def test_bob_and_charlie_invite_nobody_to_acme(alice: Person, bob: Person, charlie: Person) -> None:
    made = invite(alice, address())
    with alice.at_work():
        role = Role.objects.get(key="member")
        before = list(Invitation.objects.values())

    with pytest.raises(Denied), bob.at_work() as actor:
        invitations.invite(email=address(), role_id=role.id, actor=actor)
    with pytest.raises(Denied), bob.at_work() as actor:
        invitations.revoke_invitation(made.invitation.id, actor=actor)
    with pytest.raises(Invalid), charlie.at_work() as actor:
        invitations.invite(email=address(), role_id=role.id, actor=actor)
    with pytest.raises(NotFound), charlie.at_work() as actor:
        invitations.revoke_invitation(made.invitation.id, actor=actor)

    with alice.at_work():
        assert list(Invitation.objects.values()) == before


def test_nobody_invites_into_more_rights_than_their_own(alice: Person) -> None:
    clerk = make_person("Clara Clerk", alice.tenant, make_role(alice.tenant, codes=["users.manage"]))

    with pytest.raises(Denied):
        invite(clerk, address(), role="owner")

    with alice.at_work():
        assert not Invitation.objects.exists()


def test_members_are_not_invited_again(alice: Person, bob: Person) -> None:
    with pytest.raises(Conflict):
        invite(alice, bob.user.email)


def test_an_invitation_needs_a_free_place_when_sent_and_when_accepted(alice: Person, bob: Person, acme: Tenant) -> None:
    rows(Tenant, reason="test").filter(id=acme.id).update(user_limit=3)
    made = invite(alice, address())

    with pytest.raises(LimitReached):
        invite(alice, address())
    make_person("Third Thora", acme)
    with pytest.raises(LimitReached):
        invitations.accept_invitation(made.key, user=None, name="Dora", password=PASSWORD)

    with alice.at_work():
        assert Membership.objects.count() == 3
