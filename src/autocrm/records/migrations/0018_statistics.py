"""What lets the app have the planner look at a table again after many of its rows changed."""

import os

from django.db import migrations

PREFIX = os.environ.get("AUTOCRM_ROLE_PREFIX", "autocrm")

# Only its owner may analyse a table, and the app owns none. It says nothing about any row, and what is being analysed
# already is left alone. Tables that belong to tenants are told by their policy.
REFRESH = f"""
CREATE FUNCTION records_refresh_statistics(wanted text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $body$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relname = wanted AND c.relkind = 'r'
    ) THEN
        RAISE EXCEPTION 'no such table: %', wanted USING ERRCODE = 'insufficient_privilege';
    END IF;
    EXECUTE format('ANALYZE (SKIP_LOCKED) public.%I', wanted);
END
$body$;
REVOKE ALL ON FUNCTION records_refresh_statistics(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION records_refresh_statistics(text) TO "{PREFIX}_app";
"""


class Migration(migrations.Migration):
    dependencies = [("records", "0017_deleted_objects")]
    operations = [migrations.RunSQL(REFRESH, "DROP FUNCTION records_refresh_statistics(text);")]
