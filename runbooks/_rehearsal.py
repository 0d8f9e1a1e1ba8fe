"""The checks that need a database: build from empty, rehearse, judge locks, take back, compare.

Every scratch database is dropped when its check ends.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from _accepted import accepted
from _address import Target
from _catalogue import Schema, compared, schema, unvalidated
from _check import Skipped
from _failure import failure
from _finding import Finding
from _hazards import Seen, judge
from _locks import told_locks
from _migrating import Migrating, migrating
from _numbers import at_least
from _postgres import Sql, connect
from _rehearsing import copy_with_rows, rows_by_table, settled
from _scratch import Room, scratch_room
from _step import CouldNotTell, Stop
from _validation import Validation

ON_DATABASE = {"build-from-empty", "rehearsal", "lock-hazards", "reversible", "same-schema"}
NOTHING = "no migration waits for this database"
Found = Iterable[Finding | str]


class Rehearsing(Validation):
    """What these checks hand on to each other."""

    fresh: Schema | Stop | None = None
    upgraded: Schema | Stop | None = None
    measured: list[dict[str, Any]] | None = None
    rows: dict[str, int]
    known: dict[str, list[str]]
    basis: str = ""

    @cached_property
    def pending(self) -> set[str]:
        """Name what waits for the target database."""
        return {node["name"] for node in self.recorded["nodes"] if not node["applied"]}

    @cached_property
    def applied(self) -> set[str]:
        """Name what the target database has."""
        return {node["name"] for node in self.recorded["nodes"] if node["applied"]}


def add_rehearsal_options(parser: argparse.ArgumentParser) -> None:
    """Add the flags of these checks."""
    parser.add_argument("--rehearse", action="store_true", help="also make the checks that need scratch databases")
    parser.add_argument("--copy-of", metavar="FILE", help="rehearse on what this backup restores to (--rehearse)")
    parser.add_argument(
        "--small",
        metavar="ROWS",
        type=at_least(0),
        default=0,
        help="judge no lock on tables of at most so many rows (0)",
    )


def refuse_unasked(case: Rehearsing) -> None:
    """Leave out what makes databases, unless it is asked for; a check that is named is."""
    if not (case.options.rehearse or case.options.copy_of or ON_DATABASE & set(case.options.only)):
        raise Skipped("it makes scratch databases", "ask for it with --rehearse")


@contextmanager
def scratch(case: Rehearsing) -> Iterator[Room]:
    """Hold a place for scratch databases on the target's server."""
    if not hasattr(case, "target"):
        raise CouldNotTell(
            f"scratch databases are made on PostgreSQL only, the project's database is {case.settings['vendor']}",
            "set DATABASE_URL to a server of the kind you deploy on",
        )
    if case.recorded["error"]:
        raise CouldNotTell("the graph of the migrations is broken", "mend what `parents` reports first")
    with scratch_room(case.target, "rehearsal") as room:
        yield room


# --8<-- [start:build_from_empty]
def build_from_empty(case: Rehearsing) -> Found:
    """Run every migration on an empty database; what waits for the target is measured on the way."""
    refuse_unasked(case)
    with scratch(case) as room, room.empty() as target:
        with migrating(case, target, case.applied) as work:
            case.measured = measured = []
            case.known, case.basis, case.rows = (
                work.known,
                "an empty database, rows as the target has them",
                rows_by_table(case.target),
            )
            for number, each in enumerate(work.plan):
                told = work.apply(number, measure=each["name"] in case.pending)
                measured += [told] if "statements" in told else []
                if told["error"]:
                    yield failure(told, case.shown(told["file"]), fresh=True)
                    return
            work.end()
            yield f"{len(work.plan)} migrations"
        case.fresh = settle(room, target)


# --8<-- [end:build_from_empty]


