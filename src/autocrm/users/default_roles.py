"""The roles that every new tenant begins with; from then on they are the tenant's own to change."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from autocrm.kernel.actors import Level, Verb
from autocrm.users.grants import EVERY_TYPE
from autocrm.users.models import Role

OWNER = "owner"
MANAGER = "manager"
MEMBER = "member"
READ_ONLY = "read_only"


@dataclass(frozen=True, slots=True)
class _Template:
    """Rights of a default role; the words come in the language in force."""

    name: str
    description: str
    everything: bool = False
    verbs: dict[Verb, Level] = field(default_factory=dict)
    codes: tuple[str, ...] = ()


def _templates() -> dict[str, _Template]:
    return {
        OWNER: _Template(_("Owner"), _("Everything, including people, roles and settings."), everything=True),
        MANAGER: _Template(
            _("Manager"),
            _("Works with all records, imports and exports them, and automates."),
            verbs=dict.fromkeys(Verb, Level.ALL),
            codes=("imports.manage", "tokens.manage", "views.share", "workflows.manage"),
        ),
        MEMBER: _Template(
            _("Member"),
            _("Sees all records and works with those of their own teams."),
            verbs={
                Verb.CREATE: Level.ALL,
                Verb.READ: Level.ALL,
                Verb.UPDATE: Level.TEAM_TREE,
                Verb.DELETE: Level.OWN,
                Verb.EXPORT: Level.OWN,
                Verb.IMPORT: Level.NONE,
                Verb.BULK: Level.TEAM_TREE,
            },
        ),
        READ_ONLY: _Template(_("Read-only"), _("Sees all records and changes none."), verbs={Verb.READ: Level.ALL}),
    }


def new_default_roles() -> dict[str, Role]:
    """The default roles by key, unsaved, for the tenant in context."""
    return {
        key: Role(
            key=key,
            name=template.name,
            description=template.description,
            everything=template.everything,
            records={EVERY_TYPE: {verb.value: level.value for verb, level in template.verbs.items()}},
            codes=list(template.codes),
        )
        for key, template in _templates().items()
    }
