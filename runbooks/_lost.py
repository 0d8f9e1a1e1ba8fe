"""What a way back would lose: rows written since, told table by table, from the databases themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from _digest import digest, summed
from _outline import IN_CLASS, NAMED, OURS
from _postgres import Sql

TABLES = f"""
SELECT {NAMED} AS name,
       (SELECT jsonb_agg(quote_ident(a.attname) ORDER BY a.attnum) FROM pg_attribute a
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
       (SELECT jsonb_agg(quote_ident(a.attname) ORDER BY a.attnum) FROM pg_index x
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (x.indkey)
         WHERE x.indrelid = c.oid AND x.indisprimary) AS keys
  {IN_CLASS} WHERE c.relkind = 'r' AND {OURS} AND c.relname <> 'django_migrations'
"""  # noqa: S608  # no word of it comes from outside
MANY = 2_000_000
Tables = Mapping[str, Mapping[str, Any]]


def tables_of(sql: Sql) -> dict[str, Any]:
    """Give every table with its columns and its primary key."""
    return {row["name"]: {"columns": row["columns"] or [], "keys": row["keys"] or []} for row in sql.rows(TABLES)}


def columns_of(sql: Sql) -> dict[str, list[str]]:
    return {name: table["columns"] for name, table in tables_of(sql).items()}


# --8<-- [start:lost_by_reversing]
def lost_by_reversing(sql: Sql, before: Mapping[str, list[str]]) -> Iterator[str]:
    """Tell what stands in tables and columns that were not there before; they go, and what is in them."""
    for name, table in tables_of(sql).items():
        if name in before:
            yield from lost_columns(sql, name, [each for each in table["columns"] if each not in before[name]])
        elif rows := summed_up(sql, name, [])[0]:
            yield f"{name}: the whole table, {rows} rows"


# --8<-- [end:lost_by_reversing]


# --8<-- [start:lost_by_restoring]
def lost_by_restoring(then: Sql, now: Sql) -> Iterator[str]:
    """Tell which rows differ between a backup that is restored and the database in use, by their keys."""
    was, found = tables_of(then), tables_of(now)
    for name in sorted(found):
        if name not in was:
            if rows := summed_up(now, name, [])[0]:
                yield f"{name}: the whole table, {rows} rows"
            continue
        columns = [each for each in found[name]["columns"] if each in was[name]["columns"]]
        one, other = summed_up(then, name, columns), summed_up(now, name, columns)
        if one != other:
            few = max(one[0], other[0]) <= MANY and set(found[name]["keys"]) <= set(columns)
            keys = found[name]["keys"] if few else []
            yield f"{name}: {tell_rows(then, now, name, columns, keys)}"
        yield from lost_columns(now, name, [each for each in found[name]["columns"] if each not in columns])


def tell_rows(then: Sql, now: Sql, name: str, columns: list[str], keys: list[str]) -> str:
    """Tell rows that are new, changed and gone; without a key, or with too many of them, only how many there are."""
    if not keys:
        return f"{summed_up(now, name, [])[0]} rows, {summed_up(then, name, [])[0]} in the backup, with other content"
    was, found = (by_key(sql, name, columns, keys) for sql in (then, now))
    new, gone = len(found.keys() - was.keys()), len(was.keys() - found.keys())
    changed = sum(was[key] != found[key] for key in was.keys() & found.keys())
    counted = ((new, "new"), (changed, "changed"), (gone, "deleted"))
    return ", ".join(f"{number} {what}" for number, what in counted if number)


# --8<-- [end:lost_by_restoring]


def lost_columns(now: Sql, name: str, columns: list[str]) -> Iterator[str]:
    for column in columns:
        filled = int(now.foreign(f"SELECT count({column}) FROM ONLY {name}")[0])  # noqa: S608  # quoted by PostgreSQL
        yield from [f"{name}.{column}: the column, {filled} values"] if filled else []


def summed_up(sql: Sql, name: str, columns: list[str]) -> tuple[int, str]:
    """Give the number of rows, and a sum over what stands in some columns of them."""
    total = summed(f"ROW({', '.join(columns)})::text") if columns else "'0'"
    [line] = sql.foreign(f"SELECT jsonb_build_array(count(*), {total}) FROM ONLY {name}")  # noqa: S608
    rows, found = json.loads(line)
    return rows, found


def by_key(sql: Sql, name: str, columns: list[str], keys: list[str]) -> dict[str, str]:
    texts = ", ".join(f"{key}::text" for key in keys)
    rest = digest(f"ROW({', '.join(columns)})::text")
    lines = sql.foreign(f"SELECT jsonb_build_array(jsonb_build_array({texts})::text, {rest}) FROM ONLY {name}")  # noqa: S608
    return dict(json.loads(line) for line in lines)
