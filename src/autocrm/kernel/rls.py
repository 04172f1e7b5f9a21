"""The SQL of row-level security, written in one place for the schema editor, partitions and the guard."""

TENANT_SETTING = "app.tenant"
POLICY = "tenant_isolation"

# NULLIF: after COMMIT the setting is '' rather than NULL, and a bare cast would raise instead of hiding the rows.
CURRENT_TENANT_SQL = f"NULLIF(current_setting('{TENANT_SETTING}', true), '')::bigint"

# How PostgreSQL prints the policy back; the guard compares against it.
CANONICAL_POLICY = "(tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::bigint)"


def protect_sql(table: str) -> list[str]:
    """Statements that put `table` (a trusted identifier) under FORCE row-level security with the one policy."""
    return [
        f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
        f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY',
        f'CREATE POLICY {POLICY} ON "{table}" USING (tenant_id = {CURRENT_TENANT_SQL})',
    ]


def pin_sql(tenant_id: int) -> str:
    """The statement that pins the running transaction to a tenant; `tenant_id` is an int, never text."""
    return f"SET LOCAL {TENANT_SETTING} = '{int(tenant_id)}'"
