"""Wiring of the transfers app."""

from django.apps import AppConfig


class TransfersConfig(AppConfig):
    """Registers what transfers offers."""

    name = "autocrm.transfers"
    label = "transfers"
