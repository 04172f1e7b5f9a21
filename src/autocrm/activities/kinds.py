"""What activities tell people: something was given to them, something of theirs is due or about to begin."""

from django.utils.translation import gettext_lazy as _

from autocrm.notifications.kinds import NotificationKind, declare

TASK_ASSIGNED = declare(NotificationKind("task_assigned", _("Tasks that others give you"), icon="user-check")).key
TASK_DUE = declare(NotificationKind("task_due", _("Your tasks that are due"), own_act=True, icon="alarm")).key
REMINDER = declare(
    NotificationKind("reminder", _("Reminders that you have set"), own_act=True, icon="bell-ringing")
).key
