"""Wiring of the web app."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Registers what web offers."""

    name = "autocrm.web"
    label = "web"
