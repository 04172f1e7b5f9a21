"""Search ranks: the exact title first, then one's own records, then what changed last; and what is nearly so is found.

`records_search` gains whose eyes look. `records_search_alike` is asked when that finds little: each word comes with all
words one slip of the finger away (`records.slips`), and the index knows in microseconds which of them exist.
"""

import os

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

from autocrm.kernel.rls import CURRENT_TENANT_SQL

PREFIX = os.environ.get("AUTOCRM_ROLE_PREFIX", "autocrm")
MOST = 2_000
LATEST = 10_000
# So many rows at most are looked at for words that are only alike, and so many of those are compared with what was typed.
MOST_ALIKE = 6_000
COMPARED = 400


def candidates(asked: str) -> str:
    """At most MOST ids of rows that the index finds for the query `asked`, one's own first, then the latest."""
    return f"""
        SELECT coalesce(array_agg(c.id ORDER BY c.is_mine DESC, c.updated_at DESC, c.record_id DESC), '{{}}') INTO hits
        FROM (
            SELECT s.id, s.updated_at, s.record_id, s.owner_id IS NOT DISTINCT FROM me AS is_mine
            FROM public.records_searchrow s
            WHERE s.document @@ {asked} AND (common IS NULL OR ts_match_vq(s.document, common))
              AND s.tenant_id + 0 = tenant AND s.record_type || '' = ANY (types)
              AND NOT (s.title_key ~>=~ prefix AND s.title_key ~<~ past)
            LIMIT {MOST}
        ) c;"""


SEARCH = f"""
CREATE FUNCTION records_search(prefix text, words text[], types text[], lim int, me uuid)
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
        FROM (
            SELECT m.* FROM unnest(types) kind (key) CROSS JOIN LATERAL (
                SELECT s.* FROM public.records_searchrow s
                WHERE s.tenant_id = tenant AND s.owner_id = me AND s.record_type = kind.key
                  AND s.title_key ~>=~ prefix AND s.title_key ~<~ past
                ORDER BY s.title_key USING ~<~ LIMIT lim
            ) m
            UNION
            SELECT a.* FROM unnest(types) kind (key) CROSS JOIN LATERAL (
                SELECT s.* FROM public.records_searchrow s
                WHERE s.tenant_id = tenant AND s.record_type = kind.key AND s.title_key ~>=~ prefix AND s.title_key ~<~ past
                ORDER BY s.title_key USING ~<~ LIMIT lim
            ) a
        ) w
        ORDER BY w.title_key = prefix DESC, w.owner_id IS NOT DISTINCT FROM me DESC, w.updated_at DESC, w.record_id DESC
        LIMIT lim;
    GET DIAGNOSTICS wanted = ROW_COUNT;
    wanted := lim - wanted;
    IF wanted <= 0 THEN
        RETURN;
    END IF;
    SELECT t.rare, t.common, t.whole INTO rare, common, whole FROM public.records_search_terms(tenant, words, lim) t;
    IF rare IS NOT NULL THEN{candidates("rare")}
    END IF;
    IF rare IS NULL OR cardinality(hits) >= {MOST} THEN
        SELECT coalesce(array_agg(w.id ORDER BY w.is_mine DESC, w.updated_at DESC, w.record_id DESC), '{{}}') INTO latest
        FROM unnest(types) kind (key) CROSS JOIN LATERAL (
            SELECT r.id, r.updated_at, r.record_id, r.owner_id IS NOT DISTINCT FROM me AS is_mine FROM (
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
"""

# `words` and `places` run beside each other: all words that may be meant, and which typed word each of them stands for.
# A word that the statistics know to be frequent is worth what they say; one they do not know is rare.
ALIKE = f"""
CREATE FUNCTION records_search_alike(typed text, words text[], places int[], types text[], lim int, me uuid)
RETURNS TABLE (record_type text, record_id uuid, title text, subtitle text, owner_id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 20
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_custom_plan
AS $body$
#variable_conflict use_column
DECLARE
    tenant bigint := {CURRENT_TENANT_SQL};
    asked tsquery;
    worth float8;
BEGIN
    IF tenant IS NULL OR lim < 1 OR typed = '' OR cardinality(words) = 0 OR cardinality(words) <> cardinality(places) THEN
        RETURN;
    END IF;
    WITH meant AS (
        SELECT tenant || ':' || w.word AS word, w.place FROM unnest(words, places) w (word, place)
    ), known AS (
        SELECT m.word, m.frequency * c.reltuples AS rows
        FROM pg_stats s, pg_class c, unnest(s.most_common_elems::text::text[], s.most_common_elem_freqs) m (word, frequency)
        WHERE s.schemaname = 'public' AND s.tablename = 'records_searchrow' AND s.attname = 'document'
          AND c.oid = 'public.records_searchrow'::regclass
    ), groups AS (
        SELECT m.place, string_agg(format('%L', m.word), ' | ') AS term, coalesce(sum(k.rows), 0) AS rows
        FROM meant m LEFT JOIN known k ON k.word = m.word GROUP BY m.place
    )
    SELECT string_agg('(' || g.term || ')', ' & ')::tsquery, min(g.rows) INTO asked, worth FROM groups g;
    IF worth > {MOST_ALIKE} THEN
        RETURN;
    END IF;
    RETURN QUERY
        SELECT c.record_type::text, c.record_id, c.title::text, c.subtitle::text, c.owner_id
        FROM (
            SELECT s.* FROM (
                SELECT r.* FROM public.records_searchrow r
                WHERE r.document @@ asked AND r.tenant_id + 0 = tenant AND r.record_type || '' = ANY (types)
                LIMIT {MOST_ALIKE}
            ) s
            ORDER BY s.updated_at DESC, s.record_id DESC LIMIT {COMPARED}
        ) c
        ORDER BY public.similarity(c.title_key, typed) DESC, c.owner_id IS NOT DISTINCT FROM me DESC,
                 c.updated_at DESC, c.record_id DESC
        LIMIT lim;
END
$body$;
"""

RIGHTS = "".join(
    f"""
REVOKE ALL ON FUNCTION {signature} FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {signature} TO "{PREFIX}_app", "{PREFIX}_platform";
ALTER FUNCTION {signature} OWNER TO "{PREFIX}_search";
"""
    for signature in (
        "records_search(text, text[], text[], int, uuid)",
        "records_search_alike(text, text[], int[], text[], int, uuid)",
    )
)

# The one without eyes stays for processes of the release before, which may run beside this one for a while.
BACKWARD = """
DROP FUNCTION records_search(text, text[], text[], int, uuid);
DROP FUNCTION records_search_alike(text, text[], int[], text[], int, uuid);
"""


class Migration(migrations.Migration):
    """The functions, and the index that finds one's own titles."""

    atomic = False
    dependencies = [("records", "0003_custom_objects")]
    operations = [
        AddIndexConcurrently(
            model_name="searchrow",
            index=models.Index(
                fields=["owner_id", "record_type", "title_key"],
                opclasses=["", "", "text_pattern_ops"],
                name="records_searchrow_own_title",
            ),
        ),
        migrations.RunSQL(SEARCH + ALIKE + RIGHTS, BACKWARD),
    ]
