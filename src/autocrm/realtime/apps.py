"""Wiring of the realtime app."""

from django.apps import AppConfig


class RealtimeConfig(AppConfig):
    """Registers what realtime offers."""

    name = "autocrm.realtime"
    label = "realtime"
