"""Rights of the record engine that are not about one record."""

from django.utils.translation import gettext_lazy as _

from autocrm.kernel.permissions import declare_code

MANAGE_DATA_MODEL = declare_code("data_model.manage", _("Change fields and objects"))
MANAGE_BULK = declare_code("bulk.manage", _("See, stop and undo the bulk changes of everybody"))
SHARE_VIEWS = declare_code("views.share", _("Make and change views that others see, and what lists open with"))
