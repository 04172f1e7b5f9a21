"""Wiring of the notifications app."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Its declarations are in kinds.py and navigation.py."""

    name = "autocrm.notifications"
    label = "notifications"
