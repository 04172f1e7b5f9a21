"""The one function that searches below row-level security and answers rows of the pinned tenant only."""

import os

from django.db import migrations

from autocrm.kernel.rls import CURRENT_TENANT_SQL

PREFIX = os.environ.get("AUTOCRM_ROLE_PREFIX", "autocrm")

# Under row-level security neither `~>=~` nor `@@` may begin at an index, so this runs as a role that bypasses it and
# names the tenant itself. Titles that begin with what was typed come first, in order; then records with all the words
# or beginnings of words, the latest first.
#
# What keeps a word that stands in every second record from costing the whole index: the statistics tell how many rows
# each word is worth. Rare words go to the index, common ones are only checked on what that finds. Where all are common,
# or the rare ones find MOST rows, the LATEST rows are looked through instead, where common words are met soon; common
# words that seldom meet there go to the index as whole words, which is cheap, unlike beginnings. In a workspace of more
# than SMALL rows beginnings have three letters or more. `+ 0` and `|| ''` keep the planner from indexes that do not
# help here.
SMALL = 20_000
MOST = 2_000
LATEST = 10_000

TERMS = f"""
CREATE FUNCTION records_search_terms(tenant bigint, words text[], lim int, OUT rare tsquery, OUT common tsquery, OUT whole tsquery)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $body$
DECLARE
    size float8;
BEGIN
    SELECT c.reltuples * v.frequency INTO size
    FROM pg_class c, pg_stats s, unnest(s.most_common_vals::text::bigint[], s.most_common_freqs) v (id, frequency)
    WHERE c.oid = 'public.records_searchrow'::regclass AND v.id = tenant
      AND s.schemaname = 'public' AND s.tablename = 'records_searchrow' AND s.attname = 'tenant_id';
    IF size IS NULL OR size < {SMALL} THEN
        SELECT string_agg(format('%L:*', tenant || ':' || w.word), ' & ')::tsquery INTO rare FROM unnest(words) w (word);
        RETURN;
    END IF;
    WITH asked AS (
        SELECT tenant || ':' || w.word AS word, length(w.word) >= 3 AS is_beginning FROM unnest(words) w (word)
    ), weighed AS (
        SELECT a.word, a.is_beginning, coalesce(sum(e.frequency), 0) * max(c.reltuples) AS worth
        FROM pg_class c CROSS JOIN asked a LEFT JOIN (
            SELECT m.word, m.frequency
            FROM pg_stats s, unnest(s.most_common_elems::text::text[], s.most_common_elem_freqs) m (word, frequency)
            WHERE s.schemaname = 'public' AND s.tablename = 'records_searchrow' AND s.attname = 'document'
        ) e ON CASE WHEN a.is_beginning THEN starts_with(e.word, a.word) ELSE e.word = a.word END
        WHERE c.oid = 'public.records_searchrow'::regclass
        GROUP BY a.word, a.is_beginning
    ), terms AS (
        SELECT w.word, format(CASE WHEN w.is_beginning THEN '%L:*' ELSE '%L' END, w.word) AS term,
               w.worth > sqrt(greatest(lim, 50) * size) AS is_common
        FROM weighed w
    )
    SELECT string_agg(t.term, ' & ') FILTER (WHERE NOT t.is_common)::tsquery,
           string_agg(t.term, ' & ') FILTER (WHERE t.is_common)::tsquery,
           string_agg(format('%L', t.word), ' & ')::tsquery
    INTO rare, common, whole FROM terms t;
END
$body$;
"""


def candidates(asked: str) -> str:
    """At most MOST ids of rows that the index finds for the query `asked`, the latest first."""
    return f"""
        SELECT coalesce(array_agg(c.id ORDER BY c.updated_at DESC, c.record_id DESC), '{{}}') INTO hits FROM (
            SELECT s.id, s.updated_at, s.record_id FROM public.records_searchrow s
            WHERE s.document @@ {asked} AND (common IS NULL OR ts_match_vq(s.document, common))
              AND s.tenant_id + 0 = tenant AND s.record_type || '' = ANY (types)
              AND NOT (s.title_key ~>=~ prefix AND s.title_key ~<~ past)
            LIMIT {MOST}
        ) c;"""


