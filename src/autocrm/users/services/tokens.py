"""API tokens: made with a role of their own, shown once, revoked at will."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from autocrm.journal import services as journal
from autocrm.kernel import clock
from autocrm.kernel.actors import Actor, ActorKind
from autocrm.kernel.errors import Denied, Invalid, NotFound, Text
from autocrm.kernel.permissions import authorize, is_allowed
from autocrm.kernel.tenancy import current_tenant_id
from autocrm.users import events
from autocrm.users.keys import TOKEN_MARK, new_key
from autocrm.users.models import ApiToken, Membership, Role
from autocrm.users.permissions import MANAGE_TOKENS, authorize_handing_out
from autocrm.users.selectors import grants_of
from autocrm.users.services.freshness import rights_changed

_SCOPE = re.compile(r"\*|(\*|[a-z][a-z0-9_]*):(\*|[a-z][a-z0-9_]*)")


@dataclass(frozen=True, slots=True)
class NewToken:
    """A new token and its text, which is shown once and kept nowhere."""

    token: ApiToken
    secret: str


@transaction.atomic
def create_token(
    *,
    name: str,
    role_id: UUID | None = None,
    scopes: Sequence[str] | None = None,
    expires_at: datetime | None = None,
    user_id: UUID | None = None,
    actor: Actor,
) -> NewToken:
    """A token of the actor's own, or of `user_id` when the system makes it; by default with that member's role.

    `scopes` are "contact:read", "contact:*", "*:read" or "*"; None does not narrow. Journal: token.created.
    Raises Denied (also for tokens and automations, and for a role beyond the actor's own rights), Invalid.
    """
    authorize(actor, MANAGE_TOKENS)
    maker = actor.user_id if user_id is None else user_id
    if actor.kind not in {ActorKind.HUMAN, ActorKind.SYSTEM} or (maker != actor.user_id and actor.user_id is not None):
        raise Denied(_("Tokens are made by people, for themselves."))
    members = Membership.objects.select_related("role").filter(is_active=True)
    member = None if maker is None else members.filter(user_id=maker).first()
    if member is None:
        raise Denied(code="not_a_member")
    role = member.role if role_id is None else Role.objects.filter(id=role_id).first()
    _check(name, role, scopes, expires_at)
    if role is None:
        raise NotFound
    authorize_handing_out(actor, grants_of(role))
    key = new_key(TOKEN_MARK, current_tenant_id())
    token = ApiToken.objects.create(
        user_id=member.user_id,
        role=role,
        name=name.strip(),
        prefix=key.prefix,
        token_hash=key.digest,
        scopes=None if scopes is None else sorted(set(scopes)),
        expires_at=expires_at,
    )
    _tell(events.TOKEN_CREATED, token, actor)
    return NewToken(token, key.text)


@transaction.atomic
def revoke_token(token_id: UUID, *, actor: Actor) -> ApiToken:
    """Kill a token within 5 s: one's own, or anybody's with `tokens.manage`. Journal: token.revoked. NotFound."""
    token = ApiToken.objects.select_for_update().filter(id=token_id, revoked_at=None).first()
    if token is None or not (token.user_id == actor.user_id or is_allowed(actor, MANAGE_TOKENS)):
        raise NotFound(_("There is no such token."))
    if actor.scopes is not None:
        authorize(actor, MANAGE_TOKENS)
    token.revoked_at = clock.now()
    token.save(update_fields=["revoked_at"])
    _tell(events.TOKEN_REVOKED, token, actor)
    rights_changed()
    return token


def _check(name: str, role: Role | None, scopes: Sequence[str] | None, expires_at: datetime | None) -> None:
    faults: dict[str, list[Text]] = {}
    if not 0 < len(name.strip()) <= 120:
        faults["name"] = [_("Give the token a name of at most 120 characters.")]
    if role is None:
        faults["role"] = [_("There is no such role.")]
    wrong = [scope for scope in scopes or () if not _SCOPE.fullmatch(scope)]
    if wrong:
        faults["scopes"] = [_("%(scope)s is not a scope such as contact:read.") % {"scope": wrong[0][:80]}]
    if expires_at is not None and expires_at <= clock.now():
        faults["expires_at"] = [_("Choose a day to come.")]
    if faults:
        raise Invalid(fields=faults)


def _tell(kind: str, token: ApiToken, actor: Actor) -> None:
    journal.write(
        kind,
        record_type="token",
        record_id=token.id,
        record_label=token.name,
        data={"prefix": token.prefix, "scopes": token.scopes},
        actor=actor,
    )
