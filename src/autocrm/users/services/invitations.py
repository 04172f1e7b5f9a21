"""Invitations: the only way in for somebody new. Only the hash of the link's key is kept; the link goes out once."""

import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from autocrm.journal import services as journal
from autocrm.kernel import clock
from autocrm.kernel.actors import Actor, ActorKind
from autocrm.kernel.errors import Conflict, Denied, Invalid, NotFound
from autocrm.kernel.jobs import enqueue
from autocrm.kernel.permissions import authorize
from autocrm.kernel.sealing import seal
from autocrm.kernel.tenancy import current_tenant_id, tenant_scope
from autocrm.tenants.models import Tenant
from autocrm.tenants.selectors import find_tenant
from autocrm.tenants.services import ensure_room_for_user
from autocrm.users import events
from autocrm.users.keys import INVITATION_MARK, digest_of, find_address, new_key
from autocrm.users.models import Invitation, Membership, Role, User, normalise_email
from autocrm.users.permissions import MANAGE_USERS, authorize_handing_out
from autocrm.users.selectors import count_active_members, grants_of, list_open_invitations
from autocrm.users.services.members import join
from autocrm.users.services.people import check_person, create_user
from autocrm.users.services.placeholders import claim, find_placeholder, get_placeholder, hand_over

LIFETIME = timedelta(days=14)
LINK_PURPOSE = "users.invitation_link"


@dataclass(frozen=True, slots=True)
class Invited:
    """A new invitation and its link's key, which is shown and sent once and kept nowhere."""

    invitation: Invitation
    key: str


@dataclass(frozen=True, slots=True)
class OpenInvitation:
    """What the holder of a key may know of the invitation before accepting it."""

    invitation: Invitation
    tenant: Tenant
    has_account: bool


@transaction.atomic
def invite(
    *, email: str, name: str = "", role_id: UUID, base_url: str = "", placeholder_id: UUID | None = None, actor: Actor
) -> Invited:
    """Invite an address with a role; an open invitation of the same address is withdrawn.

    Whoever accepts takes the place of `placeholder_id`, if one is named.
    With `base_url` ("https://acme.example.com") a letter with the link is sent by a job. Journal: invitation.created.
    Raises Denied, Invalid, Conflict for somebody who is a member already, LimitReached when no place would be left.
    """
    authorize(actor, MANAGE_USERS)
    role = Role.objects.filter(id=role_id).first()
    if role is None:
        raise Invalid(fields={"role": [_("There is no such role.")]})
    authorize_handing_out(actor, grants_of(role))
    email = normalise_email(email)
    check_person(email=email, name=name.strip() or email)
    if placeholder_id is not None:
        name = name.strip() or get_placeholder(placeholder_id).user.name
    if Membership.objects.filter(user__email=email, is_active=True).exists():
        raise Conflict(_("This person is a member already."), code="already_member")
    Invitation.objects.filter(email=email, accepted_at=None, revoked_at=None).update(revoked_at=clock.now())
    ensure_room_for_user(count_active_members() + list_open_invitations(actor).count())
    key = new_key(INVITATION_MARK, current_tenant_id())
    invitation = Invitation.objects.create(
        email=email,
        name=name.strip()[:200],
        role=role,
        placeholder_id=placeholder_id,
        token_hash=key.digest,
        invited_by_id=actor.user_id,
        expires_at=clock.now() + LIFETIME,
    )
    _tell(events.INVITED, invitation, actor, data={"role": role.name})
    if base_url:
        link = f"{base_url.rstrip('/')}/invitations/{key.text}/"
        payload = {"invitation_id": str(invitation.id), "sealed_link": seal(link, purpose=LINK_PURPOSE)}
        enqueue("users.send_invitation", payload, dedup_key=f"users.send_invitation:{invitation.id}")
    return Invited(invitation, key.text)


