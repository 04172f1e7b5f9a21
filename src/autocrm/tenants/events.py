"""What the tenants app writes to the journal; none of it is personal, so all of it stays."""

from django.utils.translation import gettext_lazy as _

from autocrm.journal.entry_types import Content, EntryType, declare


def _keep(content: Content) -> Content:
    return content


TENANT_CREATED = declare(EntryType("tenant.created", _("Workspace created"), _keep)).kind
TENANT_UPDATED = declare(EntryType("tenant.updated", _("Workspace settings changed"), _keep)).kind
TENANT_DISABLED = declare(EntryType("tenant.disabled", _("Workspace disabled"), _keep)).kind
TENANT_ENABLED = declare(EntryType("tenant.enabled", _("Workspace enabled"), _keep)).kind
LIMITS_CHANGED = declare(EntryType("tenant.limits_changed", _("Plan or limits changed"), _keep)).kind
