"""The inbox in the navigation."""

from django.utils.translation import gettext_lazy as _

from autocrm.kernel.navigation import NavEntry, add_entry
from autocrm.notifications.selectors import count_unread

add_entry(
    NavEntry(key="inbox", label=_("Inbox"), url="/inbox/", icon="inbox", order=20, shortcut="i", count=count_unread)
)
