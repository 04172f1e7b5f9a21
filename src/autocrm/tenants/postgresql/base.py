"""The connection: pins the tenant on every outermost BEGIN and refuses what would slip past the pin.

Invariants: a transaction serves one tenant; the setting is transaction-local, so nothing survives in a pooled
connection (Django's own psycopg pool and PgBouncer in transaction mode included); SQL on a tenant-owned table
outside a transaction raises, because without the pin it would quietly see no rows.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from django.apps import apps
from django.db.backends.postgresql import base as postgresql
from typing_extensions import override

from autocrm.kernel.rls import pin_sql
from autocrm.kernel.tenancy import TenantChanged, TenantMissing, find_tenant_id
from autocrm.kernel.tenant_column import is_tenant_owned
from autocrm.tenants.postgresql.features import DatabaseFeatures
from autocrm.tenants.postgresql.schema import TenantSchemaEditor

Execute = Callable[[str, Any, bool, dict[str, Any]], Any]


@cache
def tenant_tables() -> re.Pattern[str]:
    """A pattern that finds the name of any tenant-owned table in a statement."""
    names = sorted(model._meta.db_table for model in apps.get_models() if is_tenant_owned(model))
    return re.compile(r"\b(?:" + "|".join(map(re.escape, names)) + r")\b" if names else r"(?!)")


class DatabaseWrapper(postgresql.DatabaseWrapper):
    """Django's PostgreSQL connection with the tenant guard.

    `TENANT_GUARD: False` in the database's settings leaves it out, for the owner and platform roles.
    """

    SchemaEditorClass = TenantSchemaEditor
    features_class = DatabaseFeatures

    def __init__(self, settings_dict: dict[str, Any], alias: str = "default") -> None:
        super().__init__(settings_dict, alias)
        self._pinned: int | None = None
        if settings_dict.get("TENANT_GUARD", True):
            self.execute_wrappers.append(self._guard)

    def _guard(self, execute: Execute, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:  # noqa: FBT001
        if self.get_autocommit():
            self._pinned = None
            if tenant_tables().search(str(sql)):
                raise TenantMissing(f"SQL on a tenant-owned table outside a transaction: {str(sql)[:200]}")
        elif (tenant_id := find_tenant_id()) is None or tenant_id != self._pinned:
            self._pin(tenant_id, str(sql))
        return execute(sql, params, many, context)

    def _pin(self, tenant_id: int | None, sql: str) -> None:
        """Bring the pin in line with the context, or raise when that would change tenants midway."""
        if tenant_id is None:
            if tenant_tables().search(sql):
                raise TenantMissing(f"SQL on a tenant-owned table without a tenant: {sql[:200]}")
        elif self._pinned is None:
            self._set_tenant(tenant_id)
        else:
            raise TenantChanged(f"This transaction is pinned to tenant {self._pinned}, the context says {tenant_id}.")

    def _set_tenant(self, tenant_id: int) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(pin_sql(tenant_id))
        self._pinned = tenant_id

    @override
    def set_autocommit(
        self,
        autocommit: bool,
        force_begin_transaction_with_broken_autocommit: bool = False,
    ) -> None:
        super().set_autocommit(autocommit, force_begin_transaction_with_broken_autocommit)
        self._pinned = None

    def _savepoint_rollback(self, sid: str) -> None:
        # The setting returns to what it was at the savepoint, which may be before the pin.
        super()._savepoint_rollback(sid)  # type: ignore[misc]  # private, so not in the stubs
        if self._pinned is not None:
            self._set_tenant(self._pinned)

    @override
    def connect(self) -> None:
        self._pinned = None
        super().connect()
