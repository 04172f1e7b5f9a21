"""Wiring of the composition root: loads what each app declares and binds the kernel's ports to what runs them."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules

# Modules in which apps declare what they offer, in the order they need each other. They are loaded by name once
# every model is there, so that no apps.py imports a model too early or anything inside a function.
DECLARATIONS = (
    "permissions",
    "events",
    "kinds",
    "record_types",
    "navigation",
    "palette",
    "panels",
    "tasks",
    "subscribers",
    "automation",
    "reports",
    "doctor",
    "wiring",
)


class ConfigConfig(AppConfig):
    """Holds the management commands; stands last in INSTALLED_APPS of ours, so all others are ready before it."""

    name = "autocrm.config"
    label = "config"

    def ready(self) -> None:
        for name in DECLARATIONS:
            autodiscover_modules(name)
