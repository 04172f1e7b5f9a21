"""Wiring of the api app."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Registers what api offers."""

    name = "autocrm.api"
    label = "api"
