"""The schema editor: models read as ordinary Django with a single `id`, tables get tenant-first keys.

For a tenant-owned model: primary key (tenant_id, id); every unique constraint and index begins with tenant_id; a
foreign key to another tenant-owned table is (tenant_id, x_id) -> (tenant_id, id), so that no row can point into
another tenant (RLS alone does not stop that: foreign keys and unique constraints go round it); policy and FORCE.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

from django.db import models
from django.db.backends.ddl_references import Columns, Statement
from django.db.backends.postgresql.schema import DatabaseSchemaEditor
from typing_extensions import override

from autocrm.kernel.rls import protect_sql
from autocrm.kernel.tenant_column import is_tenant_owned

Model = type[models.Model]
Field: TypeAlias = "models.Field[Any, Any]"


class TenantSchemaEditor(DatabaseSchemaEditor):
    """Writes what the models of tenants mean in SQL."""

    # Foreign keys are always statements of their own, so that `_create_fk_sql` sees every one of them.
    sql_create_column_inline_fk = None  # type: ignore[assignment]

    @override
    def create_model(self, model: Model) -> None:
        super().create_model(model)
        if not is_tenant_owned(model):
            return
        table = model._meta.db_table
        pk = model._meta.pk
        self.execute(
            f"ALTER TABLE {self.quote_name(table)} ADD CONSTRAINT {self.quote_name(f'{table}_pkey'[-63:])} "
            f"PRIMARY KEY (tenant_id, {self.quote_name(pk.column)})",
            None,
        )
        for field in model._meta.local_fields:
            if field.unique and not field.primary_key:
                self.execute(self._create_unique_sql(model, [field]), None)
        for statement in protect_sql(table):
            self.execute(statement, None)

    @override
    def column_sql(
        self,
        model: Model,
        field: Field,
        include_default: bool = False,
    ) -> tuple[Any, Any]:
        definition, params = super().column_sql(model, field, include_default)
        if definition is not None and is_tenant_owned(model):
            definition = definition.replace(" PRIMARY KEY", "").replace(" UNIQUE", "")
        return definition, params

    @override
    def add_field(self, model: Model, field: Field) -> None:
        super().add_field(model, field)
        if is_tenant_owned(model) and field.unique and not field.primary_key:
            self.deferred_sql.append(self._create_unique_sql(model, [field]))

    def _tenant_first(self, model: Model, fields: Sequence[Field]) -> list[Field]:
        fields = list(fields)
        if not is_tenant_owned(model) or (fields and fields[0].column == "tenant_id"):
            return fields
        tenant: Field = model._meta.get_field("tenant_id")  # type: ignore[assignment]
        return [tenant, *(field for field in fields if field.column != "tenant_id")]

    def _create_index_sql(self, model: Model, *, fields: Any = None, **kwargs: Any) -> Statement:
        if fields:
            first = self._tenant_first(model, fields)
            if len(first) > len(fields):
                kwargs["opclasses"] = _shifted(kwargs.get("opclasses"), "")
                kwargs["col_suffixes"] = _shifted(kwargs.get("col_suffixes"), "")
            fields = first
        statement: Statement = super()._create_index_sql(model, fields=fields, **kwargs)  # type: ignore[misc]  # private, so not in the stubs
        return statement

    def _unique_sql(self, model: Model, fields: Any, name: Any, **kwargs: Any) -> Any:
        return super()._unique_sql(model, self._tenant_first(model, fields), name, **kwargs)  # type: ignore[misc]  # private, so not in the stubs

    def _create_unique_sql(self, model: Model, fields: Any, name: Any = None, **kwargs: Any) -> Any:
        first = self._tenant_first(model, fields)
        if len(first) > len(fields) and kwargs.get("opclasses"):
            kwargs["opclasses"] = _shifted(kwargs["opclasses"], "")
        return super()._create_unique_sql(model, first, name, **kwargs)  # type: ignore[misc]  # private, so not in the stubs

    def _create_like_index_sql(self, model: Model, field: Field) -> Statement | None:
        return None if is_tenant_owned(model) else super()._create_like_index_sql(model, field)  # type: ignore[misc]  # private

    def _create_fk_sql(self, model: Model, field: Any, suffix: str) -> Statement:
        statement: Statement = super()._create_fk_sql(model, field, suffix)  # type: ignore[misc]  # private, so not in the stubs
        target = field.target_field.model
        if is_tenant_owned(model) and is_tenant_owned(target):
            pairs = (
                ("column", model._meta.db_table, field.column),
                ("to_column", target._meta.db_table, field.target_field.column),
            )
            for part, table, column in pairs:
                statement.parts[part] = Columns(table, ["tenant_id", column], self.quote_name)
        return statement


def _shifted(items: Sequence[str] | None, first: str) -> tuple[str, ...]:
    return (first, *items) if items else ()
