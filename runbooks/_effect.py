"""Tells whether what a migration does is already in the database, by trying it on empty copies.

The copies are temporary tables in a transaction that is always rolled back; the tables themselves are
only read, so nobody waits and nothing changes.
"""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from _postgres import Sql

NAME = r'(?:"(?:[^"]|"")+"|[A-Za-z_]\w*)'
MAKES = {
    "table": re.compile(rf"CREATE TABLE (?:IF NOT EXISTS )?({NAME})", re.IGNORECASE),
    "column": re.compile(
        rf"ALTER TABLE ({NAME}) ADD (?:COLUMN )?(?!CONSTRAINT)(?:IF NOT EXISTS )?({NAME})", re.IGNORECASE
    ),
    "index": re.compile(rf"CREATE (?:UNIQUE )?INDEX (?:CONCURRENTLY )?(?:IF NOT EXISTS )?({NAME}) ON", re.IGNORECASE),
    "constraint": re.compile(rf"ALTER TABLE ({NAME}) ADD CONSTRAINT ({NAME})", re.IGNORECASE),
}
RENAMES = re.compile(rf"\bRENAME (?:COLUMN {NAME} )?TO ({NAME})", re.IGNORECASE)
THERE = ("42701", "42P07", "42710")
GONE = ("42703", "42P01", "42704")
CHANGES_ROWS = re.compile(r"\s*(UPDATE|INSERT|DELETE|SELECT|DO|CALL|COPY|TRUNCATE|WITH)\b", re.IGNORECASE)

TRY = """CREATE FUNCTION pg_temp.attempt(statements jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE statement text;
BEGIN
  FOR statement IN SELECT jsonb_array_elements_text(statements) LOOP EXECUTE statement; END LOOP;
  RETURN '';
EXCEPTION WHEN others THEN RETURN sqlstate || ' ' || sqlerrm;
END $$;"""

SHAPE = """
SELECT c.relname AS "table", 'column' AS kind, a.attname AS name, concat_ws(' ',
    format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'NOT NULL' ELSE 'NULL' END,
    'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), nullif(a.attidentity::text, ''),
    nullif(a.attgenerated::text, ''), 'COLLATE ' || nullif(l.collname, 'default')) AS definition
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
  LEFT JOIN pg_collation l ON l.oid = a.attcollation
 WHERE c.relnamespace = pg_my_temp_schema() AND c.relkind IN ('r', 'p')
UNION ALL
SELECT c.relname, 'constraint', k.conname, pg_get_constraintdef(k.oid)
  FROM pg_class c JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype <> 'n'
 WHERE c.relnamespace = pg_my_temp_schema()
UNION ALL
SELECT c.relname, 'index', i.relname, regexp_replace(pg_get_indexdef(x.indexrelid), ' INDEX .* ON .* USING', ' INDEX USING')
  FROM pg_class c JOIN pg_index x ON x.indrelid = c.oid JOIN pg_class i ON i.oid = x.indexrelid
 WHERE c.relnamespace = pg_my_temp_schema() AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.indexrelid)
"""

COPY = """
SELECT format('CREATE TEMP TABLE %I (LIKE %s INCLUDING ALL EXCLUDING INDEXES)', c.relname, c.oid::regclass), 1 AS turn, c.oid, ''
  FROM pg_class c WHERE c.oid = ANY (SELECT to_regclass(n) FROM jsonb_array_elements_text(:'names'::jsonb) n) AND c.relkind IN ('r', 'p')
UNION ALL
SELECT format('ALTER TABLE pg_temp.%I ADD CONSTRAINT %I %s', c.relname, k.conname, pg_get_constraintdef(k.oid)),
       CASE k.contype WHEN 'f' THEN 3 ELSE 2 END, c.oid, k.conname
  FROM pg_class c JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype IN ('p', 'u', 'x', 'f')
 WHERE c.oid = ANY (SELECT to_regclass(n) FROM jsonb_array_elements_text(:'names'::jsonb) n)
   AND (k.contype <> 'f' OR k.confrelid = ANY (SELECT to_regclass(n) FROM jsonb_array_elements_text(:'names'::jsonb) n))
UNION ALL
SELECT replace(pg_get_indexdef(x.indexrelid), format(' ON %I.%I ', s.nspname, c.relname), format(' ON pg_temp.%I ', c.relname)),
       2, c.oid, x.indexrelid::text
  FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace JOIN pg_index x ON x.indrelid = c.oid
 WHERE c.oid = ANY (SELECT to_regclass(n) FROM jsonb_array_elements_text(:'names'::jsonb) n)
   AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x'))
ORDER BY turn, 3, 4
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an operation's effect is there: present, absent, differs, none, traceless or unknown."""

    says: str
    state: str
    reason: str = ""


Key = tuple[str, str, str]
Shape = dict[Key, str]


@contextmanager
def copies(sql: Sql, operations: Sequence[dict[str, Any]]) -> Iterator[None]:
    """Hold empty copies of every table the operations name, under their own names."""
    named = {name for each in operations for text in each["sql"] for name in re.findall(NAME, text)}
    sql.script("BEGIN;")
    try:
        sql.script(TRY)
        statements = sql.script(
            f"SELECT statement FROM ({COPY}) AS t (statement, turn);", names=json.dumps(sorted(named))
        )
        sql.script("SELECT set_config('search_path', 'pg_temp, ' || current_setting('search_path'), true);")
        for statement in statements:
            sql.foreign(statement)
        yield
    finally:
        if sql.psql.poll() is None:
            sql.script("ROLLBACK;")


