"""Tenants: everyone may read them, the app role may change only its own row and there only what is not a limit.

`tenants_tenant` has no tenant_id of its own, so it has policies of its own: SELECT for all, UPDATE where `id` is the
current tenant. INSERT and DELETE have none, so they are the platform role's, which bypasses policies. What an
operator decides (placement, active, plan, limits, custom domain) is out of the app role's reach by column grants.
"""

from django.db import migrations

from autocrm.kernel.rls import CURRENT_TENANT_SQL

APP_ROLE = "autocrm_app"
OWN_COLUMNS = "name, settings, features, storage_used_bytes"

PROTECT = f"""
ALTER TABLE tenants_tenant ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants_tenant FORCE ROW LEVEL SECURITY;
CREATE POLICY everyone_reads ON tenants_tenant FOR SELECT USING (true);
CREATE POLICY own_row ON tenants_tenant FOR UPDATE
    USING (id = {CURRENT_TENANT_SQL}) WITH CHECK (id = {CURRENT_TENANT_SQL});
DO $$ BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{APP_ROLE}') THEN
        REVOKE INSERT, UPDATE, DELETE ON tenants_tenant FROM {APP_ROLE};
        GRANT UPDATE ({OWN_COLUMNS}) ON tenants_tenant TO {APP_ROLE};
    END IF;
END $$;
"""

UNPROTECT = f"""
DO $$ BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{APP_ROLE}') THEN
        GRANT INSERT, UPDATE, DELETE ON tenants_tenant TO {APP_ROLE};
    END IF;
END $$;
DROP POLICY own_row ON tenants_tenant;
DROP POLICY everyone_reads ON tenants_tenant;
ALTER TABLE tenants_tenant NO FORCE ROW LEVEL SECURITY;
ALTER TABLE tenants_tenant DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    """Raw SQL only."""

    dependencies = [("tenants", "0001_initial")]

    operations = [migrations.RunSQL(PROTECT, UNPROTECT)]
