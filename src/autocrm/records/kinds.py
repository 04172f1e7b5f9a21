"""What people are told of records: the end of long work they began, their own doing though it is."""

from django.utils.translation import gettext_lazy as _

from autocrm.kernel.notices import NoticeKind, declare

BULK_FINISHED = declare(
    NoticeKind("bulk_finished", _("A bulk change of mine is done"), own_act=True, severity="ok", icon="list-check")
).key
BULK_FAILED = declare(
    NoticeKind("bulk_failed", _("A bulk change of mine failed"), own_act=True, severity="bad", icon="alert-triangle")
).key
PASS_FINISHED = declare(
    NoticeKind("data_model_finished", _("A change of the data model is done"), own_act=True, severity="ok", icon="box")
).key
PASS_FAILED = declare(
    NoticeKind(
        "data_model_failed", _("A change of the data model failed"), own_act=True, severity="bad", icon="alert-triangle"
    )
).key
