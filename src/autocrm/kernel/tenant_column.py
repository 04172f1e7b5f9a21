"""The tenant column and how to recognise a tenant-owned model; apart from the models: the backend needs it first."""

from collections.abc import Sequence
from typing import Any

from django.db import models
from typing_extensions import override

from autocrm.kernel.tenancy import current_tenant_id


class TenantIdField(models.BigIntegerField):  # type: ignore[type-arg]  # takes no parameters at run time
    """The tenant a row belongs to; filled from the context, never from input."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["default"] = current_tenant_id
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)

    @override
    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("default", None)
        kwargs.pop("editable", None)
        return name, path, args, kwargs


def is_tenant_owned(model: type[models.Model]) -> bool:
    """Whether rows of `model` belong to a tenant; true for the historical models of migrations as well."""
    return any(isinstance(field, TenantIdField) for field in model._meta.local_concrete_fields)
