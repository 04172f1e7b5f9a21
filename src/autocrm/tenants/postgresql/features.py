"""What this backend's PostgreSQL can do, where tenant-first keys make a difference."""

from django.db import models
from django.db.backends.postgresql.features import DatabaseFeatures as PostgresFeatures
from typing_extensions import override

from autocrm.kernel.tenant_column import is_tenant_owned


class DatabaseFeatures(PostgresFeatures):
    """PostgreSQL's, but for grouping: the primary key is (tenant_id, id), so `GROUP BY id` does not imply the rest."""

    @override
    def allows_group_by_selected_pks_on_model(self, model: type[models.Model]) -> bool:
        return not is_tenant_owned(model) and super().allows_group_by_selected_pks_on_model(model)
