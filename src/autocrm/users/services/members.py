"""Who belongs to the tenant, and with which role."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from autocrm.journal import services as journal
from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Conflict, NotFound
from autocrm.kernel.permissions import authorize
from autocrm.tenants.services import ensure_room_for_user
from autocrm.users import events
from autocrm.users.models import Membership, Role, TeamMember, User
from autocrm.users.permissions import MANAGE_USERS, authorize_handing_out
from autocrm.users.selectors import count_active_members, grants_of
from autocrm.users.services.freshness import rights_changed


@transaction.atomic
def ensure_membership(user: User, role: Role, *, actor: Actor) -> Membership:
    """Make `user` an active member; a member who is there already keeps place and gets `role`.

    Journal: member.added, member.enabled or member.updated, or nothing when nothing changes. Raises Denied, also for a
    role beyond the actor's own rights; LimitReached when the plan has no place left; Conflict for the last owner.
    """
    authorize(actor, MANAGE_USERS)
    authorize_handing_out(actor, grants_of(role))
    member = _find(user.id)
    if member is None:
        return join(user, role, actor=actor)
    if not member.is_active:
        member = enable_member(user.id, actor=actor)
    return member if member.role_id == role.id else change_role(user.id, role.id, actor=actor)


def join(user: User, role: Role, *, actor: Actor) -> Membership:
    """Take a place for `user`: for callers who have authorised it otherwise (an invitation, a new workspace).

    Reactivates a disabled member. Journal: member.added. Raises LimitReached.
    """
    ensure_room_for_user(count_active_members())
    member = _find(user.id) or Membership(user=user)
    member.role, member.is_active = role, True
    member.save()
    _tell(events.MEMBER_ADDED, member, actor, data={"role": role.name})
    rights_changed()
    return member


@transaction.atomic
def change_role(user_id: UUID, role_id: UUID, *, actor: Actor) -> Membership:
    """Give a member another role. Journal: member.updated.

    Raises Denied (also when the old or the new role goes beyond the actor's own rights), NotFound, Conflict.
    """
    authorize(actor, MANAGE_USERS)
    member = _lock(user_id)
    role = Role.objects.filter(id=role_id).first()
    if role is None:
        raise NotFound(_("There is no such role."))
    authorize_handing_out(actor, grants_of(member.role))
    authorize_handing_out(actor, grants_of(role))
    if member.role_id == role.id:
        return member
    if not role.everything:
        _ensure_another_owner(member)
    before, member.role = member.role, role
    member.save(update_fields=["role"])
    _tell(events.MEMBER_UPDATED, member, actor, changes={"role": [before.name, role.name]})
    rights_changed()
    return member


@transaction.atomic
def change_title(user_id: UUID, title: str, *, actor: Actor) -> Membership:
    """Change a member's job title. Journal: member.updated. Raises Denied, NotFound."""
    authorize(actor, MANAGE_USERS)
    member = _lock(user_id)
    title = title.strip()[:120]
    if title != member.title:
        before, member.title = member.title, title
        member.save(update_fields=["title"])
        _tell(events.MEMBER_UPDATED, member, actor, changes={"title": [before, title]})
    return member


@transaction.atomic
def disable_member(user_id: UUID, *, actor: Actor) -> Membership:
    """Shut a member out of this tenant: sessions, tokens and sockets within 5 s. Journal: member.disabled.

    Their records, their name and their other tenants stay. Raises Denied, NotFound, Conflict for the last owner.
    """
    authorize(actor, MANAGE_USERS)
    member = _lock(user_id)
    authorize_handing_out(actor, grants_of(member.role))
    if not member.is_active:
        return member
    _ensure_another_owner(member)
    member.is_active = False
    member.save(update_fields=["is_active"])
    TeamMember.objects.filter(user_id=user_id).delete()
    _tell(events.MEMBER_DISABLED, member, actor)
    rights_changed()
    return member


@transaction.atomic
def enable_member(user_id: UUID, *, actor: Actor) -> Membership:
    """Let a disabled member in again. Journal: member.enabled. Raises Denied, NotFound, LimitReached."""
    authorize(actor, MANAGE_USERS)
    member = _lock(user_id)
    authorize_handing_out(actor, grants_of(member.role))
    if member.is_active:
        return member
    ensure_room_for_user(count_active_members())
    member.is_active = True
    member.save(update_fields=["is_active"])
    _tell(events.MEMBER_ENABLED, member, actor)
    rights_changed()
    return member


def _find(user_id: UUID) -> Membership | None:
    return Membership.objects.select_related("user", "role").filter(user_id=user_id).first()


def _lock(user_id: UUID) -> Membership:
    members = Membership.objects.select_related("user", "role").select_for_update(of=("self",))
    member = members.filter(user_id=user_id).first()
    if member is None:
        raise NotFound(_("There is no such member."))
    return member


def _ensure_another_owner(member: Membership) -> None:
    """A tenant without an owner could never be managed again. Locks the owners against two who leave together."""
    if not member.role.everything or not member.is_active:
        return
    owners = Membership.objects.select_for_update(of=("self",)).filter(
        role__everything=True, is_active=True, user__is_active=True
    )
    if not any(owner.user_id != member.user_id for owner in owners):
        raise Conflict(_("This is the last owner. Make somebody else an owner first."), code="last_owner")


def _tell(kind: str, member: Membership, actor: Actor, **content: Any) -> None:
    journal.write(
        kind,
        record_type="user",
        record_id=member.user_id,
        record_label=str(member.user),
        actor=actor,
        **content,
    )
