"""Rights about automation."""

from django.utils.translation import gettext_lazy as _

from autocrm.kernel.permissions import declare_code

MANAGE_WORKFLOWS = declare_code("workflows.manage", _("Make, switch and replay workflows"))