FORWARD = f"""
CREATE FUNCTION records_search(prefix text, words text[], types text[], lim int)
RETURNS TABLE (record_type text, record_id uuid, title text, subtitle text, owner_id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 200
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_custom_plan
AS $body$
#variable_conflict use_column
DECLARE
    tenant bigint := {CURRENT_TENANT_SQL};
    past text := prefix || chr(1114111);
    wanted int := lim;
    rare tsquery;
    common tsquery;
    whole tsquery;
    hits uuid[] := '{{}}';
    latest uuid[];
BEGIN
    IF tenant IS NULL OR lim < 1 OR prefix = '' OR cardinality(words) = 0 THEN
        RETURN;
    END IF;
    RETURN QUERY
        SELECT w.record_type::text, w.record_id, w.title::text, w.subtitle::text, w.owner_id
        FROM unnest(types) kind (key) CROSS JOIN LATERAL (
            SELECT s.* FROM public.records_searchrow s
            WHERE s.tenant_id = tenant AND s.record_type = kind.key AND s.title_key ~>=~ prefix AND s.title_key ~<~ past
            ORDER BY s.title_key USING ~<~ LIMIT lim
        ) w
        ORDER BY w.title_key USING ~<~ LIMIT lim;
    GET DIAGNOSTICS wanted = ROW_COUNT;
    wanted := lim - wanted;
    IF wanted <= 0 THEN
        RETURN;
    END IF;
    SELECT t.rare, t.common, t.whole INTO rare, common, whole FROM public.records_search_terms(tenant, words, lim) t;
    IF rare IS NOT NULL THEN{candidates("rare")}
    END IF;
    IF rare IS NULL OR cardinality(hits) >= {MOST} THEN
        SELECT coalesce(array_agg(w.id ORDER BY w.updated_at DESC, w.record_id DESC), '{{}}') INTO latest
        FROM unnest(types) kind (key) CROSS JOIN LATERAL (
            SELECT r.id, r.updated_at, r.record_id FROM (
                SELECT s.* FROM public.records_searchrow s
                WHERE s.tenant_id = tenant AND s.record_type = kind.key
                ORDER BY s.updated_at DESC, s.record_id DESC LIMIT {LATEST}
            ) r
            WHERE (rare IS NULL OR r.document @@ rare) AND (common IS NULL OR r.document @@ common)
              AND NOT (r.title_key ~>=~ prefix AND r.title_key ~<~ past)
            LIMIT wanted
        ) w;
        IF rare IS NULL AND cardinality(latest) < wanted THEN{candidates("whole")}
        END IF;
        hits := latest || ARRAY(
            SELECT h.id FROM unnest(hits) WITH ORDINALITY h (id, place)
            WHERE cardinality(latest) < wanted AND h.id <> ALL (latest) ORDER BY h.place
        );
    END IF;
    RETURN QUERY
        SELECT s.record_type::text, s.record_id, s.title::text, s.subtitle::text, s.owner_id
        FROM unnest(hits[:wanted]) WITH ORDINALITY hit (id, place)
        JOIN public.records_searchrow s ON s.tenant_id = tenant AND s.id = hit.id
        ORDER BY hit.place;
END
$body$;
REVOKE ALL ON FUNCTION records_search(text, text[], text[], int) FROM PUBLIC;
REVOKE ALL ON FUNCTION records_search_terms(bigint, text[], int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION records_search(text, text[], text[], int) TO "{PREFIX}_app", "{PREFIX}_platform";
ALTER FUNCTION records_search(text, text[], text[], int) OWNER TO "{PREFIX}_search";
ALTER FUNCTION records_search_terms(bigint, text[], int) OWNER TO "{PREFIX}_search";
"""

BACKWARD = """
DROP FUNCTION records_search(text, text[], text[], int);
DROP FUNCTION records_search_terms(bigint, text[], int);
"""


class Migration(migrations.Migration):
    dependencies = [("records", "0001_initial")]
    operations = [migrations.RunSQL(TERMS + FORWARD, BACKWARD)]
