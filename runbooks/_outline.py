"""What a database is made of, without its rows: told as lines, so that two databases can be compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from _postgres import Sql

SHOWN = 5
NAMES = "n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'"
OURS = f"""{NAMES} AND c.relpersistence <> 't'
   AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = c.oid AND classid = 'pg_class'::regclass AND deptype = 'e')"""
IN_CLASS = "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
NAMED = "format('%I.%I', n.nspname, c.relname)"
NOT_OF_AN_EXTENSION = """NOT EXISTS (
    SELECT FROM pg_depend e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e')"""
# an index that is not valid is left out: pg_dump does not write it
ITEMS = f"""
SELECT 'relation' AS kind, concat_ws(' ', {NAMED}, c.relkind, CASE WHEN c.relrowsecurity THEN 'with row security' END,
       CASE WHEN c.relforcerowsecurity THEN 'forced' END) AS item
  {IN_CLASS} WHERE c.relkind NOT IN ('t', 'i', 'I') AND {OURS}
UNION ALL
SELECT 'index', concat_ws(' ', {NAMED}, 'on', quote_ident(r.relname), CASE WHEN x.indisunique THEN 'unique' END)
  {IN_CLASS} JOIN pg_index x ON x.indexrelid = c.oid JOIN pg_class r ON r.oid = x.indrelid
 WHERE x.indisvalid AND {OURS}
UNION ALL
SELECT 'column', concat_ws(' ', {NAMED} || format('.%I', a.attname), format_type(a.atttypid, a.atttypmod),
       CASE WHEN a.attnotnull THEN 'NOT NULL' END, CASE WHEN a.atthasdef THEN 'with default' END)
  {IN_CLASS} JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {OURS}
UNION ALL
SELECT 'constraint', concat_ws(' ', {NAMED} || format('.%I', k.conname),
       CASE k.contype WHEN 'c' THEN 'check' WHEN 'f' THEN 'foreign key' WHEN 'p' THEN 'primary key'
       WHEN 'u' THEN 'unique' WHEN 'x' THEN 'exclusion' ELSE k.contype::text END,
       CASE WHEN NOT k.convalidated THEN 'not valid' END)
  {IN_CLASS} JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype <> 'n' WHERE {OURS}
UNION ALL
SELECT 'trigger', {NAMED} || format('.%I', t.tgname) || CASE t.tgenabled WHEN 'D' THEN ' disabled' ELSE '' END
  {IN_CLASS} JOIN pg_trigger t ON t.tgrelid = c.oid AND NOT t.tgisinternal WHERE {OURS}
UNION ALL
SELECT 'policy', {NAMED} || format('.%I', y.polname) {IN_CLASS} JOIN pg_policy y ON y.polrelid = c.oid WHERE {OURS}
UNION ALL
SELECT 'function', format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE {NAMES} AND {NOT_OF_AN_EXTENSION}
UNION ALL
SELECT 'owner', {NAMED} || ' belongs to ' || pg_get_userbyid(c.relowner)
  {IN_CLASS} WHERE c.relkind NOT IN ('t', 'i', 'I') AND {OURS}
UNION ALL
SELECT 'owner', format('schema %I belongs to %s', n.nspname, pg_get_userbyid(n.nspowner))
  FROM pg_namespace n WHERE {NAMES}
UNION ALL
SELECT 'owner', format('function %I.%I(%s) belongs to %s', n.nspname, p.proname,
       pg_get_function_identity_arguments(p.oid), pg_get_userbyid(p.proowner))
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE {NAMES} AND {NOT_OF_AN_EXTENSION}
UNION ALL
SELECT 'extension', extname::text FROM pg_extension
"""  # noqa: S608  # no word of it comes from outside
INVALID = f"SELECT {NAMED} AS name {IN_CLASS} JOIN pg_index x ON x.indexrelid = c.oid WHERE NOT x.indisvalid AND {OURS}"
HISTORIES = f"SELECT {NAMED} AS name {IN_CLASS} WHERE c.relname = 'django_migrations' AND c.relkind = 'r' AND {OURS}"


# --8<-- [start:outline]
def outline(sql: Sql) -> dict[str, Any]:
    """Tell the schema by kind, a line for each thing; no order plays a part."""
    found = defaultdict(list)
    for row in sql.rows(ITEMS):
        found[row["kind"]].append(row["item"])
    return {
        "schema": {kind: sorted(items) for kind, items in sorted(found.items())},
        "invalid_indexes": sorted(row["name"] for row in sql.rows(INVALID)),
        "migrations": {row["name"]: history(sql, row["name"]) for row in sql.rows(HISTORIES)},
        "large_objects": sql.value("SELECT count(*) FROM pg_largeobject_metadata"),
    }


# --8<-- [end:outline]


def history(sql: Sql, table: str) -> list[str]:
    """Name what is recorded as applied, in the order in which it was."""
    return sql.foreign(f"SELECT app || '.' || name FROM {table} ORDER BY id")  # noqa: S608  # quoted by PostgreSQL


def kinds(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """Name the kinds of things that one of the two has."""
    return sorted(wanted["schema"].keys() | found["schema"].keys())


# --8<-- [start:differing]
def differing(kind: str, wanted: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """Name the things of one kind that only one of the two has, a line each."""
    one, other = (set(each["schema"].get(kind, ())) for each in (wanted, found))
    says = [f"{kind} {item} is only in the backup" for item in sorted(one - other)]
    says += [f"{kind} {item} is only in the database" for item in sorted(other - one)]
    return says[:SHOWN] + ([f"and {len(says) - SHOWN} more of kind {kind}"] if says[SHOWN:] else [])


# --8<-- [end:differing]
