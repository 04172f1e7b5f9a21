"""Wiring of the analytics app."""

from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    """Registers what analytics offers."""

    name = "autocrm.analytics"
    label = "analytics"
