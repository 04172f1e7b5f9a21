"""Wiring of the jobs app."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Registers what jobs offers."""

    name = "autocrm.jobs"
    label = "jobs"
