"""Wiring of the api app."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Its purge is declared in tasks.py."""

    name = "autocrm.api"
    label = "api"
