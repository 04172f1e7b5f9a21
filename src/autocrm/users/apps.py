"""Wiring of the users app."""

from django.apps import AppConfig


class UsersConfig(AppConfig):
    """Registers what users offers."""

    name = "autocrm.users"
    label = "users"
