"""A copy of the target database with its rows, on which pending migrations can be rehearsed."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import _manifest
from _address import Target
from _case import Case
from _catalogue import Schema, schema
from _definitions import PATIENCE as LOCK_PATIENCE
from _outline import IN_CLASS, NAMED, OURS
from _postgres import Sql, connect, private_files
from _restoring import analyze, fill
from _scratch import Room
from _step import CouldNotTell, Failed, Refused
from _tools import run_tool

LIMIT = 1 << 30
PATIENCE = 20
INSTEAD = "name a backup with --copy-of FILE; backup_database makes one"
TABLES = f"""
SELECT c.relname AS name, c.reltuples::bigint AS rows, {NAMED} AS full,
       has_table_privilege(c.oid, 'SELECT') AS readable
  {IN_CLASS} WHERE c.relkind IN ('r', 'p') AND {OURS}
"""  # no word of it comes from outside
SOURCE = """
SELECT pg_database_size(datname) AS size, pg_size_pretty(pg_database_size(datname)) AS pretty,
       pg_has_role(datdba, 'USAGE') AS ours,
       (SELECT count(*) FROM pg_stat_activity a WHERE a.datname = d.datname AND pid <> pg_backend_pid()
           AND backend_type = 'client backend') AS others
  FROM pg_database d WHERE datname = :'name'
"""


# --8<-- [start:copy_with_rows]
@contextmanager
def copy_with_rows(case: Case, room: Room) -> Iterator[tuple[Target, str]]:
    """Hold a copy, and how it was made: from the backup that is named, or by PostgreSQL itself."""
    if case.options.copy_of:
        with restored(room, Path(case.options.copy_of)) as found:
            yield found
        return
    name = case.target.value("dbname")
    part(case)
    refuse_large(name, room)
    with room.copied(name) as target:
        analyze(target, "rehearsal")
        yield target, f"a copy of {name}"


# --8<-- [end:copy_with_rows]


def part(case: Case) -> None:
    """Let the project leave the database: PostgreSQL copies none in which somebody is connected."""
    if case.project is not None:
        case.project.teach("_inside_aim.py")
        case.project.ask("part")


def refuse_large(name: str, room: Room) -> None:
    """Stop where copying would need others to leave, or would take long."""
    for _ in range(PATIENCE):
        [source] = room.server.rows(SOURCE, name=name)
        if not source["others"]:
            break
        time.sleep(0.1)  # a session that has just been ended, our own too, is still there for a moment
    if source["size"] > LIMIT:
        raise CouldNotTell(f"{name} has {source['pretty']}, too much to copy without being asked", INSTEAD)
    if source["others"]:
        raise CouldNotTell(f"{name} cannot be copied while others are connected: {source['others']}", INSTEAD)
    if not source["ours"]:
        raise CouldNotTell(f"{name} belongs to another role, so it may not be copied", INSTEAD)


@contextmanager
def restored(room: Room, dump: Path) -> Iterator[tuple[Target, str]]:
    """Hold what a backup restores to, once it is equal to its manifest."""
    try:
        manifest = _manifest.read_manifest(dump)
    except Refused as error:
        raise CouldNotTell(error.fact, error.hint) from None
    with room.empty(manifest["locale"]) as target:
        try:
            fill(dump, target, no_owner=True)
        except Failed as error:
            raise CouldNotTell(f"{dump} cannot be restored: {error.fact}", "take an older backup") from None
        with connect(target, "rehearsal") as sql:
            if says := _manifest.differences(manifest, _manifest.describe(sql), owners=False):
                raise CouldNotTell(f"what {dump} restores to is not what was backed up: {'; '.join(says)}")
        analyze(target, "rehearsal")
        yield target, f"{dump}, restored and equal to its manifest"


def settled(room: Room, target: Target) -> Schema:
    """Give a schema as it is once dumped and restored: PostgreSQL then writes some expressions in another way."""
    with tempfile.TemporaryDirectory() as folder:
        dump = Path(folder, "schema.dump")
        flags = ["-w", "--no-owner", "--no-acl", "-Fc", "--schema-only"]
        with private_files(target) as environment:
            run_tool(["pg_dump", *flags, LOCK_PATIENCE, "-d", "service=proofbook", "-f", str(dump)], environment)
        return schema_of(room, dump)


def schema_of(room: Room, dump: Path, locale: Mapping[str, Any] | None = None) -> Schema:
    """Give the schema that a dump restores to."""
    with room.empty(locale) as other:
        with private_files(other) as environment:
            flags = ["-w", "--no-owner", "--no-acl", "--exit-on-error", "--schema-only"]
            run_tool(["pg_restore", *flags, "-d", "service=proofbook", str(dump)], environment)
        with connect(other, "rehearsal") as sql:
            return schema(sql)


def rows_by_table(target: Target) -> dict[str, int]:
    """Tell how many rows each table has, as well as PostgreSQL knows; where it does not, count up to a thousand.

    A table that may not be read counts as one with rows; of several with one name the largest does.
    """
    found: dict[str, int] = {}
    with connect(target, "rehearsal") as sql:
        for row in sql.rows(TABLES):
            found[row["name"]] = max(found.get(row["name"], 0), counted(sql, row))
    return found


def counted(sql: Sql, table: dict[str, Any]) -> int:
    if table["rows"] > 0 or not table["readable"]:
        return max(int(table["rows"]), 1)
    [line] = sql.foreign(f"SELECT count(*) FROM (SELECT FROM {table['full']} LIMIT 1000) counted")  # noqa: S608
    return int(line)
