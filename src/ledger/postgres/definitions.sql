-- Every table, column, constraint, index, trigger, policy, view and function of a schema, with its
-- definition in words that do not depend on when or by whom it was made.
WITH relations AS (
    SELECT c.oid, c.relname, c.relkind, c.reloptions, c.relrowsecurity, c.relforcerowsecurity, c.relacl
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1
)
SELECT 'relation ' || relname,
       concat_ws(' ', relkind::text, reloptions::text, relrowsecurity, relforcerowsecurity,
                 (SELECT string_agg(concat_ws(' ', grantee::regrole::text, privilege_type), ', '
                                    ORDER BY grantee::regrole::text, privilege_type)
                  FROM aclexplode(relacl) WHERE grantee <> grantor))
FROM relations WHERE relkind IN ('r', 'p', 'v', 'm', 'S')
UNION ALL
SELECT 'column ' || relname || '.' || attname,
       concat_ws(' ', format_type(atttypid, atttypmod), attnotnull, attcollation::regcollation::text,
                 pg_get_expr(adbin, adrelid))
FROM relations
JOIN pg_attribute ON attrelid = oid AND attnum > 0 AND NOT attisdropped
LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE relkind IN ('r', 'p')
UNION ALL
SELECT 'constraint ' || relname || '.' || conname, pg_get_constraintdef(c.oid)
FROM relations r JOIN pg_constraint c ON c.conrelid = r.oid
UNION ALL
SELECT 'index ' || relname, pg_get_indexdef(oid) FROM relations WHERE relkind = 'i'
UNION ALL
SELECT 'trigger ' || relname || '.' || tgname, tgenabled::text || ' ' || pg_get_triggerdef(t.oid)
FROM relations r JOIN pg_trigger t ON t.tgrelid = r.oid WHERE NOT tgisinternal
UNION ALL
SELECT 'policy ' || relname || '.' || polname,
       concat_ws(' ', polcmd::text, polpermissive, polroles::regrole[]::text,
                 pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
FROM relations r JOIN pg_policy p ON p.polrelid = r.oid
UNION ALL
SELECT 'view ' || relname, pg_get_viewdef(oid) FROM relations WHERE relkind IN ('v', 'm')
UNION ALL
SELECT 'function ' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
       pg_get_functiondef(p.oid)
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = $1
ORDER BY 1
