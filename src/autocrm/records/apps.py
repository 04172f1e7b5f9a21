"""Wiring of the records app."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """The record engine; what it declares is loaded by the composition root."""

    name = "autocrm.records"
    label = "records"
