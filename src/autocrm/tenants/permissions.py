"""Rights about the workspace itself."""

from django.utils.translation import gettext_lazy as _

from autocrm.kernel.permissions import declare_code

MANAGE_SETTINGS = declare_code("settings.manage", _("Change the workspace's settings"))
