#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Back up a database into a file that has been read back, with a manifest of what it holds.

The file has its name only once it is whole: written as .partial, flushed, read back by pg_restore,
its checksum and the content of every table noted in NAME.dump.json, then renamed. It counts for
--keep only once verify_backup has restored it.
"""

from __future__ import annotations

import argparse
import glob
import os
import shutil
from contextlib import ExitStack
from pathlib import Path

import _databases
import _manifest
from _definitions import are_defined_alike, large_objects
from _dump import SERVER, Dumping, dump, tell
from _folder import claimed, flush_folder, only_one
from _outline import outline
from _restoring import read_in_full
from _retention import (
    KEEP,
    PARTIAL,
    Backup,
    at_least_one,
    backups_of,
    plan_removal,
    remove_surplus,
    sweep,
    undo_removal,
)
from _run import perform
from _step import Refused, Step
from _target import only_run, open_server
from _tools import amount, tool_release, tool_version

NEXT = {"verify": "verify_backup", "restore": "restore_database"}


# --8<-- [start:check_room]
def check_room(case: Dumping) -> list[str]:
    """Look whether the folder can hold the backup and the tools fit the server."""
    case.folder, case.name = Path(case.options.into), case.target.value("dbname")
    existing = next(path for path in (case.folder, *case.folder.absolute().parents) if path.exists())
    if not os.access(existing, os.W_OK):
        raise Refused(f"{existing} cannot be written to", "name a folder of your own with --into")
    [case.server] = case.sql.rows(SERVER)
    size, free = case.server["size"], shutil.disk_usage(existing).free
    if free < size:
        raise Refused(f"{existing} has {amount(free)} free, the database has {amount(size)}", "make room first")
    for program in ("pg_dump", "pg_restore"):
        if tool_version(program) < case.version:
            raise Refused(
                f"{program} {tool_version(program)} is older than the server, {case.version}",
                f"BAK103: put the programs of PostgreSQL {case.version} first on PATH",
            )
    return [f"the database has {amount(size)}, the folder has room; pg_dump is {tool_release('pg_dump')}"]


# --8<-- [end:check_room]


# --8<-- [start:take_snapshot]
def take_snapshot(case: Dumping) -> list[str]:
    """Hold one snapshot, so that the manifest tells exactly what the file will hold."""
    only_run(case.sql, f"backup of {case.name}")
    case.snapshot, tables = _manifest.hold_snapshot(case.sql)
    _manifest.steady(case.sql)
    case.before = _manifest.sequences(case.sql)
    invalid = outline(case.sql)["invalid_indexes"]
    return [f"{tables} tables", *(f"index {name} is invalid, and pg_dump leaves it out" for name in invalid)]


# --8<-- [end:take_snapshot]


# --8<-- [start:plan_backup]
def plan_backup(case: Dumping) -> list[str]:
    """Say the name, unless the newest backup already holds just this."""
    if any(is_same(case, kept) for kept in backups_of(case.folder, case.name, case.server["id"])[:1]):
        return []
    name, there = case.name.replace("/", "_"), backups_of(case.folder, case.name, case.server["id"])
    stamps = [each.manifest["stamp"] for each in there]  # the newest is told by it, whatever clock wrote the others
    case.stamp = _databases.after(stamps)
    while any(case.folder.glob(f"{glob.escape(name)}_{case.stamp}.*")):
        case.stamp = _databases.after([case.stamp])
    case.dump = case.folder / f"{name}_{case.stamp}.dump"
    return [f"write {name}_<time>.dump and its manifest into {case.folder}"]


def is_same(case: Dumping, kept: Backup) -> bool:
    """Look at what is quick to compare first: rows are only read if all of that is equal."""
    quick = {**outline(case.sql), "sequences": case.before, "tables": kept.manifest["tables"]}
    if _manifest.differences(kept.manifest, quick) or not kept.is_whole():
        return False
    if not are_defined_alike(case.target, case.snapshot, kept.dump):
        return False
    if _manifest.differences(kept.manifest, _manifest.describe(case.sql)):
        return False
    return bool(large_objects(case.sql) == kept.manifest.get("large_objects_sum"))


# --8<-- [end:plan_backup]


def undo_backup(case: Dumping) -> list[str]:
    return [f"rm {case.dump} {_manifest.manifest_of(case.dump)}"]


# --8<-- [start:write_backup]
def write_backup(case: Dumping) -> list[str]:
    """Write, flush, read back, describe, and only then give the file its name."""
    case.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = case.dump.with_name(case.dump.name + PARTIAL)
    with ExitStack() as held:
        with only_one(case.folder):
            sweep(case.folder, glob.escape(case.dump.stem[:-15]) + "?" * 8 + "_" + "?" * 6)
            held.enter_context(claimed(partial))
        try:
            dump(case, partial)  # pg_dump keeps the mode it finds
            read_in_full(partial)
            told = tell(case, partial)
            with only_one(case.folder):
                _manifest.write_manifest(case.dump, told)
                partial.rename(case.dump)
        except BaseException:
            for left in (partial, _manifest.manifest_of(case.dump)):
                left.unlink(missing_ok=True)
            raise
    flush_folder(case.folder)
    wrote = f"wrote {case.dump}, {case.dump.stat().st_size} bytes, read back in full"
    calls = {verb: case.command("--from", str(case.dump), runbook=name) for verb, name in NEXT.items()}
    return [wrote, *(f"{verb} it: {call}" for verb, call in calls.items())]


# --8<-- [end:write_backup]


# --8<-- [start:steps]
STEPS = [
    Step("Open the database", open_server),
    Step("Look whether there is room", check_room),
    Step("Take a snapshot", take_snapshot),
    Step("Write the backup", plan_backup, write_backup, undo_backup),
    Step("Remove what is older than the last verified ones", plan_removal, remove_surplus, undo_removal),
]
# --8<-- [end:steps]


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--into", metavar="DIR", required=True, help="the folder for the file and its manifest")
    parser.add_argument("--keep", metavar="N", type=at_least_one, default=KEEP, help=f"verified ones to keep ({KEEP})")
    parser.add_argument("--progress", metavar="SECONDS", type=float, default=0, help="how often to tell how far it is")


def main(argv: list[str] | None = None) -> int:
    """Run this runbook."""
    return perform(__file__, __doc__, STEPS, argv, add_options, case_type=Dumping)


if __name__ == "__main__":
    raise SystemExit(main())
