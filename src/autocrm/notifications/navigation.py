"""The inbox in the navigation, and its preferences in the settings."""

from django.utils.translation import gettext_lazy as _

from autocrm.kernel.navigation import NavEntry, add_entry
from autocrm.kernel.settings_pages import PERSONAL, SettingsPage, add_settings_page
from autocrm.notifications.selectors import count_unread

add_entry(
    NavEntry(key="inbox", label=_("Inbox"), url="/inbox/", icon="inbox", order=20, shortcut="i", count=count_unread)
)
add_settings_page(SettingsPage("notifications", _("Notifications"), "/settings/notifications/", "bell", PERSONAL, 40))
