#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Verify a backup: restore it into a scratch database, and compare that with the manifest.

What holds is noted in the manifest, and only such backups count when old ones are removed. The scratch
database is always dropped; the database in use is not touched.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import _manifest
from _check import Check, Skipped, check_all
from _dump import SERVER
from _finding import Finding
from _folder import only_one
from _outline import differing
from _restoring import describe, fill, growth, lend_public, read_backup
from _retention import Keeping, newest
from _scratch import scratch_room
from _step import CouldNotTell, Failed, Refused
from _target import open_server

RELY = "do not rely on it: make another with backup_database and verify that"
NO_ROLE = re.compile(r'role "[^"]*" does not exist')
MAKE_IT = "make the role first, without a password, or leave owners and grants out: --no-owner"
OTHERS = ("relation", "column", "trigger", "policy", "function")


Said = Iterator[Finding | str]


class Verifying(Keeping):
    """What this run has found."""

    dump: Path
    manifest: dict[str, Any]
    found: dict[str, Any]
    fits = True
    compared = 0


def open_place(case: Verifying) -> Said:
    """Open the server on which it is tried."""
    yield from open_server(case)
    case.name = case.target.value("dbname")
    [case.server] = case.sql.rows(SERVER)


# --8<-- [start:read]
def read(case: Verifying) -> Said:
    """Read the file in full: its checksum, its manifest, every block of it."""
    case.dump = newest(Path(case.options.source), case.name, case.server["id"])
    try:
        case.manifest = read_backup(case.dump)
    except (Refused, Failed) as error:
        yield from fault(case, error.fact, "BAK102" if _manifest.load(_manifest.manifest_of(case.dump)) else "")
    else:
        rows = sum(count for count, _ in case.manifest["tables"].values())
        yield f"{case.dump}, made {case.manifest['made']}: {len(case.manifest['tables'])} tables, {rows} rows"


# --8<-- [end:read]


def fault(case: Verifying, message: str, code: str = "", hint: str = RELY) -> Iterator[Finding]:
    case.fits = False
    yield Finding(message, hint, str(case.dump), fault=code)


# --8<-- [start:restore]
def restore(case: Verifying) -> Said:
    """Restore it into a scratch database, look what that holds, and drop it."""
    if not hasattr(case, "manifest"):
        raise Skipped("there is nothing to restore")
    name = Path(case.file).stem
    with scratch_room(case.target, name) as room, room.empty(case.manifest["locale"]) as scratch:
        progress = growth(case.sql, scratch.value("dbname"), case.manifest)
        lend_public(scratch, case.manifest["owner"])
        try:
            fill(
                case.dump,
                scratch,
                no_owner=case.options.no_owner,
                progress=progress,
                pause=case.options.progress,
            )
        except Failed as error:
            case.sql.script("SELECT 1;")  # a server that has gone away says nothing about the backup
            yield from fault(case, error.fact, *(("BAK108", MAKE_IT) if NO_ROLE.search(error.fact) else ()))
        else:
            case.found = describe(scratch, name)


# --8<-- [end:restore]


Compare = Callable[[Mapping[str, Any], Mapping[str, Any]], Iterable[str]]


def compared(compare: Compare) -> Callable[[Verifying], Iterator[Finding]]:
    """Make a check of a comparison: each line it names is a finding."""

    def look(case: Verifying) -> Iterator[Finding]:
        if not hasattr(case, "found"):
            raise Skipped("there is nothing to compare")
        case.compared += 1
        for line in compare(case.manifest, case.found):
            yield from fault(case, line)

    return look


def of_kinds(*kinds: str) -> Compare:
    return lambda wanted, found: [line for kind in kinds for line in differing(kind, wanted, found)]


