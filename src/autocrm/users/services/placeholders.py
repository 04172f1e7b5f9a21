"""Placeholders: members who stand for people a file names and who are not here yet.

They own records and nothing else: nobody can sign in as one, none has rights or counts against the plan's limit. A
placeholder becomes a person by an invitation that names it, or gives way to a member who is here already.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from autocrm.journal import services as journal
from autocrm.journal.recording import NewEntry
from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Conflict, Invalid, NotFound
from autocrm.kernel.ids import new_id
from autocrm.kernel.permissions import authorize, is_allowed
from autocrm.tenants.services import ensure_room_for_user
from autocrm.users import events
from autocrm.users.default_roles import READ_ONLY
from autocrm.users.models import Membership, Role, User
from autocrm.users.permissions import MANAGE_USERS
from autocrm.users.selectors import count_active_members
from autocrm.users.services.freshness import rights_changed
from autocrm.users.services.people import check_password_rules, check_person

# The top-level domain that never leads anywhere (RFC 2606): no letter can reach a placeholder.
DOMAIN = "placeholder.invalid"
MOST_AT_ONCE = 5_000


def may_add_placeholders(*, actor: Actor) -> bool:
    """Whether the actor may have people stood for: who may add members may."""
    return is_allowed(actor, MANAGE_USERS)


@transaction.atomic
def add_placeholders(names: Iterable[str], *, actor: Actor) -> dict[str, UUID]:
    """A new placeholder for each name; name -> user id. Journal: member.placeholder_added for each.

    Raises Denied, Invalid for a name that can't be.
    """
    authorize(actor, MANAGE_USERS)
    wanted = list(dict.fromkeys(" ".join(name.split()) for name in names))
    if len(wanted) > MOST_AT_ONCE or not all(0 < len(name) <= 200 for name in wanted):
        raise Invalid(fields={"name": [_("Give a name of at most 200 characters.")]})
    if not wanted:
        return {}
    users = [_placeholder(name) for name in wanted]
    role = _least_role()
    User.objects.bulk_create(users)
    Membership.objects.bulk_create(Membership(user=user, role=role, is_placeholder=True) for user in users)
    told = [NewEntry(events.PLACEHOLDER_ADDED, "user", user.id, user.name, {}, {}) for user in users]
    journal.write_many(told, actor=actor)
    return {user.name: user.id for user in users}


def _placeholder(name: str) -> User:
    key = new_id()
    user = User(id=key, email=f"{key.hex}@{DOMAIN}", name=name, is_active=False)
    user.set_unusable_password()
    return user


def _least_role() -> Role:
    """A role has to be named; what it gives is nothing, for nobody can act as a placeholder."""
    role = Role.objects.filter(key=READ_ONLY).first() or Role.objects.filter(everything=False).order_by("id").first()
    return role or Role.objects.create(name=str(_("Read-only")), key=READ_ONLY)


def find_placeholder(user_id: UUID, *, lock: bool = False) -> Membership | None:
    """The membership of a placeholder that still stands for somebody, or None."""
    members = Membership.objects.select_related("user", "role")
    members = members.filter(user_id=user_id, is_placeholder=True, is_active=True)
    return (members.select_for_update(of=("self",)) if lock else members).first()


def get_placeholder(user_id: UUID, *, lock: bool = False) -> Membership:
    """The same. Raises NotFound for everybody else."""
    member = find_placeholder(user_id, lock=lock)
    if member is None:
        raise NotFound(_("There is no such placeholder."))
    return member


def claim(user_id: UUID, role: Role, *, email: str, name: str, password: str, actor: Actor) -> Membership:
    """Make a placeholder the person who accepted an invitation: its records are theirs at once. Takes a place.

    For callers that have authorised it. Journal: member.placeholder_claimed. Raises NotFound, Invalid, LimitReached,
    Conflict when somebody has this address.
    """
    member = get_placeholder(user_id, lock=True)
    ensure_room_for_user(count_active_members())
    user = member.user
    user.email, user.name, user.is_active = email, name.strip() or user.name, True
    check_person(email=user.email, name=user.name)
    check_password_rules(password, user)
    if User.objects.filter(email=user.email).exclude(id=user.id).exists():
        raise Conflict(_("Somebody with this address exists already."), code="email_taken")
    user.set_password(password)
    user.save(update_fields=["email", "name", "is_active", "password"])
    member.role, member.is_placeholder = role, False
    member.save(update_fields=["role", "is_placeholder"])
    _tell(events.PLACEHOLDER_CLAIMED, member, actor, {"role": role.name})
    rights_changed()
    return member


@transaction.atomic
def replace_placeholder(user_id: UUID, by: UUID, *, actor: Actor) -> None:
    """Let a member take the place of a placeholder: what it owns is handed over in the background.

    Journal: member.placeholder_replaced, which whoever keeps records acts on. Raises Denied, NotFound, Invalid.
    """
    authorize(actor, MANAGE_USERS)
    hand_over(user_id, by, actor=actor)


def hand_over(user_id: UUID, by: UUID, *, actor: Actor) -> None:
    """The same for callers that have authorised it: an invitation somebody with an account accepted."""
    member = get_placeholder(user_id, lock=True)
    there = Membership.objects.filter(user_id=by, is_active=True, user__is_active=True, is_placeholder=False)
    if not there.exists():
        raise Invalid(fields={"by": [_("This person does not belong to the workspace.")]})
    member.is_active = False
    member.save(update_fields=["is_active"])
    _tell(events.PLACEHOLDER_REPLACED, member, actor, {"by": str(by)})
    rights_changed()


def _tell(kind: str, member: Membership, actor: Actor, data: dict[str, str]) -> None:
    journal.write(
        kind, record_type="user", record_id=member.user_id, record_label=str(member.user), data=data, actor=actor
    )
