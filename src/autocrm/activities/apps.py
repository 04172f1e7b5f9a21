"""Wiring of the activities app."""

from django.apps import AppConfig


class ActivitiesConfig(AppConfig):
    """Registers what activities offers."""

    name = "autocrm.activities"
    label = "activities"
