"""The half-made indexes that a concurrent build leaves when it fails or is killed: in the way of the next try."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any

from _address import Target
from _postgres import Sql, connect
from _step import Failed

# an index that is being built is not valid either: who builds one holds this lock on its table until the end
INVALID = """
SELECT x.indexrelid::regclass::text AS name, i.relname AS index, t.relname AS table,
       EXISTS (SELECT FROM pg_stat_progress_create_index b JOIN pg_locks l USING (pid)
                WHERE l.relation = x.indrelid AND l.locktype = 'relation' AND l.mode = 'ShareUpdateExclusiveLock'
                  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS is_built
  FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
 WHERE NOT x.indisvalid AND i.relpersistence <> 't' ORDER BY 1
"""
# these do not name the index, but its table
DROPS = re.compile(r"\s*DROP\b", re.IGNORECASE)  # it can be run again on what it has left
BY_TABLE = re.compile(r"\bREINDEX\b|\bCONCURRENTLY\s+ON\b", re.IGNORECASE)


def invalid(sql: Sql) -> list[str]:
    """Name the indexes that are not valid, those included that somebody is building."""
    return [row["name"] for row in sql.rows(INVALID)]


def names(statement: str, index: dict[str, Any]) -> bool:
    """Tell whether a statement is about an index: another's is nobody's to drop."""
    words = {re.sub(r"_cc(new|old)\d*$", "", index["index"])} | (
        {index["table"]} if BY_TABLE.search(statement) else set()
    )
    return any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", statement) for word in words)


# --8<-- [start:leftovers]
def leftovers(target: Target, statements: Sequence[str], kept: Collection[str]) -> list[str]:
    """Name the half-made indexes that these statements have left, and that nobody is building."""
    builds = [each for each in statements if not DROPS.match(each)]
    if not builds:
        return []
    with connect(target, "deploy") as sql:
        found = [row for row in sql.rows(INVALID) if row["name"] not in kept and not row["is_built"]]
    return [row["name"] for row in found if any(names(each, row) for each in builds)]


def drop(target: Target, index: str, lock_timeout: str) -> str:
    """Drop one, and tell why that does not go: everybody who uses the table is waited for, as in a build."""
    try:
        with connect(target, "deploy") as sql:
            sql.script("SELECT set_config('lock_timeout', :'limit', false);", limit=lock_timeout)
            sql.script(f"DROP INDEX CONCURRENTLY IF EXISTS {index};")
    except Failed as error:
        return f"{index} is left, and cannot be dropped yet: {error.fact}"
    return ""


# --8<-- [end:leftovers]
