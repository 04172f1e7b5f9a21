"""Rights about the journal itself."""

from django.utils.translation import gettext_lazy as _

from autocrm.kernel.permissions import declare_code

VIEW_AUDIT = declare_code("journal.view_audit", _("See the audit log"))
MANAGE_DEAD_LETTERS = declare_code("journal.manage_dead_letters", _("Replay events that could not be handled"))