# --8<-- [start:rehearse]
def rehearse(case: Rehearsing) -> Found:
    """Run what waits on a copy with rows, and tell what each migration takes."""
    refuse_unasked(case)
    if not (case.pending or case.options.copy_of):
        yield NOTHING
        return
    with scratch(case) as room, copy_with_rows(case, room) as (target, basis):
        rows = rows_by_table(target)
        with migrating(case, target) as work:
            case.measured, case.known, case.basis, case.rows = [], work.known, basis, rows
            yield f"on {basis}, {sum(rows.values())} rows"
            for number in range(len(work.plan)):
                told = work.apply(number, measure=True)
                case.measured.append(told)
                yield from told_locks(told)
                if told["error"]:
                    yield failure(told, case.shown(told["file"]), fresh=False)
                    return
            work.end()
        case.upgraded = settle(room, target)


# --8<-- [end:rehearse]


def lock_hazards(case: Rehearsing) -> Found:
    """Judge what the pending migrations lock, by what was measured."""
    refuse_unasked(case)
    if not (case.pending or case.options.copy_of):
        yield NOTHING
        return
    if case.measured is None:
        raise CouldNotTell("nothing was measured: neither rehearsed nor built from empty")
    yield f"measured on {case.basis}"
    for told in case.measured:
        yield from judge(Seen(told, case.rows, case.known, case.options.small), case.shown(told["file"]))


# --8<-- [start:reversible]
def reversible(case: Rehearsing) -> Found:
    """Run each migration that waits forwards, back and forwards again; the schema must come back each time."""
    refuse_unasked(case)
    if not case.pending:
        yield NOTHING
        return
    with (
        scratch(case) as room,
        room.empty() as target,
        migrating(case, target) as work,
        connect(target, "rehearsal") as sql,
    ):
        for number, each in enumerate(work.plan):
            before = schema(sql) if each["name"] in case.pending else {}
            told = work.apply(number)
            if told["error"]:
                raise CouldNotTell(f"{each['name']} does not run on an empty database", "see the build from empty")
            if each["name"] in case.pending:
                found = back_and_forth(case, work, number, sql, before)
                yield from accepted(Path(each["file"]), case.shown(each["file"]), "MIG", found)


# --8<-- [end:reversible]


def back_and_forth(case: Rehearsing, work: Migrating, number: int, sql: Sql, before: Schema) -> Iterator[Finding]:
    """Take one migration back and apply it again, and tell where the schema is another than it was.

    What stands in a package that the project uses is no error of the project.
    """
    name, file = work.plan[number]["name"], work.plan[number]["file"]
    after = schema(sql)
    severity = "error" if case.is_ours(file) else "warning"
    for act, wanted, words in (
        (work.unapply, before, "cannot be taken back:"),
        (work.apply, after, "cannot be applied again:"),
    ):
        told = act(number)
        if told["error"]:
            yield replace(failure(told, case.shown(file), fresh=False, verb=words), severity=severity)
            return
        for _, text in compared(unvalidated(wanted), unvalidated(schema(sql)), ("it should be", "it is")):
            yield Finding(f"{name} {words} {text}", "", case.shown(file), 1, "MIG113", severity)


def settle(room: Room, target: Target) -> Schema | Stop:
    """Give the schema to be compared later, or why it cannot be: that is the affair of another check."""
    try:
        return settled(room, target)
    except Stop as error:
        return error


def told_schema(found: Schema | Stop | None, otherwise: str) -> Schema:
    if isinstance(found, Stop):
        raise CouldNotTell(found.fact, found.hint)
    if found is None:
        raise CouldNotTell(otherwise, "see the check that stopped")
    return found


# --8<-- [start:same_schema]
def same_schema(case: Rehearsing) -> Found:
    """Compare what an empty database becomes with what the target becomes."""
    refuse_unasked(case)
    fresh = told_schema(case.fresh, "no empty database was built to the end")
    if case.upgraded is None and not case.pending:
        with scratch(case) as room:
            case.upgraded = settle(room, case.target)
    upgraded = told_schema(case.upgraded, "migrations wait, and they were not rehearsed to the end")
    for severity, text in compared(fresh, upgraded, ("a fresh database", "the upgraded one")):
        yield Finding(text, "make them the same with a migration that does nothing where it is so", severity=severity)


# --8<-- [end:same_schema]
