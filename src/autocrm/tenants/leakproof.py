"""The functions behind the operators the product filters with, which set-up marks LEAKPROOF and `doctor` checks.

Under row-level security PostgreSQL evaluates a condition before the policy (and so uses an index for it) only when its
function is known not to give away its arguments. None of these reports an argument in an error. Without the marks
everything still works, many times slower on large tenants. No Django here: the installer reads this list as well.
"""

LEAKPROOF_FUNCTIONS = (
    "ts_match_vq(tsvector,tsquery)",
    "ts_match_qv(tsquery,tsvector)",
    "textlike(text,text)",
    "textnlike(text,text)",
    "texticlike(text,text)",
    "texticnlike(text,text)",
    "upper(text)",
    "lower(text)",
    "jsonb_contains(jsonb,jsonb)",
    "jsonb_contained(jsonb,jsonb)",
    "jsonb_exists(jsonb,text)",
    "jsonb_exists_any(jsonb,text[])",
    "jsonb_exists_all(jsonb,text[])",
    "jsonb_eq(jsonb,jsonb)",
    "numeric_eq(numeric,numeric)",
    "numeric_ne(numeric,numeric)",
    "numeric_lt(numeric,numeric)",
    "numeric_le(numeric,numeric)",
    "numeric_gt(numeric,numeric)",
    "numeric_ge(numeric,numeric)",
    "numeric_cmp(numeric,numeric)",
    "array_eq(anyarray,anyarray)",
    "arraycontains(anyarray,anyarray)",
    "arraycontained(anyarray,anyarray)",
    "arrayoverlap(anyarray,anyarray)",
    "similarity_op(text,text)",
    "word_similarity_op(text,text)",
    "word_similarity_commutator_op(text,text)",
    "strict_word_similarity_op(text,text)",
    "strict_word_similarity_commutator_op(text,text)",
)

# Those of the list that exist here and lack the mark; extensions may live in any schema of the search path.
UNMARKED_SQL = """
SELECT p.oid::regprocedure::text
  FROM unnest(%s::text[]) AS wanted(signature)
  JOIN pg_proc p ON p.oid = to_regprocedure(wanted.signature)
 WHERE NOT p.proleakproof
 ORDER BY 1
"""
