"""Who acts: a person, an API token, a workflow, an import or the system, with the rights that hold right now.

An actor is built once per request, job or socket by the users app and handed down to every service and selector.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Self
from uuid import UUID
from zoneinfo import ZoneInfo


class ActorKind(StrEnum):
    """What sort of hand did it; shown in the journal and the timeline."""

    HUMAN = "human"
    TOKEN = "token"  # noqa: S105 - a kind, not a secret
    WORKFLOW = "workflow"
    IMPORT = "import"
    SYSTEM = "system"


class Verb(StrEnum):
    """What can be done with records of a type."""

    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    DELETE = "delete"
    EXPORT = "export"
    IMPORT = "import"
    BULK = "bulk"


class Level(StrEnum):
    """How far a right reaches, from nothing to every record of the tenant."""

    NONE = "none"
    OWN = "own"
    TEAM = "team"
    TEAM_TREE = "team_tree"
    ALL = "all"


class FieldAccess(StrEnum):
    """What a role may do with one field."""

    HIDDEN = "hidden"
    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class Grants:
    """The rights of a role, as plain data.

    `records` maps record type -> verb -> level, with `"*"` as the type for all types not named;
    `fields` maps record type -> field id -> access (absent: write); `codes` are rights without a record
    ("settings.manage", "users.manage"); `everything` is the tenant owner's and the system's.
    """

    everything: bool = False
    records: Mapping[str, Mapping[str, Level]] = field(default_factory=dict)
    fields: Mapping[str, Mapping[str, FieldAccess]] = field(default_factory=dict)
    codes: frozenset[str] = frozenset()

    def level(self, record_type: str, verb: Verb) -> Level:
        """How far `verb` reaches on records of `record_type`."""
        if self.everything:
            return Level.ALL
        verbs = self.records.get(record_type, self.records.get("*", {}))
        return verbs.get(verb, Level.NONE)

    def field_access(self, record_type: str, field_id: str) -> FieldAccess:
        """Whether a field is hidden, readable or writable for this role."""
        if self.everything:
            return FieldAccess.WRITE
        return self.fields.get(record_type, {}).get(field_id, FieldAccess.WRITE)


@dataclass(frozen=True, slots=True)
class Cause:
    """The journal entry this act follows from; `chain` lists (workflow, record) pairs above it, for the loop guard."""

    entry_id: int
    root_id: int
    depth: int
    chain: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody or something that acts within one tenant.

    `team_user_ids` are the users of the actor's teams, `tree_user_ids` those of the teams below as well; both
    include the actor. `scopes` narrows a token further: "contact:read", "*:read", "*"; None means not narrowed.
    """

    kind: ActorKind
    tenant_id: int
    user_id: UUID | None = None
    label: str = ""
    grants: Grants = field(default_factory=Grants)
    team_user_ids: frozenset[UUID] = frozenset()
    tree_user_ids: frozenset[UUID] = frozenset()
    scopes: frozenset[str] | None = None
    token_id: UUID | None = None
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    locale: str = "en"
    cause: Cause | None = None

    @classmethod
    def system(cls, tenant_id: int, label: str = "AutoCRM") -> Self:
        """The installation itself, with every right within `tenant_id`."""
        return cls(kind=ActorKind.SYSTEM, tenant_id=tenant_id, label=label, grants=Grants(everything=True))

    def acting_as(self, kind: ActorKind, *, label: str | None = None, cause: Cause | None = None) -> "Actor":
        """The same rights in another role: an import or a workflow that runs on this person's behalf."""
        return replace(self, kind=kind, label=self.label if label is None else label, cause=cause or self.cause)
