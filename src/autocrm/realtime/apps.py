"""Wiring of the realtime app."""

from django.apps import AppConfig


class RealtimeConfig(AppConfig):
    """Nothing to wire: `wiring.py` binds the push port."""

    name = "autocrm.realtime"
    label = "realtime"
