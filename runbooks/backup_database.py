#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Back up a database into a file that has been read back, with a manifest of what it holds.

The file has its name only once it is whole: written as .partial, flushed, read back by pg_restore,
its checksum and the content of every table noted in NAME.dump.json, then renamed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import _databases
import _manifest
from _case import Case
from _postgres import private_files, run_tool, tool_version
from _run import perform
from _step import Refused, Step
from _target import only_run, open_server


class Backup(Case):
    """What this run has found."""

    folder: Path
    snapshot: str
    holds: dict[str, Any]
    dump: Path


# --8<-- [start:check_room]
def check_room(case: Backup) -> list[str]:
    """Look whether the folder can hold the backup and the tools fit the server."""
    case.folder = Path(case.options.into)
    existing = next(path for path in (case.folder, *case.folder.absolute().parents) if path.exists())
    if not os.access(existing, os.W_OK):
        raise Refused(f"{existing} cannot be written to", "name a folder of your own with --into")
    size, free = case.sql.value("SELECT pg_database_size(current_database()) AS size"), shutil.disk_usage(existing).free
    if free < size:
        raise Refused(f"{existing} has {free >> 20} MiB free, the database has {size >> 20} MiB", "make room first")
    for program in ("pg_dump", "pg_restore"):
        if tool_version(program) < case.version:
            raise Refused(
                f"{program} {tool_version(program)} is older than the server, {case.version}",
                f"put the programs of PostgreSQL {case.version} first on PATH",
            )
    return [f"the database has {max(1, size >> 20)} MiB, the folder has room; pg_dump is {tool_version('pg_dump')}"]


# --8<-- [end:check_room]


# --8<-- [start:take_snapshot]
def take_snapshot(case: Backup) -> list[str]:
    """Hold one snapshot, so that the manifest tells exactly what the file will hold."""
    only_run(case.sql, f"backup of {case.target.value('dbname')}")
    case.sql.script("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;")
    case.snapshot = case.sql.value("SELECT pg_export_snapshot() AS name")
    case.holds = _manifest.describe(case.sql)
    rows = sum(count for count, _ in case.holds["tables"].values())
    return [f"{len(case.holds['tables'])} tables, {rows} rows"]


# --8<-- [end:take_snapshot]


# --8<-- [start:plan_backup]
def plan_backup(case: Backup) -> list[str]:
    """Say the name, unless the newest backup already holds just this."""
    name = case.target.value("dbname")
    if any(is_same(case, manifest) for manifest in case.folder.glob("*.dump.json")):
        return []
    case.dump = case.folder / f"{name.replace('/', '_')}_{_databases.stamp()}.dump"
    return [f"write {case.dump.name.replace(case.dump.name[-20:-5], '<time>')} and its manifest into {case.folder}"]


def is_same(case: Backup, manifest: Path) -> bool:
    kept, dump = json.loads(manifest.read_text(encoding="utf-8")), manifest.with_suffix("")
    same = kept["database"] == case.target.value("dbname") and not _manifest.differences(kept, case.holds)
    return same and dump.is_file() and _manifest.checksum(dump) == kept["sha256"]


# --8<-- [end:plan_backup]


def undo_backup(case: Backup) -> list[str]:
    return [f"rm {case.dump} {_manifest.manifest_of(case.dump)}"]


# --8<-- [start:write_backup]
def write_backup(case: Backup) -> list[str]:
    """Write, flush, read back, describe, and only then give the file its name."""
    case.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    sweep_partials(case)
    partial = case.dump.with_name(case.dump.name + ".partial")
    try:
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))  # pg_dump keeps the mode it finds
        with private_files(case.target) as environment:
            # into a file it can seek in, pg_dump notes where each table's rows begin, and flushes it at the end
            command = ["pg_dump", "-Fc", "-w", f"--snapshot={case.snapshot}", f"--file={partial}"]
            run_tool(command, environment)
        run_tool(["pg_restore", "-f", os.devnull, str(partial)], os.environ)
        write_manifest(case, partial)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    partial.rename(case.dump)
    return [f"wrote {case.dump}, {case.dump.stat().st_size} bytes, read back in full"]


# --8<-- [end:write_backup]


def private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def write_manifest(case: Backup, partial: Path) -> None:
    manifest = {
        "database": case.target.value("dbname"),
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "server": case.version,
        "pg_dump": tool_version("pg_dump"),
        "bytes": partial.stat().st_size,
        "sha256": _manifest.checksum(partial),
        "locale": _manifest.locale(case.sql),
        "migrations": _manifest.migrations(case.sql),
        **case.holds,
    }
    path = _manifest.manifest_of(case.dump)
    unnamed = path.with_name(f"{path.name}.partial")
    with open(unnamed, "w", encoding="utf-8", opener=private) as file:  # needs an opener
        json.dump(manifest, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    unnamed.rename(path)


def sweep_partials(case: Backup) -> None:
    """Remove what killed runs left of this database; only one run is at work, so none of it is in use."""
    name = re.sub(r"\d", "?", case.dump.name[-20:])
    for left in case.folder.glob(f"{case.dump.name[:-20]}{name}*.partial"):
        left.unlink()


# --8<-- [start:steps]
STEPS = [
    Step("Open the database", open_server),
    Step("Look whether there is room", check_room),
    Step("Take a snapshot and describe it", take_snapshot),
    Step("Write the backup", plan_backup, write_backup, undo_backup),
]
# --8<-- [end:steps]


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--into", metavar="DIR", required=True, help="the folder for the file and its manifest")


def main(argv: list[str] | None = None) -> int:
    """Run this runbook."""
    return perform(__file__, __doc__, STEPS, argv, add_options, case_type=Backup)


if __name__ == "__main__":
    raise SystemExit(main())
