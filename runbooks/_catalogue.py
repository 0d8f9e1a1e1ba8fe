"""The schema of a database as its catalogue has it, so that two can be compared; the order of columns plays no part."""

from __future__ import annotations

from _postgres import Sql

Schema = dict[tuple[str, str], str]
OURS = """n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = c.oid AND classid = c.tableoid AND deptype = 'e')"""
IN = "JOIN pg_namespace n ON n.oid = c.relnamespace"
SERIAL, IDENTITY = "numbers itself by a sequence", "numbers itself by identity"
SCHEMA = f"""
SELECT 'table' AS kind, c.oid::regclass::text AS name, concat_ws(', ', c.relkind::text,
       CASE WHEN c.relrowsecurity THEN 'row security' END,
       CASE WHEN c.relforcerowsecurity THEN 'also for its owner' END) AS definition
  FROM pg_class c {IN} WHERE c.relkind IN ('r', 'p') AND {OURS}
UNION ALL
SELECT 'view', c.oid::regclass::text, pg_get_viewdef(c.oid) FROM pg_class c {IN}
 WHERE c.relkind IN ('v', 'm') AND {OURS}
UNION ALL
SELECT 'sequence', c.oid::regclass::text, '' FROM pg_class c {IN}
 WHERE c.relkind = 'S' AND {OURS}
   AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = c.oid AND refobjsubid > 0 AND deptype IN ('a', 'i'))
UNION ALL
SELECT 'column', c.oid::regclass || '.' || quote_ident(a.attname), concat_ws(' ',
       format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'NOT NULL' ELSE 'NULL' END,
       CASE WHEN a.attidentity <> '' THEN '{IDENTITY}'
            WHEN EXISTS (SELECT FROM pg_depend o JOIN pg_class s ON s.oid = o.objid AND s.relkind = 'S'
                          WHERE o.refobjid = c.oid AND o.refobjsubid = a.attnum AND o.deptype = 'a')
                 AND pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%' THEN '{SERIAL}'
            WHEN a.attgenerated <> '' THEN 'GENERATED ' || pg_get_expr(d.adbin, d.adrelid)
            ELSE 'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid) END,
       'COLLATE ' || nullif(l.collname, 'default'))
  FROM pg_class c {IN} JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
  LEFT JOIN pg_collation l ON l.oid = a.attcollation
 WHERE c.relkind IN ('r', 'p') AND {OURS}
UNION ALL
SELECT 'constraint', quote_ident(k.conname) || ' of ' || c.oid::regclass, pg_get_constraintdef(k.oid)
  FROM pg_class c {IN} JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype IN ('c', 'f', 'p', 'u', 'x')
 WHERE {OURS}
UNION ALL
SELECT 'index', x.indexrelid::regclass || ' of ' || c.oid::regclass,
       pg_get_indexdef(x.indexrelid) || CASE WHEN x.indisvalid THEN '' ELSE ' (invalid)' END
  FROM pg_class c {IN} JOIN pg_index x ON x.indrelid = c.oid
 WHERE c.relkind IN ('r', 'p', 'm') AND {OURS}
   AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = x.indexrelid AND contype IN ('p', 'u', 'x'))
UNION ALL
SELECT 'trigger', quote_ident(t.tgname) || ' of ' || c.oid::regclass, pg_get_triggerdef(t.oid)
  FROM pg_class c {IN} JOIN pg_trigger t ON t.tgrelid = c.oid AND NOT t.tgisinternal WHERE {OURS}
UNION ALL
SELECT 'policy', quote_ident(p.polname) || ' of ' || c.oid::regclass, concat_ws(' ', p.polcmd::text,
       CASE WHEN NOT p.polpermissive THEN 'restrictive' END, nullif(p.polroles::regrole[]::text, '{{-}}'),
       pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
  FROM pg_class c {IN} JOIN pg_policy p ON p.polrelid = c.oid WHERE {OURS}
UNION ALL
SELECT 'function', c.oid::regprocedure::text, pg_get_functiondef(c.oid)
  FROM pg_proc c JOIN pg_namespace n ON n.oid = c.pronamespace WHERE c.prokind IN ('f', 'p') AND {OURS}
UNION ALL
SELECT 'type', format_type(c.oid, NULL), concat_ws(' ', format_type(nullif(c.typbasetype, 0), c.typtypmod),
       (SELECT string_agg(enumlabel, ', ' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = c.oid),
       CASE WHEN c.typnotnull THEN 'NOT NULL' END, 'DEFAULT ' || c.typdefault,
       (SELECT string_agg(pg_get_constraintdef(oid), ' ' ORDER BY conname) FROM pg_constraint
         WHERE contypid = c.oid AND contype = 'c'))
  FROM pg_type c JOIN pg_namespace n ON n.oid = c.typnamespace WHERE c.typtype IN ('e', 'd') AND {OURS}
UNION ALL
SELECT 'extension', extname, '' FROM pg_extension
"""  # noqa: S608  # no word of it comes from outside


def schema(sql: Sql) -> Schema:
    """Give everything a schema holds, by kind and name, with its definition."""
    return {(row["kind"], row["name"]): row["definition"] for row in sql.rows(SCHEMA)}


def unvalidated(found: Schema) -> Schema:
    """Leave out whether constraints are validated: the way back from VALIDATE CONSTRAINT is to do nothing."""
    return {key: definition.removesuffix(" NOT VALID") for key, definition in found.items()}


# --8<-- [start:compared]
def compared(one: Schema, other: Schema, names: tuple[str, str]) -> list[tuple[str, str]]:
    """Name what is not the same in two schemas, each with a severity; what follows from a missing table is left out."""
    said = []
    missing = {name for (kind, name) in one.keys() ^ other.keys() if kind == "table"}
    for kind, name in sorted(one.keys() | other.keys()):
        first, second = one.get((kind, name)), other.get((kind, name))
        follows = kind != "table" and belongs_to(kind, name) in missing
        if first == second or follows:
            continue
        if first is None or second is None:
            said.append(("error", f"{kind} {name} is only in {names[first is None]}"))
            continue
        alike = first.replace(SERIAL, IDENTITY) == second.replace(SERIAL, IDENTITY)
        facts = f"{first or 'plain'} in {names[0]}, {second or 'plain'} in {names[1]}"
        said.append(("warning" if alike else "error", f"{kind} {name}: {facts}"))
    return said


# --8<-- [end:compared]


def belongs_to(kind: str, name: str) -> str:
    """Name the table that a part of a schema belongs to."""
    return name.rpartition(".")[0] if kind == "column" else name.rpartition(" of ")[2]
