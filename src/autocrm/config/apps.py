"""Wiring of the composition root: binds the kernel's ports to what really runs them."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Holds the management commands."""

    name = "autocrm.config"
    label = "config"
