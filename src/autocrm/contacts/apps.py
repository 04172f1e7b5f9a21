"""Wiring of the contacts app."""

from django.apps import AppConfig


class ContactsConfig(AppConfig):
    """Registers what contacts offers."""

    name = "autocrm.contacts"
    label = "contacts"
