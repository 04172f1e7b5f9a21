"""Wiring of the jobs app."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Nothing to wire here: `wiring.py` binds the store once every model is there."""

    name = "autocrm.jobs"
    label = "jobs"
