"""Why somebody can or cannot see, change and delete a record: the very decision that lets her, in words.

The rule comes from `kernel.permissions.explain`, which is what every gate asks; here it only gets its words: the role,
how far it reaches, through which team, what a token is narrowed to, and which fields are hidden or not to be written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.encoding import force_str
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.errors import NotFound, Text
from autocrm.kernel.permissions import (
    ALLOWING,
    Reason,
    authorize,
    can_read_field,
    can_write_field,
    explain,
    is_allowed,
)
from autocrm.records.registry import RecordType
from autocrm.ui.formatting import noun
from autocrm.users import selectors as users
from autocrm.users.models import ApiToken, Membership
from autocrm.users.permissions import MANAGE_TOKENS, MANAGE_USERS

VERBS: Mapping[Verb, Text] = {
    Verb.READ: gettext_lazy("See"),
    Verb.UPDATE: gettext_lazy("Change"),
    Verb.DELETE: gettext_lazy("Move to the bin"),
    Verb.EXPORT: gettext_lazy("Export"),
}


@dataclass(frozen=True)
class Ruling:
    """One verb: allowed or not, and the rule in words."""

    verb: Verb
    label: str
    is_allowed: bool
    words: str


@dataclass(frozen=True)
class Access:
    """What a member, perhaps through a token of hers, may do with one record."""

    member: Membership
    token: ApiToken | None
    rulings: tuple[Ruling, ...]
    hidden: tuple[str, ...]
    read_only: tuple[str, ...]


def may_explain(actor: Actor) -> bool:
    """Whether the actor may ask about the rights of others."""
    return is_allowed(actor, MANAGE_USERS)


def explain_access(
    record_type: RecordType, record: Any, member_id: UUID, token_id: UUID | None = None, *, actor: Actor
) -> Access:
    """What the member may do with a record that the actor sees, and why. Raises Denied, NotFound.

    Of the member's fields only those are named that the actor may see.
    """
    authorize(actor, MANAGE_USERS)
    authorize(actor, record_type.permission(Verb.READ), record)
    member = users.get_member(member_id, actor)
    token = _token(member_id, token_id, actor)
    hers = users.find_actor(member_id, actor.tenant_id)
    if token is not None and hers is not None:
        hers = users.actor_by_token_id(token.id, actor.tenant_id)
    if hers is None:
        words = _("%(name)s is no active member of this workspace.") % {"name": str(member.user)}
        none = tuple(Ruling(verb, force_str(label), is_allowed=False, words=words) for verb, label in VERBS.items())
        return Access(member, token, none, (), ())
    said = _Words(record_type, record, member, token, actor)
    shown = [each for each in record_type.all_fields if can_read_field(actor, record_type.key, each.key)]
    readable = [each for each in shown if can_read_field(hers, record_type.key, each.key)]
    return Access(
        member,
        token,
        tuple(said.ruling(verb, explain(hers, record_type.permission(verb), record)) for verb in VERBS),
        tuple(force_str(each.label) for each in shown if each not in readable),
        tuple(
            force_str(each.label)
            for each in readable
            if each.editable and not can_write_field(hers, record_type.key, each.key)
        ),
    )


def tokens_of(member_id: UUID, actor: Actor) -> Sequence[ApiToken]:
    """The member's living tokens, for whoever may see tokens."""
    if not is_allowed(actor, MANAGE_TOKENS):
        return []
    return [each for each in users.list_tokens(actor) if each.user_id == member_id and each.revoked_at is None]


def _token(member_id: UUID, token_id: UUID | None, actor: Actor) -> ApiToken | None:
    if token_id is None:
        return None
    token = next((each for each in tokens_of(member_id, actor) if each.id == token_id), None)
    if token is None:
        raise NotFound
    return token


