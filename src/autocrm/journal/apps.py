"""Wiring of the journal app."""

from django.apps import AppConfig


class JournalConfig(AppConfig):
    """Registers what journal offers."""

    name = "autocrm.journal"
    label = "journal"
