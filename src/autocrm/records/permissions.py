"""Rights about records that are no right on records."""

from django.utils.translation import gettext_lazy as _

from autocrm.kernel.permissions import declare_code

MANAGE_DATA_MODEL = declare_code("data_model.manage", _("Change fields and objects"))
MANAGE_BULK = declare_code("bulk.manage", _("See, stop and undo the bulk changes of everybody"))
