#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Restore a backup into a new database, compare it with its manifest, and switch to it by rename.

The database in use is never written to. It keeps its rows under a name ending in _before_<time>, and
the undo is to rename it back.
"""

from __future__ import annotations

import argparse
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import _databases
import _manifest
from _address import Target
from _case import Case
from _names import quoted
from _postgres import Sql, connect, private_files, run_tool
from _run import perform
from _step import CouldNotTell, Failed, Refused, Step
from _target import connect_for, find_server, only_run


class Restore(Case):
    """What this run has found."""

    name: str
    maintenance: Target
    server: Sql
    dump: Path
    manifest: dict[str, Any]
    new: str
    there: bool
    changed: list[str]
    settled: bool
    ready: bool
    renames: list[tuple[str, str]]
    aside: str | None


def open_maintenance(case: Restore) -> list[str]:
    says = find_server(case)
    case.name = case.target.value("dbname")
    case.maintenance = case.target.on(case.options.maintenance)
    case.server = connect_for(case, case.maintenance)
    return says


# --8<-- [start:open_backup]
def open_backup(case: Restore) -> list[str]:
    """Find the server, and read the backup in full."""
    says = open_maintenance(case)
    if not case.options.source:
        raise CouldNotTell("no backup is named", "say which one: --from FILE")
    case.dump = Path(case.options.source)
    case.manifest = _manifest.read_manifest(case.dump)
    run_tool(["pg_restore", "-f", os.devnull, str(case.dump)], os.environ)
    rows = sum(count for count, _ in case.manifest["tables"].values())
    return [*says, f"backup of {case.manifest['database']}, made {case.manifest['made']}: {rows} rows, read in full"]


# --8<-- [end:open_backup]


# --8<-- [start:compare]
def compare(case: Restore) -> list[str]:
    """Compare the database in use, and what an earlier run restored, with the backup."""
    made = datetime.fromisoformat(case.manifest["made"])
    case.new = _databases.fitting(case.name, f"_restored_{_databases.stamp(made)}")
    case.there = _databases.exists(case.server, case.name)
    says = differences(case, case.name) if case.there else [f"there is no database {case.name}"]
    restored = _databases.exists(case.server, case.new)
    case.changed = differences(case, case.new) if says and restored else []
    case.ready = restored and (case.options.as_it_is or not case.changed)
    case.settled = not says
    if case.options.as_it_is and not restored:
        if not case.there:
            raise Refused(f"there is neither {case.name} nor {case.new}", "leave --as-it-is out, to restore the backup")
        case.settled = True
        says.append(f"there is no {case.new} to switch to")
    return says or [f"{case.name} holds exactly what the backup holds"]


def differences(case: Restore, name: str, *, sequences: bool = False) -> list[str]:
    with connect(case.target.on(name), "restore_database") as sql:
        return _manifest.differences(case.manifest, _manifest.describe(sql), sequences=sequences)


# --8<-- [end:compare]


def say_restore(case: Restore) -> list[str]:
    if case.changed and not case.ready:
        refuse_to_drop(case)
    return [] if case.settled or case.ready else [f"restore {case.dump} into the new database {case.new}"]


# --8<-- [start:refuse_to_drop]
def refuse_to_drop(case: Restore) -> None:
    """Refuse to restore over a copy: it was equal to the backup when it got its name, so somebody has worked in it."""
    other = _databases.fitting(case.name, f"_kept_{_databases.stamp()}")
    raise Refused(
        f"{case.new} has been changed since it was restored: {'; '.join(case.changed)}",
        "to switch to it, add --switch --as-it-is; to restore anew, give it another name: "
        f"ALTER DATABASE {quoted(case.new)} RENAME TO {quoted(other)}",
    )


# --8<-- [end:refuse_to_drop]


def undo_restore(case: Restore) -> list[str]:
    return [f"dropdb {case.new}"]


# --8<-- [start:restore]
def restore(case: Restore) -> list[str]:
    """Restore under a passing name, stop at the first error, compare, and only then name it."""
    only_run(case.server, f"restore of {case.name}")
    passing = _databases.fitting(case.name, "_restoring")
    _databases.drop(case.server, passing)
    _databases.create(case.server, passing, case.manifest["locale"], like=case.name)
    try:
        fill(case, passing)
        _databases.rename_all(case.maintenance, [(passing, case.new)])
    except BaseException:
        _databases.drop(case.server, passing)
        raise
    return ["restored, and equal to the manifest in every table and sequence"]


def fill(case: Restore, passing: str) -> None:
    """Restore into it, and compare what it holds with what was backed up."""
    owners = ["--no-owner", "--no-acl"] if case.options.no_owner else []
    with private_files(case.target.on(passing)) as environment:
        command = ["pg_restore", "-w", "--exit-on-error", *owners, "-d", "service=proofbook", str(case.dump)]
        run_tool(command, environment)
    if says := differences(case, passing, sequences=True):
        raise Failed(f"what was restored is not what was backed up: {'; '.join(says)}", "take an older backup")
    with connect(case.target.on(passing), "restore_database") as sql:
        sql.script("ANALYZE;")


# --8<-- [end:restore]


def say_switch(case: Restore) -> list[str]:
    if case.settled or not case.options.switch:
        return []
    aside = _databases.fitting(case.name, f"_before_{_databases.stamp()}")
    case.renames = [(case.name, aside)] * case.there + [(case.new, case.name)]
    return say_renames(case)


# --8<-- [start:say_renames]
def say_renames(case: Restore) -> list[str]:
    """Say which names change; refuse while others are connected."""
    others = [f"{each} in {old}" for old, _ in case.renames for each in _databases.connected(case.server, old)]
    if others and not case.options.end_connections:
        raise Refused(f"connected: {', '.join(others)}", "stop what it is, or add --end-connections")
    ends = [f"end {each}" for each in others]
    return [*ends, *(f"rename {old} to {_databases.untimed(new)}" for old, new in case.renames)]


# --8<-- [end:say_renames]


def undo_switch(case: Restore) -> list[str]:
    ending = ["--end-connections"] if case.options.end_connections else []
    return [case.command("--undo", *ending, "--apply")]


# --8<-- [start:switch]
def switch(case: Restore) -> list[str]:
    """Rename all of them or none."""
    _databases.rename_all(case.maintenance, case.renames, end_connections=case.options.end_connections)
    return [f"{old} is now {new}" for old, new in case.renames]


# --8<-- [end:switch]


def find_aside(case: Restore) -> list[str]:
    says = open_maintenance(case)
    case.aside = _databases.newest_aside(case.server, case.name)
    return [*says, f"{case.aside} was put aside" if case.aside else "nothing is put aside that was not taken back"]


def say_back(case: Restore) -> list[str]:
    if not case.aside:
        return []
    undone = _databases.fitting(case.name, f"_undone_{_databases.stamp()}")
    there = _databases.exists(case.server, case.name)
    case.renames = [(case.name, undone)] * there + [(case.aside, case.name)]
    return say_renames(case)


def undo_back(_: Restore) -> list[str]:
    return ["run the restore again with --switch"]


# --8<-- [start:steps]
STEPS = [
    Step("Read the backup", open_backup),
    Step("Compare it with the database in use", compare),
    Step("Restore it into a new database", say_restore, restore, undo_restore),
    Step("Switch to it", say_switch, switch, undo_switch),
]

UNDO_STEPS = [
    Step("Find the database that was put aside", find_aside),
    Step("Switch back to it", say_back, switch, undo_back),
]
# --8<-- [end:steps]


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--from", dest="source", metavar="FILE", help="the backup, its manifest beside it")
    parser.add_argument("--switch", action="store_true", help="rename it into place; the one in use is kept")
    parser.add_argument("--end-connections", action="store_true", help="end what is connected, to switch")
    parser.add_argument("--as-it-is", action="store_true", help="switch to the restored copy as changed since")
    parser.add_argument("--no-owner", action="store_true", help="give everything to the role that restores")
    parser.add_argument("--maintenance", metavar="NAME", default="postgres", help="another database to connect to")
    parser.add_argument("--undo", action="store_true", help="rename the database that was put aside back")


def main(argv: list[str] | None = None) -> int:
    """Run this runbook."""
    return perform(
        __file__,
        __doc__,
        STEPS,
        argv,
        add_options,
        case_type=Restore,
        undo_steps=UNDO_STEPS,
        undoes=lambda options: options.undo,
    )


if __name__ == "__main__":
    raise SystemExit(main())
