#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Restore a backup into a new database, compare it with its manifest, and switch to it by rename.

The database in use is never written to. It keeps its rows under a name ending in _before_<time>, and
the undo is to rename it back, until --forget drops it.
"""

from __future__ import annotations

import argparse
from contextlib import suppress
from pathlib import Path
from typing import Any

import _databases
import _manifest
from _names import quoted
from _restoring import analyze, describe, fill, growth, read_backup
from _run import perform
from _step import CouldNotTell, Failed, Refused, Step, Stop
from _switch import (
    Switching,
    find_aside,
    forget,
    open_maintenance,
    say_back,
    say_forgotten,
    say_renames,
    switch,
    undo_back,
    undo_forgotten,
    undo_switch,
)


class Restore(Switching):
    """What this run has found."""

    dump: Path
    manifest: dict[str, Any]
    new: str
    passing: str
    there: bool
    changed: list[str]
    settled: bool
    ready: bool


# --8<-- [start:open_backup]
def open_backup(case: Restore) -> list[str]:
    """Find the server, and read the backup in full."""
    says = open_maintenance(case)
    if not case.options.source:
        raise CouldNotTell("no backup is named", "say which one: --from FILE")
    case.dump = Path(case.options.source)
    case.manifest = read_backup(case.dump)
    rows = sum(count for count, _ in case.manifest["tables"].values())
    return [*says, f"backup of {case.manifest['database']}, made {case.manifest['made']}: {rows} rows, read in full"]


# --8<-- [end:open_backup]


# --8<-- [start:compare]
def compare(case: Restore) -> list[str]:
    """Compare the database in use, and what an earlier run restored, with the backup."""
    case.new = _databases.fitting(case.name, f"_restored_{case.manifest['stamp']}")
    case.there = _databases.exists(case.server, case.name)
    says = differences(case, case.name) if case.there else [f"there is no database {case.name}"]
    restored = _databases.exists(case.server, case.new)
    case.settled = not says and not case.options.anew
    case.changed = differences(case, case.new) if restored and not case.settled else []
    case.ready = restored and (case.options.as_it_is or not case.changed)
    if case.options.as_it_is and not restored:
        if not case.there:
            raise Refused(f"there is neither {case.name} nor {case.new}", "leave --as-it-is out, to restore the backup")
        case.settled = True
        says.append(f"there is no {case.new} to switch to")
    return says or [f"{case.name} holds exactly what the backup holds"]


def differences(case: Restore, name: str, *, sequences: bool = False) -> list[str]:
    found = describe(case.target.on(name), "restore_database")
    return _manifest.differences(case.manifest, found, sequences=sequences, owners=not case.options.no_owner)


# --8<-- [end:compare]


def say_restore(case: Restore) -> list[str]:
    if case.changed and not case.ready:
        refuse_to_drop(case)
    if case.settled or case.ready:
        return []
    case.passing = _databases.fitting(case.name, "_restoring")
    sweeps = _databases.sweep_passing(case.server, case.passing, apply=False)
    return [*sweeps, f"restore {case.dump} into the new database {case.new}"]


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
    """Restore under a passing name, stop at the first error, compare, and only then give it its settings and name."""
    passing = case.passing
    _databases.sweep_passing(case.server, passing, apply=True)
    owner = _databases.owner_of(case.server, case.name) if case.there else case.manifest["owner"]
    says = _databases.create(case.server, passing, case.manifest["locale"], owner)
    try:
        fill_and_compare(case, passing)
        there = _databases.settings(case.server, case.name) if case.there else case.manifest["settings"]
        says += _databases.set_up(case.server, passing, there)
        _databases.rename_all(case.maintenance, [(passing, case.new)], first=[_databases.unmark(passing, there)])
    except BaseException:
        with suppress(Stop):  # a server that has gone away drops nothing; the next run does
            _databases.drop(case.server, passing)
        raise
    return [*says, "restored, and equal to the manifest in every table and sequence"]


def fill_and_compare(case: Restore, passing: str) -> None:
    """Restore into it, and compare what it holds with what was backed up."""
    fill(
        case.dump,
        case.target.on(passing),
        no_owner=case.options.no_owner,
        progress=growth(case.server, passing, case.manifest),
        pause=case.options.progress,
    )
    if says := differences(case, passing, sequences=True):
        raise Failed(f"what was restored is not what was backed up: {'; '.join(says)}", "take an older backup")
    analyze(case.target.on(passing), "restore_database")


# --8<-- [end:restore]


def say_switch(case: Restore) -> list[str]:
    if case.settled or not case.options.switch:
        return []
    aside = _databases.next_aside(case.server, case.name, "before")
    case.renames = [(case.name, aside)] * case.there + [(case.new, case.name)]
    return say_renames(case)


# --8<-- [start:steps]
STEPS = [
    Step("Read the backup", open_backup),
    Step("Compare it with the database in use", compare),
    Step("Restore it into a new database", say_restore, restore, undo_restore),
    Step("Switch to it", say_switch, switch, undo_switch),
]

UNDO_STEPS = [
    Step("Find what was put aside", find_aside),
    Step("Switch back to it", say_back, switch, undo_back),
    Step("Drop it", say_forgotten, forget, undo_forgotten),
]
# --8<-- [end:steps]


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--from", dest="source", metavar="FILE", help="the backup, its manifest beside it")
    parser.add_argument("--switch", action="store_true", help="rename it into place; the one in use is kept")
    parser.add_argument("--end-connections", action="store_true", help="end what is connected, to switch")
    parser.add_argument("--as-it-is", action="store_true", help="switch to the restored copy as changed since")
    anew = "restore even where names, rows and sequences are those of the backup"
    parser.add_argument("--anew", action="store_true", help=anew)
    parser.add_argument("--no-owner", action="store_true", help="give everything to the role that restores")
    parser.add_argument(
        "--maintenance", metavar="NAME", default=_databases.MAINTENANCE, help="another database to connect to"
    )
    parser.add_argument("--progress", metavar="SECONDS", type=float, default=0, help="how often to tell how far it is")
    aside = parser.add_mutually_exclusive_group()
    aside.add_argument("--undo", action="store_true", help="rename the database that was put aside back")
    aside.add_argument("--forget", action="store_true", help="drop the databases that were put aside")


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
        undoes=lambda options: options.undo or options.forget,
    )


if __name__ == "__main__":
    raise SystemExit(main())
