"""Wiring of the journal app."""

from django.apps import AppConfig


class JournalConfig(AppConfig):
    """Nothing to wire: `tasks.py` is found by the composition root."""

    name = "autocrm.journal"
    label = "journal"
