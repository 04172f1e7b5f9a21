"""Wiring of the notifications app."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Registers what notifications offers."""

    name = "autocrm.notifications"
    label = "notifications"
