"""Rights about imports: whose imports one sees, and what a record type must allow before a file may touch it."""

from django.utils.translation import gettext_lazy as _

from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.permissions import authorize, declare_code, is_allowed
from autocrm.records.registry import RecordType

MANAGE_IMPORTS = declare_code("imports.manage", _("See and cancel the imports of everybody"))


def authorize_import(record_type: RecordType, actor: Actor) -> None:
    """Let pass whoever may bring in records of this type from a file. Raises Denied."""
    authorize(actor, record_type.permission(Verb.IMPORT))
    authorize(actor, record_type.permission(Verb.CREATE))


def may_import(record_type: RecordType, actor: Actor) -> bool:
    """The same for pages that only want to hide a button."""
    return all(is_allowed(actor, record_type.permission(verb)) for verb in (Verb.IMPORT, Verb.CREATE))
