"""Wiring of the web app."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Its palette provider is declared in palette.py."""

    name = "autocrm.web"
    label = "web"