def of_rows(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    same = wanted["large_objects"] == found["large_objects"]
    return _manifest.of_tables(wanted, found) + ["the large objects differ"] * (not same)


def look_at_indexes(case: Verifying) -> Said:
    """Compare the indexes; one that was not valid when the backup was made is not in it."""
    yield from compared(of_kinds("index"))(case)
    for name in case.found["invalid_indexes"]:
        yield from fault(case, f"index {name} is not valid after the restore")
    for name in case.manifest["invalid_indexes"]:
        hint = "REINDEX INDEX CONCURRENTLY, or drop it"
        yield Finding(f"index {name} was not valid, and is not in the backup", hint, severity="warning")


def look_at_owners(case: Verifying) -> Said:
    if case.options.no_owner:
        case.compared += 1
        raise Skipped("--no-owner leaves them out")
    yield from compared(of_kinds("owner"))(case)


# --8<-- [start:note]
def note(case: Verifying) -> Said:
    """Note in the manifest that it was verified, or that it is not any more; half a verification is none."""
    if not hasattr(case, "manifest"):
        raise Skipped("there is no manifest that fits the file")
    if case.fits and case.compared < COMPARISONS:
        raise Skipped("not everything was compared")
    at = datetime.now(UTC).isoformat(timespec="seconds")
    says = {"at": at, "server": case.server["release"], "owners": not case.options.no_owner}
    try:
        with only_one(case.dump.parent):
            must_be_there(case)
            _manifest.write_manifest(case.dump, {**case.manifest, "verified": says if case.fits else None})
    except (OSError, Refused) as error:
        if isinstance(error, Refused):
            why, hint = error.fact, error.hint
        else:
            why, hint = str(error.strerror), "verify it where the folder can be written"
        hint += "; without the note it does not count when old ones are removed"
        raise CouldNotTell(f"the manifest cannot be written: {why}", hint) from None
    yield "it counts when old ones are removed" if case.fits else "it does not count when old ones are removed"


# --8<-- [end:note]


def must_be_there(case: Verifying) -> None:
    if not case.dump.exists():
        raise CouldNotTell(f"{case.dump} has been removed meanwhile", "name another one with --from")


# --8<-- [start:steps]
STEPS = [
    Check("server", "The server answers", open_place),
    Check("file", "The file is whole, and what was written", read, ("server",)),
    Check("restore", "It restores without an error", restore, ("file",)),
    Check("tables", "Tables and rows are those of the manifest", compared(of_rows), ("restore",)),
    Check("sequences", "Sequences stand where they stood", compared(_manifest.of_sequences), ("restore",)),
    Check("constraints", "All constraints are there", compared(of_kinds("constraint")), ("restore",)),
    Check("indexes", "All indexes are there, and valid", look_at_indexes, ("restore",)),
    Check("extensions", "All extensions are there", compared(of_kinds("extension")), ("restore",)),
    Check("owners", "Everything belongs to whom it belonged", look_at_owners, ("restore",)),
    Check(
        "schema",
        "Columns, views, functions, triggers and policies are there",
        compared(of_kinds(*OTHERS)),
        ("restore",),
    ),
    Check("migrations", "The history of migrations is the same", compared(_manifest.of_migrations), ("restore",)),
    Check("note", "Whether it holds is noted", note, ("file",)),
]
COMPARISONS = sum(each.needs == ("restore",) for each in STEPS)
# --8<-- [end:steps]


def add_options(parser: argparse.ArgumentParser) -> None:
    place = "a backup, or a folder: the newest one of this database"
    parser.add_argument("--from", dest="source", metavar="PATH", required=True, help=place)
    parser.add_argument("--no-owner", action="store_true", help="give everything to the role that restores")
    parser.add_argument("--progress", metavar="SECONDS", type=float, default=0, help="how often to tell how far it is")


def main(argv: list[str] | None = None) -> int:
    """Make the checks."""
    return check_all(__file__, __doc__, STEPS, argv, add_options, case_type=Verifying)


if __name__ == "__main__":
    raise SystemExit(main())