def shape(sql: Sql) -> Shape:
    """Tell what the copies look like now."""
    return {
        (row["table"], row["kind"], row["name"]): row["definition"].replace("pg_temp.", "") for row in sql.rows(SHAPE)
    }


def attempt(sql: Sql, statements: Sequence[str]) -> str:
    """Run statements on the copies, all or none of them; give the error, if there was one."""
    plain = [re.sub(r"\b(INDEX) CONCURRENTLY\b", r"\1", statement, flags=re.IGNORECASE) for statement in statements]
    return sql.script("SELECT pg_temp.attempt(:'statements'::jsonb);", statements=json.dumps(plain))[0]


# --8<-- [start:judge]
def judge(sql: Sql, migrations: Mapping[str, Sequence[Any]], *, strict: bool) -> dict[str, list[Verdict]]:
    """Tell for each operation of each migration whether its effect is in the database.

    What is absent is made on the copies, as later operations may stand on it. Strict also minds what the
    migration would not make; the opposite is right when later migrations have been applied.
    """
    with copies(sql, [each for operations in migrations.values() for each in operations]):
        return {
            name: [judge_one(sql, each, strict=strict) for each in operations]
            for name, operations in migrations.items()
        }


def judge_one(sql: Sql, operation: Mapping[str, Any], *, strict: bool) -> Verdict:
    says, statements = operation["says"], operation["sql"]
    if operation["code"]:
        return Verdict(says, "traceless", "it runs Python code, which leaves no trace in the schema")
    if operation["error"]:
        return Verdict(says, "unknown", operation["error"])
    if not statements:
        return Verdict(says, "none")
    if any(CHANGES_ROWS.match(statement) for statement in statements):
        return Verdict(says, "traceless", "it changes rows, which leaves no trace in the schema")
    before = shape(sql)
    error = attempt(sql, statements)
    if not error:
        return Verdict(says, "absent" if shape(sql) != before else "present")
    if error.startswith(THERE):
        return compare_with_fresh(sql, says, statements, before, strict=strict)
    if error.startswith(GONE) and is_gone(statements, before):
        return Verdict(says, "present")
    return Verdict(says, "unknown", error[6:])


# --8<-- [end:judge]


# --8<-- [start:compare_with_fresh]
def compare_with_fresh(sql: Sql, says: str, statements: Sequence[str], before: Shape, *, strict: bool) -> Verdict:
    """Take away what the statements would make, let them make it, and compare the two."""
    error = attempt(sql, [*taking_away(statements, before), *statements])
    if error:
        return Verdict(says, "unknown", error[6:])
    fresh = shape(sql)
    differences = [
        f"{key[0]}.{key[2]} should be {fresh[key]}, it is {before.get(key, 'not there')}"
        for key in sorted(fresh)
        if not is_matched(key, fresh, before)
    ]
    if strict:
        differences += [
            f"{key[0]}.{key[2]} is {before[key]}, which the migration does not make"
            for key in sorted(before)
            if key not in fresh and not is_matched(key, before, fresh)
        ]
    return Verdict(says, "differs", "; ".join(differences)) if differences else Verdict(says, "present")


# --8<-- [end:compare_with_fresh]


def is_matched(key: Key, one: Shape, other: Shape) -> bool:
    """Django finds unnamed constraints and indexes by what they do, so their names may differ."""
    if key[1] == "column":
        return other.get(key) == one[key]
    return any(found[:2] == key[:2] and other[found] == one[key] for found in other)


def bare(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name.lower()


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def made(kind: str, statements: Sequence[str]) -> set[str]:
    """Name what statements make: a table or index by name, a column or constraint as table.name."""
    found = [match.groups() for each in statements for match in MAKES[kind].finditer(each)]
    return {".".join(bare(name) for name in names) for names in found}


def taking_away(statements: Sequence[str], before: Shape) -> list[str]:
    """Write the statements that undo what these make, as far as it is there."""
    tables, columns = made("table", statements), made("column", statements)
    lost = tables | {name.partition(".")[0] for name in columns}
    away = [f"DROP TABLE pg_temp.{quoted(name)} CASCADE" for name in tables & {key[0] for key in before}]
    for table, kind, name in before:
        place = f"ALTER TABLE pg_temp.{quoted(table)} DROP {kind} {quoted(name)} CASCADE"
        if (
            (kind == "column"
            and f"{table}.{name}" in columns)
            or (kind == "constraint"
            and f"{table}.{name}" in made(kind, statements)
            and table not in lost)
        ):
            away.append(place)
        elif kind == "index" and name in made(kind, statements) and table not in lost:
            away.append(f"DROP INDEX pg_temp.{quoted(name)}")
    return away


def is_gone(statements: Sequence[str], before: Shape) -> bool:
    """Removing what is gone, or renaming what has its new name, is done already."""
    renames = [match[1] for each in statements for match in RENAMES.finditer(each)]
    if renames:
        return all(any(bare(name) in (key[0], key[2]) for key in before) for name in renames)
    return all(re.search(r"\bDROP\b", each, re.IGNORECASE) for each in statements)