class _Words:
    """The rule of one decision as a sentence."""

    def __init__(
        self, record_type: RecordType, record: Any, member: Membership, token: ApiToken | None, actor: Actor
    ) -> None:
        self._actor = actor
        self._member = member
        self._owner_id: UUID | None = record.owner_id
        owner = users.get_display_names([record.owner_id]).get(record.owner_id) if record.owner_id else None
        self._said = {
            "name": str(member.user),
            "role": member.role.name if token is None or token.role is None else token.role.name,
            "plural": noun(record_type.label_plural),
            "owner": owner or _("somebody who is not here"),
            "token": token.name if token else "",
        }

    def ruling(self, verb: Verb, reason: Reason) -> Ruling:
        said = self._said | {"teams": self._teams(reason)}
        is_hers = reason in HERS and self._owner_id == self._member.user_id
        sentence = HERS[reason] if is_hers else SENTENCES[reason]
        return Ruling(verb, force_str(VERBS[verb]), reason in ALLOWING, force_str(sentence) % said)

    def _teams(self, reason: Reason) -> str:
        """The teams through which the record is reached: those of the member that its owner is in, or is below."""
        if reason not in {Reason.TEAM, Reason.TEAM_TREE}:
            return ""
        nodes = users.team_tree(self._actor)
        parents = {node.team.id: node.team.parent_id for node in nodes}
        owners = {node.team.id for node in nodes if any(each.id == self._owner_id for each in node.members)}
        if reason is Reason.TEAM_TREE:
            owners = {above for team in owners for above in _with_parents(team, parents)}
        mine = [node.team for node in nodes if any(each.id == self._member.user_id for each in node.members)]
        through = [team.name for team in mine if team.id in owners]
        return ", ".join(through)


def _with_parents(team: UUID, parents: Mapping[UUID, UUID | None]) -> list[UUID]:
    """A team and all above it."""
    found: list[UUID] = []
    at: UUID | None = team
    while at is not None and at not in found:
        found.append(at)
        at = parents.get(at)
    return found


# The same where the member owns the record: no team is needed for it.
HERS: Mapping[Reason, Text] = {
    reason: gettext_lazy("The role %(role)s may do this with own %(plural)s and more, and %(name)s owns this one.")
    for reason in (Reason.TEAM, Reason.TEAM_TREE)
}
SENTENCES: Mapping[Reason, Text] = {
    Reason.EVERYTHING: gettext_lazy("The role %(role)s may do everything."),
    Reason.CODE: gettext_lazy("The role %(role)s has this right."),
    Reason.ALL: gettext_lazy("The role %(role)s may do this with all %(plural)s."),
    Reason.SOME: gettext_lazy("The role %(role)s may do this with some %(plural)s."),
    Reason.OWN: gettext_lazy("The role %(role)s may do this with own %(plural)s, and %(name)s owns this one."),
    Reason.TEAM: gettext_lazy(
        "The role %(role)s may do this with %(plural)s of the own teams; %(owner)s, who owns this one, is in a team "
        "with %(name)s: %(teams)s."
    ),
    Reason.TEAM_TREE: gettext_lazy(
        "The role %(role)s may do this with %(plural)s of the own teams and of those below; %(owner)s, who owns this "
        "one, is in or below a team of %(name)s: %(teams)s."
    ),
    Reason.OTHER_TENANT: gettext_lazy("This record belongs to another workspace."),
    Reason.NO_SCOPE: gettext_lazy("The token %(token)s is not made for this."),
    Reason.NO_CODE: gettext_lazy("The role %(role)s does not have this right."),
    Reason.NO_RIGHT: gettext_lazy("The role %(role)s may not do this with %(plural)s."),
    Reason.NO_OWNER: gettext_lazy(
        "The role %(role)s may do this with %(plural)s by who owns them, and nobody owns this one."
    ),
    Reason.NOT_OWN: gettext_lazy("The role %(role)s may do this only with own %(plural)s; %(owner)s owns this one."),
    Reason.NOT_TEAM: gettext_lazy(
        "The role %(role)s may do this only with %(plural)s of the team; %(owner)s, who owns this one, is in no "
        "team of %(name)s."
    ),
    Reason.NOT_TEAM_TREE: gettext_lazy(
        "The role %(role)s may do this only with %(plural)s of the team and of the teams below; %(owner)s, who owns "
        "this one, is in none of them."
    ),
}
