"""Wiring of the tenants app."""

from django.apps import AppConfig
from django.utils.module_loading import import_string

from autocrm.kernel.tenancy import bind_placement


class TenantsConfig(AppConfig):
    """Registers where tenants live."""

    name = "autocrm.tenants"
    label = "tenants"

    def ready(self) -> None:
        bind_placement(import_string("autocrm.tenants.selectors.get_placement"))
