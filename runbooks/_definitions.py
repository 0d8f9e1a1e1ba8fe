"""All that a database is made of but its rows, as PostgreSQL's own programs write it: no change of it goes unseen."""

from __future__ import annotations

import os
import re
from pathlib import Path

from _address import Target
from _digest import summed
from _postgres import Sql, private_files
from _step import Failed
from _tools import run_tool

# these tell of the program and of the moment, not of the database
PASSING = re.compile(r"^(\\(un)?restrict |-- Dumped (from|by) ).*\n", re.MULTILINE)
WITHOUT_ROWS = ("--schema-only", "--create")  # with it come locale, settings and grants of the database itself
# somebody who waits for a table that this run has locked would have pg_dump wait for him, and this run for pg_dump
PATIENCE = "--lock-wait-timeout=5s"
PIECE = 1 << 20
LARGE_OBJECTS = f"""
WITH RECURSIVE piece AS (
    SELECT m.oid, 0::bigint AS at, length(read), sha256(read)
      FROM pg_largeobject_metadata m, LATERAL (SELECT lo_get(m.oid, 0, {PIECE}) AS read OFFSET 0) first
    UNION ALL
    SELECT oid, at + {PIECE}, length(next.read), sha256(next.read)
      FROM piece, LATERAL (SELECT lo_get(oid, at + {PIECE}, {PIECE}) AS read OFFSET 0) next WHERE length = {PIECE}
)
SELECT {summed("concat_ws(' ', oid, at, encode(sha256, 'hex'), lomowner, granted)")} AS sum
  FROM piece JOIN pg_largeobject_metadata USING (oid), coalesce(lomacl, acldefault('L', lomowner)) AS granted
"""  # noqa: S608  # no word of it comes from outside


# --8<-- [start:definitions]
def are_defined_alike(target: Target, snapshot: str, backup: Path) -> bool:
    """Tell whether a database and a backup of it are made of the same things, defined and granted alike."""
    try:
        kept = run_tool(["pg_restore", *WITHOUT_ROWS, "--file=-", str(backup)], os.environ)
    except Failed:  # an older program than the one that wrote it
        return False
    with private_files(target) as environment:
        command = ["pg_dump", "-w", *WITHOUT_ROWS, PATIENCE, f"--snapshot={snapshot}"]
        return PASSING.sub("", run_tool(command, environment)) == PASSING.sub("", kept)


def large_objects(sql: Sql) -> str:
    """Give a sum over what the large objects hold, read in pieces."""
    found: str = sql.value(LARGE_OBJECTS)
    return found


# --8<-- [end:definitions]
