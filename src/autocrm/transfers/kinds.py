"""What people are told of: the end of an import they asked for, their own doing though it is."""

from django.utils.translation import gettext_lazy as _

from autocrm.kernel.notices import NoticeKind, declare

IMPORT_FINISHED = declare(
    NoticeKind("import_finished", _("An import of mine is done"), own_act=True, severity="ok", icon="file-import")
).key
EXPORT_FINISHED = declare(
    NoticeKind("export_finished", _("A file of mine is ready"), own_act=True, severity="ok", icon="file-export")
).key
EXPORT_FAILED = declare(
    NoticeKind("export_failed", _("An export of mine failed"), own_act=True, severity="bad", icon="alert-triangle")
).key
IMPORT_UNDONE = declare(
    NoticeKind(
        "import_undone", _("An import of mine was taken back"), own_act=True, severity="ok", icon="arrow-back-up"
    )
).key
IMPORT_FAILED = declare(
    NoticeKind("import_failed", _("An import of mine failed"), own_act=True, severity="bad", icon="alert-triangle")
).key
