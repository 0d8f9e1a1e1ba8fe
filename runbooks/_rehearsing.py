"""A copy of the target database with its rows, on which pending migrations can be rehearsed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import _manifest
from _address import Target
from _case import Case
from _postgres import connect, private_files, run_tool
from _scratch import Room
from _step import CouldNotTell, Failed, Refused
from _target import connect_for

LIMIT = 1 << 30
INSTEAD = "name a backup with --copy-of FILE; backup_database makes one"
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
    part(case)
    try:
        refuse_large(case, room)
        with room.copied(case.target.value("dbname")) as target:
            rejoin(case)
            analyze(target)
            yield target, f"a copy of {case.target.value('dbname')}"
    finally:
        rejoin(case)


# --8<-- [end:copy_with_rows]


def part(case: Case) -> None:
    """Leave the database: PostgreSQL copies none in which somebody is connected."""
    if case.project is not None:
        case.project.teach("_inside_rehearsal.py")
        case.project.ask("part")
    case.sql.close()


def rejoin(case: Case) -> None:
    """Come back to the database, if it was left."""
    if case.sql.psql.poll() is not None:
        case.sql = connect_for(case, case.target)


def refuse_large(case: Case, room: Room) -> None:
    """Stop where copying would need others to leave, or would take long."""
    name = case.target.value("dbname")
    [source] = room.server.rows(SOURCE, name=name)
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
        with private_files(target) as environment:
            flags = ["-w", "--exit-on-error", "--no-owner", "--no-acl", "-d", "service=proofbook"]
            try:
                run_tool(["pg_restore", *flags, str(dump)], environment)
            except Failed as error:
                raise CouldNotTell(f"{dump} cannot be restored: {error.fact}", "take an older backup") from None
        with connect(target, "rehearsal") as sql:
            if says := _manifest.differences(manifest, _manifest.describe(sql)):
                raise CouldNotTell(f"what {dump} restores to is not what was backed up: {'; '.join(says)}")
        analyze(target)
        yield target, f"{dump}, restored and equal to its manifest"


def analyze(target: Target) -> None:
    with connect(target, "rehearsal") as sql:
        sql.script("ANALYZE;")


def rows_by_table(target: Target) -> dict[str, int]:
    """Tell how many rows each table has, as well as PostgreSQL knows; where it does not, count up to a thousand."""
    with connect(target, "rehearsal") as sql:
        found = {
            row["oid"]: row
            for row in sql.rows(
                "SELECT c.oid::bigint, relname AS name, reltuples::bigint AS rows, format('%I.%I', nspname, relname) AS"
                " full FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind IN ('r', 'p')"
                " AND nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'"
            )
        }
        for row in found.values():
            if row["rows"] <= 0:
                counting = f"SELECT count(*) FROM (SELECT FROM {row['full']} LIMIT 1000) counted"  # noqa: S608
                row["rows"] = int(sql.foreign(counting)[0])
    return {row["name"]: row["rows"] for row in found.values()}
