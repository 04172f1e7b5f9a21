"""Wiring of the workflows app."""

from django.apps import AppConfig


class WorkflowsConfig(AppConfig):
    """Registers what workflows offers."""

    name = "autocrm.workflows"
    label = "workflows"
