"""Wiring of the tenants app."""

from django.apps import AppConfig
from django.utils.module_loading import import_string
from typing_extensions import override

from autocrm.kernel.tenancy import bind_placement, bind_refresh
from autocrm.tenants.doctor import register_checks


class TenantsConfig(AppConfig):
    """Registers where tenants live and what `doctor` looks at."""

    name = "autocrm.tenants"
    label = "tenants"

    @override
    def ready(self) -> None:
        register_checks()
        bind_placement(import_string("autocrm.tenants.selectors.get_placement"))
        bind_refresh(import_string("autocrm.tenants.selectors.forget_cached_tenant"))