@transaction.atomic
def revoke_invitation(invitation_id: UUID, *, actor: Actor) -> Invitation:
    """Withdraw an open invitation: its link is dead at once. Journal: invitation.revoked. Raises Denied, NotFound."""
    authorize(actor, MANAGE_USERS)
    invitation = Invitation.objects.select_for_update().filter(id=invitation_id).first()
    if invitation is None or not invitation.is_open(clock.now()):
        raise NotFound(_("There is no such open invitation."))
    invitation.revoked_at = clock.now()
    invitation.save(update_fields=["revoked_at"])
    _tell(events.INVITATION_REVOKED, invitation, actor)
    return invitation


def get_open_invitation(key: str) -> OpenInvitation:
    """The invitation that a link's key opens, whoever holds it. Raises NotFound for any other key."""
    address = find_address(INVITATION_MARK, key)
    tenant = find_tenant(address.tenant_id) if address else None
    if tenant is None:
        raise NotFound(_("This invitation is no longer valid."))
    with tenant_scope(tenant), transaction.atomic(using=tenant.database):
        invitation = _find_open(key)
    return OpenInvitation(invitation, tenant, User.objects.filter(email=invitation.email).exists())


def accept_invitation(key: str, *, user: User | None, name: str = "", password: str = "") -> Membership:
    """Make the holder of the key a member; the key is what authorises it. Journal: invitation.accepted, member.added.

    Somebody with an account has to be signed in with it (`user`); anybody else gets one with `name` and `password`.
    Raises NotFound for a dead key, Denied when signed in as somebody else, Invalid, LimitReached.
    """
    found = get_open_invitation(key)
    with tenant_scope(found.tenant), transaction.atomic(using=found.tenant.database):
        invitation = _find_open(key, lock=True)
        if user is not None and user.email != invitation.email:
            raise Denied(_("This invitation is for another address. Sign out first."), code="other_address")
        if user is None and found.has_account:
            raise Denied(_("You have an account already. Sign in to accept."), code="sign_in_first")
        member = _admit(invitation, found.tenant.id, user, name or invitation.name, password)
        actor = _as(member.user, found.tenant.id)
        invitation.accepted_at = clock.now()
        invitation.save(update_fields=["accepted_at"])
        _tell(events.INVITATION_ACCEPTED, invitation, actor)
    return member


def _admit(invitation: Invitation, tenant_id: int, user: User | None, name: str, password: str) -> Membership:
    """The membership of whoever accepts; a placeholder becomes them, or hands over what it owns."""
    stands_in = None if invitation.placeholder_id is None else find_placeholder(invitation.placeholder_id)
    if user is None and stands_in is not None:
        actor = Actor.system(tenant_id, invitation.email)
        return claim(
            stands_in.user_id, invitation.role, email=invitation.email, name=name, password=password, actor=actor
        )
    if user is None:
        user = create_user(email=invitation.email, name=name, password=password)
    member = join(user, invitation.role, actor=_as(user, tenant_id))
    if stands_in is not None:
        hand_over(stands_in.user_id, user.id, actor=_as(user, tenant_id))
    return member


def _as(user: User, tenant_id: int) -> Actor:
    return Actor(kind=ActorKind.HUMAN, tenant_id=tenant_id, user_id=user.id, label=str(user))


def _find_open(key: str, *, lock: bool = False) -> Invitation:
    invitations = Invitation.objects.select_related("role")
    if lock:
        invitations = invitations.select_for_update(of=("self",))
    invitation = invitations.filter(token_hash=digest_of(key)).first()
    if (
        invitation is None
        or not hmac.compare_digest(invitation.token_hash, digest_of(key))
        or not invitation.is_open(clock.now())
    ):
        raise NotFound(_("This invitation is no longer valid."))
    return invitation


def _tell(kind: str, invitation: Invitation, actor: Actor, **content: Any) -> None:
    journal.write(
        kind,
        record_type="invitation",
        record_id=invitation.id,
        record_label=invitation.email,
        actor=actor,
        **content,
    )
