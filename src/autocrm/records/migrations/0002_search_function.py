"""The one function that searches below row-level security and answers rows of the pinned tenant only."""

import os

from django.db import migrations

from autocrm.kernel.rls import CURRENT_TENANT_SQL

PREFIX = os.environ.get("AUTOCRM_ROLE_PREFIX", "autocrm")

# Under row-level security neither `~>=~` nor `@@` may begin at an index, so this runs as a role that bypasses it and
# names the tenant itself. Titles that begin with what was typed come first, in order; then whole words and beginnings
# of words, the latest first. The soft limit keeps a word that stands in every record from costing the whole index.
FORWARD = f"""
CREATE FUNCTION records_search(prefix text, query text, types text[], lim int)
RETURNS TABLE (record_type text, record_id uuid, title text, subtitle text, owner_id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
SET gin_fuzzy_search_limit = 5000
AS $body$
#variable_conflict use_column
DECLARE
    tenant bigint := {CURRENT_TENANT_SQL};
    found int := 0;
BEGIN
    IF tenant IS NULL OR lim < 1 THEN
        RETURN;
    END IF;
    IF prefix <> '' THEN
        RETURN QUERY
            SELECT s.record_type::text, s.record_id, s.title::text, s.subtitle::text, s.owner_id
            FROM public.records_searchrow s
            WHERE s.tenant_id = tenant AND s.record_type = ANY (types)
              AND s.title_key ~>=~ prefix AND s.title_key ~<~ (prefix || chr(1114111))
            ORDER BY s.title_key USING ~<~ LIMIT lim;
        GET DIAGNOSTICS found = ROW_COUNT;
    END IF;
    IF query <> '' AND found < lim THEN
        RETURN QUERY
            SELECT w.record_type::text, w.record_id, w.title::text, w.subtitle::text, w.owner_id
            FROM (
                SELECT s.* FROM public.records_searchrow s
                WHERE s.tenant_id = tenant AND s.record_type = ANY (types)
                  AND s.document @@ to_tsquery('simple', query)
                  AND NOT (prefix <> '' AND s.title_key ~>=~ prefix AND s.title_key ~<~ (prefix || chr(1114111)))
                LIMIT greatest(lim, 500)
            ) w
            ORDER BY w.updated_at DESC, w.record_id DESC LIMIT lim - found;
    END IF;
END
$body$;
REVOKE ALL ON FUNCTION records_search(text, text, text[], int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION records_search(text, text, text[], int) TO "{PREFIX}_app", "{PREFIX}_platform";
ALTER FUNCTION records_search(text, text, text[], int) OWNER TO "{PREFIX}_search";
"""

BACKWARD = "DROP FUNCTION records_search(text, text, text[], int);"


class Migration(migrations.Migration):
    dependencies = [("records", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
