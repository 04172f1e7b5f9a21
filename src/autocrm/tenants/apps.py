"""Wiring of the tenants app."""

from django.apps import AppConfig

from autocrm.kernel.tenancy import bind_placement
from autocrm.tenants.selectors import get_placement


class TenantsConfig(AppConfig):
    """Registers where tenants live."""

    name = "autocrm.tenants"
    label = "tenants"

    def ready(self) -> None:
        bind_placement(get_placement)
