-- The catalogue guard: every row is a hole between tenants. One SELECT a rule; parameters: role, policy, allowed.
WITH owned AS (
    SELECT a.attrelid AS oid FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE a.attname = 'tenant_id' AND NOT a.attisdropped AND c.relkind IN ('r', 'p')
    AND c.relnamespace = 'public'::regnamespace
)
SELECT 'no row-level security' AS rule, c.relname::text AS name
FROM pg_class c
WHERE relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.oid = ANY (SELECT oid FROM owned)
AND NOT (c.relrowsecurity AND c.relforcerowsecurity)

UNION ALL
SELECT 'tenant may be NULL' AS rule, c.relname::text AS name
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
WHERE c.relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND NOT a.attnotnull

UNION ALL
SELECT 'policy is not the canonical one' AS rule, p.tablename::text AS name
FROM pg_policies p JOIN pg_class c ON c.relname = p.tablename AND c.relnamespace = 'public'::regnamespace
WHERE p.schemaname = 'public' AND c.oid = ANY (SELECT oid FROM owned)
AND (p.qual IS DISTINCT FROM %(policy)s OR p.cmd <> 'ALL' OR p.permissive <> 'PERMISSIVE'
     OR p.roles <> '{public}')

UNION ALL
SELECT 'row-level security without a policy' AS rule, c.relname::text AS name
FROM pg_class c
WHERE relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.oid = ANY (SELECT oid FROM owned)
AND NOT EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid)

UNION ALL
SELECT 'foreign key without the tenant' AS rule, k.conname::text AS name
FROM pg_constraint k
WHERE k.contype = 'f'
AND EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = k.confrelid AND a.attname = 'tenant_id')
AND EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = k.conrelid AND a.attname = 'tenant_id')
AND NOT EXISTS (
    SELECT 1 FROM unnest(k.conkey, k.confkey) u(l, r)
    JOIN pg_attribute la ON la.attrelid = k.conrelid AND la.attnum = u.l
    JOIN pg_attribute ra ON ra.attrelid = k.confrelid AND ra.attnum = u.r
    WHERE la.attname = 'tenant_id' AND ra.attname = 'tenant_id')

UNION ALL
SELECT 'unique index without the tenant' AS rule, i.indexrelid::regclass::text AS name
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
WHERE i.indisunique AND c.relnamespace = 'public'::regnamespace AND c.oid = ANY (SELECT oid FROM owned) AND NOT EXISTS (
    SELECT 1 FROM unnest(i.indkey::int[]) k JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k
    WHERE a.attname = 'tenant_id')

UNION ALL
SELECT 'index does not begin with the tenant' AS rule, i.indexrelid::regclass::text AS name
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_class ic ON ic.oid = i.indexrelid JOIN pg_am am ON am.oid = ic.relam
WHERE c.relnamespace = 'public'::regnamespace AND c.oid = ANY (SELECT oid FROM owned) AND am.amname <> 'brin'
-- Indexes named .._relay are for the platform role, which looks across tenants by time or transaction.
AND right(COALESCE((SELECT pc.relname FROM pg_inherits h JOIN pg_class pc ON pc.oid = h.inhparent
                    WHERE h.inhrelid = i.indexrelid), ic.relname)::text, 6) <> '_relay'
AND NOT EXISTS (
    SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = i.indkey[0] AND a.attname = 'tenant_id')

UNION ALL
SELECT 'view does not run as its caller' AS rule, relname::text AS name
FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'v' AND has_table_privilege(%(role)s, oid, 'SELECT')
AND NOT coalesce(reloptions::text[] @> ARRAY['security_invoker=true'], false)

UNION ALL
SELECT 'materialised view is readable' AS rule, relname::text AS name
FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'm' AND has_table_privilege(%(role)s, oid, 'SELECT')

UNION ALL
SELECT 'right that steps round row-level security' AS rule, p || ' on ' || relname::text AS name
FROM pg_class, unnest(ARRAY['TRUNCATE', 'REFERENCES', 'TRIGGER']) p
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND has_table_privilege(%(role)s, oid, p)

UNION ALL
SELECT 'role attribute' AS rule, rolname::text AS name
FROM pg_roles
WHERE rolname = %(role)s
AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb)

UNION ALL
SELECT 'role owns a table' AS rule, relname::text AS name
FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND pg_get_userbyid(relowner) = %(role)s

UNION ALL
SELECT 'role is a member of one that bypasses' AS rule, r.rolname::text AS name
FROM pg_roles r
WHERE (rolbypassrls OR rolsuper)
AND pg_has_role(%(role)s, r.oid, 'MEMBER') AND r.rolname <> %(role)s

UNION ALL
SELECT 'SECURITY DEFINER function not on the list' AS rule, p.oid::regprocedure::text AS name
FROM pg_proc p
WHERE prosecdef AND pronamespace = 'public'::regnamespace
AND has_function_privilege(%(role)s, p.oid, 'EXECUTE') AND p.proname <> ALL (%(allowed)s)
