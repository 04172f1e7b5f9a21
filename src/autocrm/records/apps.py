"""Wiring of the records app."""

from django.apps import AppConfig

from autocrm.records import events


class RecordsConfig(AppConfig):
    """Declares the journal kinds of records."""

    name = "autocrm.records"
    label = "records"

    def ready(self) -> None:
        events.declare_all()
