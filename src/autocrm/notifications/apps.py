"""Wiring of the notifications app."""

from django.apps import AppConfig
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from autocrm.kernel.navigation import NavEntry, add_entry


class NotificationsConfig(AppConfig):
    """Registers the inbox in the navigation."""

    name = "autocrm.notifications"
    label = "notifications"

    def ready(self) -> None:
        count_unread = import_string("autocrm.notifications.selectors.count_unread")
        add_entry(
            NavEntry(
                key="inbox", label=_("Inbox"), url="/inbox/", icon="inbox", order=20, shortcut="i", count=count_unread
            )
        )
