"""The one gate: `authorize` is the first line of every service, `visible_to` the start of every selector.

Responsibilities: decide from an actor's grants, scopes and the owner of a record. Do NOT: query, or know any model.
A right on records is written "contact.update" (record type, verb); a right without a record is a code that the
owning app declares with `declare_code`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from autocrm.kernel.actors import Actor, FieldAccess, Level, Verb
from autocrm.kernel.errors import Denied, Text
from autocrm.kernel.registry import Registry
from autocrm.kernel.tenancy import find_tenant_id

NOTHING = Q(pk__in=[])


@dataclass(frozen=True, slots=True)
class Code:
    """A right that is not about a record, such as "users.manage", with its words for the roles page."""

    key: str
    label: Text


codes: Registry[Code] = Registry("permission codes", Code)


def declare_code(key: str, label: Text) -> str:
    """Declare a right without a record and return its key, to be kept as a constant in `permissions.py`."""
    codes.register(key, Code(key, label))
    return key


def authorize(actor: Actor, permission: str, obj: object | None = None) -> None:
    """Let `actor` pass or raise Denied. `obj` is the record concerned, if there is one already."""
    if not is_allowed(actor, permission, obj):
        raise Denied(_("Your role does not allow this."), code="denied")


class Reason(StrEnum):
    """Why something is allowed or not: the rule that decided."""

    EVERYTHING = "everything"
    CODE = "code"
    ALL = "all"
    SOME = "some"
    OWN = "own"
    TEAM = "team"
    TEAM_TREE = "team_tree"
    OTHER_TENANT = "other_tenant"
    NO_SCOPE = "no_scope"
    NO_CODE = "no_code"
    NO_RIGHT = "no_right"
    NO_OWNER = "no_owner"
    NOT_OWN = "not_own"
    NOT_TEAM = "not_team"
    NOT_TEAM_TREE = "not_team_tree"


ALLOWING = frozenset(
    {Reason.EVERYTHING, Reason.CODE, Reason.ALL, Reason.SOME, Reason.OWN, Reason.TEAM, Reason.TEAM_TREE}
)
_REACHED = {
    Level.OWN: (Reason.OWN, Reason.NOT_OWN),
    Level.TEAM: (Reason.TEAM, Reason.NOT_TEAM),
    Level.TEAM_TREE: (Reason.TEAM_TREE, Reason.NOT_TEAM_TREE),
}


def is_allowed(actor: Actor, permission: str, obj: object | None = None) -> bool:
    """The same decision as `authorize`, for pages that only want to hide a button."""
    return explain(actor, permission, obj) in ALLOWING


def explain(actor: Actor, permission: str, obj: object | None = None) -> Reason:
    """The decision itself, with the rule that made it; what is allowed and what is said about it cannot disagree."""
    if actor.tenant_id != find_tenant_id() or getattr(obj, "tenant_id", actor.tenant_id) != actor.tenant_id:
        return Reason.OTHER_TENANT
    if permission in codes:
        return _explain_code(actor, permission)
    record_type, _dot, verb = permission.rpartition(".")
    if not is_in_scope(actor, f"{record_type}:{verb}"):
        return Reason.NO_SCOPE
    level = actor.grants.level(record_type, Verb(verb))
    if level is Level.NONE:
        return Reason.NO_RIGHT
    if level is Level.ALL:
        return Reason.EVERYTHING if actor.grants.everything else Reason.ALL
    return Reason.SOME if obj is None else _explain_reach(actor, level, getattr(obj, "owner_id", None))


def _explain_code(actor: Actor, permission: str) -> Reason:
    if not is_in_scope(actor, permission.replace(".", ":")):
        return Reason.NO_SCOPE
    if actor.grants.everything:
        return Reason.EVERYTHING
    return Reason.CODE if permission in actor.grants.codes else Reason.NO_CODE


def visible_filter(actor: Actor, record_type: str, verb: Verb = Verb.READ, *, owner: str = "owner_id") -> Q:
    """The rows of `record_type` that `verb` reaches for `actor`, as a filter on the `owner` column."""
    if actor.tenant_id != find_tenant_id() or not is_in_scope(actor, f"{record_type}:{verb}"):
        return NOTHING
    match actor.grants.level(record_type, verb):
        case Level.ALL:
            return Q()
        case Level.OWN if actor.user_id is not None:
            return Q(**{owner: actor.user_id})
        case Level.TEAM:
            return Q(**{f"{owner}__in": sorted(actor.team_user_ids)})
        case Level.TEAM_TREE:
            return Q(**{f"{owner}__in": sorted(actor.tree_user_ids)})
        case _:
            return NOTHING


_gates: dict[str, Callable[[Actor], bool]] = {}


def gate_field(field_id: str, rule: Callable[[Actor], bool]) -> None:
    """Let a field that every record type has, and that tells of other records, be read only where `rule` allows it."""
    if field_id in _gates:
        raise ImproperlyConfigured(f"The field {field_id!r} has a gate already.")
    _gates[field_id] = rule


# Says whether the actor may see what a field's value is made of: (actor, record type, field).
ReadsInputs = Callable[[Actor, str, str], bool]
_reads_inputs: list[ReadsInputs] = []


def bind_inputs(reads_inputs: ReadsInputs) -> None:
    """Name who knows what computed fields are made of (bound once, by the records app)."""
    _reads_inputs[:] = [reads_inputs]


def can_read_field(actor: Actor, record_type: str, field_id: str) -> bool:
    """Whether the field may be shown, filtered, sorted, grouped or exported.

    A computed field is hidden from whoever may not see everything that its value is made of.
    """
    if actor.grants.field_access(record_type, field_id) is FieldAccess.HIDDEN:
        return False
    if actor.grants.everything and actor.scopes is None:
        return True
    gate = _gates.get(field_id)
    if gate is not None and not gate(actor):
        return False
    return all(reads(actor, record_type, field_id) for reads in _reads_inputs)


def can_write_field(actor: Actor, record_type: str, field_id: str) -> bool:
    """Whether the actor may set the field."""
    return actor.grants.field_access(record_type, field_id) is FieldAccess.WRITE


def _explain_reach(actor: Actor, level: Level, owner_id: UUID | None) -> Reason:
    """Whether a right that reaches some records reaches one of this owner."""
    if owner_id is None:
        return Reason.NO_OWNER
    reached, beyond = _REACHED[level]
    if level is Level.OWN:
        return reached if owner_id == actor.user_id else beyond
    return reached if owner_id in (actor.team_user_ids if level is Level.TEAM else actor.tree_user_ids) else beyond


def is_in_scope(actor: Actor, wanted: str) -> bool:
    """Whether a token's scopes include `wanted` ("contact:read"): a scope is "type:verb", "type:*", "*:verb" or "*"."""
    if actor.scopes is None:
        return True
    subject, _colon, verb = wanted.partition(":")
    return not actor.scopes.isdisjoint({"*", wanted, f"{subject}:*", f"*:{verb}"})
