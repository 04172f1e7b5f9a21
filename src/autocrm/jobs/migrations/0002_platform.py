"""What the platform role needs to claim across tenants, and what the app role may not touch."""

from django.db import migrations

SQL = """
-- For the platform role only: what is due, whoever it belongs to.
CREATE INDEX jobs_job_due_relay ON jobs_job (queue, run_at, tenant_id) WHERE state = 'waiting';
CREATE INDEX jobs_job_running_relay ON jobs_job (lease_until, tenant_id) WHERE state = 'running';
-- Every job is updated twice or more within seconds: vacuum often, leave room on the page.
ALTER TABLE jobs_job SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500,
                          autovacuum_analyze_scale_factor = 0.05);

-- Rows of the installation: the app role may look, the platform role works on them.
DO $body$
DECLARE
    one record;
BEGIN
    FOR one IN
        SELECT DISTINCT c.relname, a.grantee FROM pg_class c, aclexplode(c.relacl) a
        JOIN pg_roles r ON r.oid = a.grantee
        WHERE c.oid IN ('public.jobs_periodicrun'::regclass, 'public.jobs_workerbeat'::regclass)
          AND a.grantee <> c.relowner AND NOT r.rolbypassrls
    LOOP
        EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON public.%I FROM %I', one.relname, pg_get_userbyid(one.grantee));
    END LOOP;
END
$body$;
"""

REVERSE = "DROP INDEX jobs_job_due_relay, jobs_job_running_relay"


class Migration(migrations.Migration):
    dependencies = [("jobs", "0001_initial")]

    operations = [migrations.RunSQL(SQL, reverse_sql=REVERSE)]
