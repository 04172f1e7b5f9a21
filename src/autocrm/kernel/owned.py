"""The abstract base of every tenant-owned model: its tenant column and the managers that fail closed.

A model that inherits `TenantOwned` reads as ordinary Django with a single `id`. The database backend recognises the
`TenantIdField`, also in migrations, and writes tenant-first keys, composite foreign keys, FORCE and a policy.
"""

from typing import Any, ClassVar, Self

from django.db import models

from autocrm.kernel.ids import new_id
from autocrm.kernel.tenancy import current_tenant_id
from autocrm.kernel.tenant_column import TenantIdField


class TenantManager(models.Manager[Any]):
    """Every query carries a literal `tenant_id = X`; without a tenant in context it raises TenantMissing."""

    def get_queryset(self) -> models.QuerySet[Any]:
        return super().get_queryset().filter(tenant_id=current_tenant_id())


class AcrossTenants(models.Manager[Any]):
    """Rows of every tenant, reachable on the platform connection only: use `kernel.platform.rows(Model)`."""


class TenantOwned(models.Model):
    """A row that belongs to one tenant. Primary key in the database: (tenant_id, id)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = TenantIdField()

    objects: ClassVar[models.Manager[Self]] = TenantManager()
    across_tenants: ClassVar[models.Manager[Self]] = AcrossTenants()

    class Meta:
        abstract = True
        base_manager_name = "objects"
        default_manager_name = "objects"
