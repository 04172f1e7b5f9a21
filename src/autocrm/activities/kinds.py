"""What activities tell people: a task was given to them, a task of theirs is due."""

from django.utils.translation import gettext_lazy as _

from autocrm.notifications.kinds import NotificationKind, declare

TASK_ASSIGNED = declare(NotificationKind("task_assigned", _("Tasks that others give you"), icon="user-check")).key
TASK_DUE = declare(NotificationKind("task_due", _("Your tasks that are due"), own_act=True, icon="alarm")).key
