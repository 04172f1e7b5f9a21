"""Wiring of the users app."""

from django.apps import AppConfig


class UsersConfig(AppConfig):
    """Nothing to wire: its declarations are loaded by the composition root."""

    name = "autocrm.users"
    label = "users"
