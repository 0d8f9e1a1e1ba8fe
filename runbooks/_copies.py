"""Empty copies of tables, on which SQL can be tried: temporary, in a transaction that is rolled back.

The tables themselves are only read, so nobody waits and nothing changes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from _names import NAME
from _postgres import Sql

Key = tuple[str, str, str]
Shape = dict[Key, str]

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
SELECT c.relname, 'index', i.relname,
       regexp_replace(pg_get_indexdef(x.indexrelid), ' INDEX .* ON .* USING', ' INDEX USING')
  FROM pg_class c JOIN pg_index x ON x.indrelid = c.oid JOIN pg_class i ON i.oid = x.indexrelid
 WHERE c.relnamespace = pg_my_temp_schema()
   AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.indexrelid)
"""

COPY = """
WITH named AS (
    SELECT c.oid, c.relname, n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p')
       AND c.oid IN (SELECT to_regclass(name) FROM jsonb_array_elements_text(:'names'::jsonb) AS name)
)
SELECT 1 AS turn, oid, '' AS name,
       format('CREATE TEMP TABLE %I (LIKE %s INCLUDING ALL EXCLUDING INDEXES EXCLUDING CONSTRAINTS)',
              relname, oid::regclass) AS statement
  FROM named
UNION ALL
SELECT CASE k.contype WHEN 'f' THEN 3 ELSE 2 END, t.oid, k.conname,
       format('ALTER TABLE pg_temp.%I ADD CONSTRAINT %I %s', t.relname, k.conname, pg_get_constraintdef(k.oid))
  FROM named t JOIN pg_constraint k ON k.conrelid = t.oid
 WHERE k.contype IN ('c', 'p', 'u', 'x') OR k.contype = 'f' AND k.confrelid IN (SELECT oid FROM named)
UNION ALL
SELECT 2, t.oid, x.indexrelid::text,
       replace(pg_get_indexdef(x.indexrelid), format(' ON %I.%I ', t.nspname, t.relname),
               format(' ON pg_temp.%I ', t.relname))
  FROM named t JOIN pg_index x ON x.indrelid = t.oid
 WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x'))
ORDER BY turn, oid, name
"""


@contextmanager
def copies(sql: Sql, operations: Sequence[dict[str, Any]]) -> Iterator[None]:
    """Hold empty copies of every table the operations name, under their own names."""
    named = {name for each in operations for text in each["sql"] for name in re.findall(NAME, text)}
    sql.script("BEGIN;")
    try:
        sql.script(TRY)
        statements = [row["statement"] for row in sql.rows(COPY, names=json.dumps(sorted(named)))]
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
