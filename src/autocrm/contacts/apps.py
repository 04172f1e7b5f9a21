"""Wiring of the contacts app."""

from django.apps import AppConfig


class ContactsConfig(AppConfig):
    """Nothing to wire: `record_types` is loaded by the composition root."""

    name = "autocrm.contacts"
    label = "contacts"
