"""How one database takes another's place by name, is taken back, and is dropped when nobody wants it any more."""

from __future__ import annotations

import _databases
from _address import Target
from _case import Case
from _postgres import Sql
from _step import Refused
from _target import connect_for, find_server, only_run
from _tools import amount


class Switching(Case):
    """What a run knows of the names that change."""

    name: str
    maintenance: Target
    server: Sql
    renames: list[tuple[str, str]]
    aside: str | None
    forgotten: list[str]


# --8<-- [start:open_maintenance]
def open_maintenance(case: Switching) -> list[str]:
    """Connect to another database of the server: one cannot be renamed by those who are in it."""
    says = find_server(case)
    case.name = case.target.value("dbname")
    case.maintenance = case.target.on(case.options.maintenance)
    if case.name == case.options.maintenance:
        raise Refused(f"{case.name} is the database to connect to while renaming", "name another with --maintenance")
    case.server = connect_for(case, case.maintenance)
    only_run(case.server, f"restore of {case.name}")
    return says


# --8<-- [end:open_maintenance]


# --8<-- [start:say_renames]
def say_renames(case: Switching) -> list[str]:
    """Say which names change; refuse while others are connected."""
    others = [f"{each} in {old}" for old, _ in case.renames for each in _databases.connected(case.server, old)]
    if others and not case.options.end_connections:
        raise Refused(f"connected: {', '.join(others)}", "stop what it is, or add --end-connections")
    ends = [f"end {each}" for each in others]
    return [*ends, *(f"rename {old} to {_databases.untimed(new)}" for old, new in case.renames)]


# --8<-- [end:say_renames]


def undo_switch(case: Switching) -> list[str]:
    ending = ["--end-connections"] if case.options.end_connections else []
    return [case.command("--undo", *ending, *_databases.elsewhere(case.options.maintenance), "--apply")]


# --8<-- [start:switch]
def switch(case: Switching) -> list[str]:
    """Rename all of them or none."""
    _databases.rename_all(case.maintenance, case.renames, end_connections=case.options.end_connections)
    return [f"{old} is now {new}" for old, new in case.renames]


# --8<-- [end:switch]


def find_aside(case: Switching) -> list[str]:
    """Find what switches and their undoing have put aside."""
    says = open_maintenance(case)
    case.aside = _databases.newest_aside(case.server, case.name)
    kept = [_databases.set_aside(case.server, case.name, kind) for kind in ("before", "undone")]
    case.forgotten = [name for names in kept for name in names] if case.options.forget else []
    return [*says, f"{case.aside} was put aside" if case.aside else "nothing is put aside that was not taken back"]


def say_back(case: Switching) -> list[str]:
    if not case.aside or not case.options.undo:
        return []
    undone = _databases.next_aside(case.server, case.name, "undone")
    there = _databases.exists(case.server, case.name)
    case.renames = [(case.name, undone)] * there + [(case.aside, case.name)]
    return say_renames(case)


def undo_back(_: Switching) -> list[str]:
    return ["run the restore again with --switch"]


# --8<-- [start:say_forgotten]
def say_forgotten(case: Switching) -> list[str]:
    """Say what would be dropped; refuse if it is all there is, or if somebody is in it."""
    if case.forgotten and not _databases.exists(case.server, case.name):
        raise Refused(f"there is no {case.name}, so what was put aside is all there is", "take it back with --undo")
    if others := [f"{each} in {name}" for name in case.forgotten for each in _databases.connected(case.server, name)]:
        raise Refused(f"connected: {', '.join(others)}", "ask them whether it is still needed")
    return [f"drop {name}, {amount(_databases.size(case.server, name))}" for name in case.forgotten]


# --8<-- [end:say_forgotten]


def undo_forgotten(_: Switching) -> list[str]:
    return ["nothing brings them back: to keep one, back it up first"]


def forget(case: Switching) -> list[str]:
    for name in case.forgotten:
        _databases.drop(case.server, name, force=False)
    return [f"dropped {len(case.forgotten)}"]
