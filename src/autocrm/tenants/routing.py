"""Which database a query goes to: tenant-owned rows follow the tenant in context, all else stays on the default."""

from typing import Any

from django.db import models

from autocrm.kernel.tenancy import DEFAULT_DATABASE, current_database
from autocrm.kernel.tenant_column import is_tenant_owned


class TenantRouter:
    """Sends tenant-owned models to the database of the current tenant."""

    def db_for_read(self, model: type[models.Model], **hints: Any) -> str:
        return current_database() if is_tenant_owned(model) else DEFAULT_DATABASE

    def db_for_write(self, model: type[models.Model], **hints: Any) -> str:
        return self.db_for_read(model, **hints)

    def allow_relation(self, first: models.Model, second: models.Model, **_hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, _app_label: str, **_hints: Any) -> bool:
        return db != "platform"
