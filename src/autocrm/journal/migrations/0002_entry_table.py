"""The partitioned table behind `Entry`, its indexes, transaction numbers, partitions and rights."""

import os

from django.db import migrations

from autocrm.kernel.rls import protect_sql

PREFIX = os.environ.get("AUTOCRM_ROLE_PREFIX", "autocrm")

# Transaction numbers: 64 bits, never reused; the offset is raised when the database moves to another cluster.
NUMBERS = """
CREATE FUNCTION journal_txid_offset() RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT 0::bigint';
CREATE FUNCTION journal_txid() RETURNS bigint LANGUAGE sql STABLE
    AS 'SELECT pg_current_xact_id()::text::bigint + public.journal_txid_offset()';
CREATE FUNCTION journal_fence() RETURNS bigint LANGUAGE sql STABLE
    AS 'SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint + public.journal_txid_offset()';
"""

TABLE = """
CREATE SEQUENCE journal_entry_id_seq AS bigint;
CREATE TABLE journal_entry (
    tenant_id bigint NOT NULL,
    id bigint NOT NULL DEFAULT nextval('journal_entry_id_seq'),
    txid bigint NOT NULL DEFAULT journal_txid(),
    at timestamptz NOT NULL,
    kind text NOT NULL,
    record_type text NOT NULL DEFAULT '',
    record_id uuid,
    record_label text NOT NULL DEFAULT '',
    actor_kind text NOT NULL,
    actor_id uuid,
    actor_label text NOT NULL DEFAULT '',
    changes jsonb NOT NULL DEFAULT '{}',
    data jsonb NOT NULL DEFAULT '{}',
    cause_id bigint,
    root_id bigint NOT NULL,
    depth smallint NOT NULL DEFAULT 0,
    chain jsonb NOT NULL DEFAULT '[]',
    schema_version smallint NOT NULL DEFAULT 1,
    PRIMARY KEY (tenant_id, id, at)
) PARTITION BY RANGE (at);
ALTER SEQUENCE journal_entry_id_seq OWNED BY journal_entry.id;
CREATE INDEX journal_entry_record ON journal_entry (tenant_id, record_type, record_id, id DESC)
    WHERE record_id IS NOT NULL;
CREATE INDEX journal_entry_order ON journal_entry (tenant_id, txid, id);
-- For the platform role only: which tenants have news since a transaction.
CREATE INDEX journal_entry_relay ON journal_entry (txid, tenant_id);
"""

PROTECT = "\n".join(f"{statement};" for statement in protect_sql("journal_entry"))
PROTECT_PARTITION = "\n".join(
    "    EXECUTE format($sql$" + statement.replace('"__child__"', "public.%1$I") + "$sql$, child);"
    for statement in protect_sql("__child__")
)

# Nobody but the owner touches a partition directly: rights are checked on the parent, which is where the rows belong.
PARTITIONS = f"""
CREATE FUNCTION seal_partition(child text) RETURNS void LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $body$
DECLARE
    other record;
BEGIN
    FOR other IN
        SELECT DISTINCT a.grantee FROM pg_class c, aclexplode(c.relacl) a
        WHERE c.oid = format('public.%I', child)::regclass AND a.grantee <> c.relowner
    LOOP
        EXECUTE format('REVOKE ALL ON public.%I FROM %s', child,
                       CASE other.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(other.grantee)) END);
    END LOOP;
END
$body$;

CREATE FUNCTION protect_partition(child text) RETURNS void LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $body$
BEGIN
{PROTECT_PARTITION}
    PERFORM public.seal_partition(child);
END
$body$;

CREATE FUNCTION create_month_partition(parent text, month date) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' SET lock_timeout = '3s' AS $body$
DECLARE
    starts timestamptz := date_trunc('month', month::timestamp) AT TIME ZONE 'UTC';
    ends timestamptz := (date_trunc('month', month::timestamp) + interval '1 month') AT TIME ZONE 'UTC';
    child text := parent || '_y' || to_char(starts, 'YYYY') || 'm' || to_char(starts, 'MM');
    strays text := parent || '_default';
BEGIN
    IF parent <> ALL (ARRAY['journal_entry']) THEN
        RAISE EXCEPTION 'no partitions are made for %', parent USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF to_regclass(format('public.%I', child)) IS NOT NULL THEN
        RETURN false;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('create_month_partition'));
    IF to_regclass(format('public.%I', child)) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', child, parent);
    -- Rows of this month that came before their partition: FORCE would hide them from the owner.
    EXECUTE format('ALTER TABLE public.%I NO FORCE ROW LEVEL SECURITY', strays);
    EXECUTE format('WITH moved AS (DELETE FROM public.%I WHERE at >= $1 AND at < $2 RETURNING *) '
                   'INSERT INTO public.%I SELECT * FROM moved', strays, child) USING starts, ends;
    EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', strays);
    EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
                   parent, child, starts, ends);
    PERFORM public.protect_partition(child);
    RETURN true;
END
$body$;

CREATE TABLE journal_entry_default PARTITION OF journal_entry DEFAULT;
SELECT protect_partition('journal_entry_default');
SELECT create_month_partition('journal_entry', (now() AT TIME ZONE 'UTC' + ahead * interval '1 month')::date)
    FROM generate_series(0, 3) AS ahead;
REVOKE ALL ON FUNCTION seal_partition(text), protect_partition(text), create_month_partition(text, date) FROM PUBLIC;
"""

# Append-only: who does not bypass row security may insert and select, nothing else. Named by catalogue, not by guess.
RIGHTS = """
CREATE FUNCTION journal_seal() RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $body$
DECLARE
    one record;
BEGIN
    FOR one IN
        SELECT DISTINCT c.relname, a.grantee FROM pg_class c, aclexplode(c.relacl) a
        JOIN pg_roles r ON r.oid = a.grantee
        WHERE c.oid IN ('public.journal_entry'::regclass, 'public.journal_consumerstart'::regclass)
          AND a.grantee <> c.relowner AND NOT r.rolbypassrls
    LOOP
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON public.%I FROM %I',
                       one.relname, pg_get_userbyid(one.grantee));
        IF one.relname = 'journal_consumerstart' THEN
            EXECUTE format('REVOKE INSERT ON public.%I FROM %I', one.relname, pg_get_userbyid(one.grantee));
        END IF;
    END LOOP;
    PERFORM public.seal_partition(i.inhrelid::regclass::text)
        FROM pg_inherits i WHERE i.inhparent = 'public.journal_entry'::regclass;
END
$body$;
REVOKE ALL ON FUNCTION journal_seal() FROM PUBLIC;
SELECT journal_seal();
"""

GRANT_TO_PLATFORM = f"""
DO $body$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{PREFIX}_platform') THEN
        GRANT EXECUTE ON FUNCTION create_month_partition(text, date) TO "{PREFIX}_platform";
    END IF;
END
$body$;
"""

REVERSE = """
DROP TABLE journal_entry;
DROP FUNCTION journal_seal(), create_month_partition(text, date), protect_partition(text), seal_partition(text);
DROP FUNCTION journal_fence(), journal_txid(), journal_txid_offset();
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "\n".join([NUMBERS, TABLE, PROTECT, PARTITIONS, RIGHTS, GRANT_TO_PLATFORM]), reverse_sql=REVERSE
        )
    ]
