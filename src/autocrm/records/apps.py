"""Wiring of the records app."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """Registers what records offers."""

    name = "autocrm.records"
    label = "records"
