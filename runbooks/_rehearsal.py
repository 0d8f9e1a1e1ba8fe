"""The checks that need a database: build from empty, rehearse, judge locks, take back, compare.

Every scratch database is dropped when its check ends.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from _accepted import accepted
from _case import Case
from _catalogue import Schema, compared, schema
from _check import Check, Skipped
from _failure import failure
from _finding import Finding
from _hazards import judge
from _locks import told_locks
from _migrating import Migrating, migrating, place_of
from _postgres import Sql, connect
from _rehearsing import copy_with_rows, rows_by_table
from _scratch import Room, scratch_room
from _step import CouldNotTell
from _target import connect_for, open_target, start_project

Found = Iterable[Finding | str]


class Rehearsing(Case):
    """What the checks of one run hand on to each other."""

    applied: set[str]
    pending: set[str]
    fresh: Schema | None = None
    upgraded: Schema | None = None
    measured: list[dict[str, Any]] | None = None
    rows: dict[str, int]
    known: dict[str, list[str]]
    basis: str = ""


def add_rehearsal_options(parser: argparse.ArgumentParser) -> None:
    """Add the flags of these checks."""
    parser.add_argument("--copy-of", metavar="FILE", help="rehearse on this backup of backup_database")
    parser.add_argument(
        "--small", metavar="ROWS", type=int, default=0, help="judge no lock on tables of at most so many rows (0)"
    )


def open_all(case: Rehearsing) -> None:
    """Open project and database, unless an earlier check has."""
    project = case.project or start_project(case)
    if not hasattr(case, "target"):
        open_target(case, project.ask("settings"))
    if not hasattr(case, "sql"):
        case.sql = connect_for(case, case.target)
    if not hasattr(case, "pending"):
        nodes = case.ask("history")["nodes"]
        case.applied = {node["name"] for node in nodes if node["applied"]}
        case.pending = {node["name"] for node in nodes} - case.applied


@contextmanager
def scratch(case: Rehearsing) -> Iterator[Room]:
    open_all(case)
    with scratch_room(case.target, "rehearsal") as room:
        yield room


# --8<-- [start:build_from_empty]
def build_from_empty(case: Rehearsing) -> Found:
    """Run every migration on an empty database; what waits for the target is measured on the way."""
    with scratch(case) as room, room.empty() as target:
        with migrating(case, target, case.applied) as work:
            measured = []
            for number, each in enumerate(work.plan):
                told = work.apply(number, measure=each["name"] not in case.applied)
                if told["error"]:
                    yield failure(told, place_of(told["file"]), fresh=True)
                    return
                measured += [told] if "statements" in told else []
            work.end()
            yield f"{len(work.plan)} migrations"
            case.measured, case.known, case.basis = measured, work.known, "an empty database"
        with connect(target, "rehearsal") as sql:
            case.fresh = schema(sql)
        case.rows = rows_by_table(case.target)


# --8<-- [end:build_from_empty]


# --8<-- [start:rehearse]
def rehearse(case: Rehearsing) -> Found:
    """Run what waits on a copy with rows, and tell what each migration takes."""
    open_all(case)
    if not case.pending and not case.options.copy_of:
        raise Skipped("no migration waits for this database")
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
                    yield failure(told, place_of(told["file"]), fresh=False)
                    return
            work.end()
        with connect(target, "rehearsal") as sql:
            case.upgraded = schema(sql)


# --8<-- [end:rehearse]


def lock_hazards(case: Rehearsing) -> Found:
    """Judge what the pending migrations lock, by what was measured."""
    if case.measured is None:
        raise CouldNotTell("nothing was measured: neither rehearsed nor built from empty")
    yield f"measured on {case.basis}"
    for told in case.measured:
        yield from judge(told, case.rows, case.known, case.options.small)


# --8<-- [start:reversible]
def reversible(case: Rehearsing) -> Found:
    """Run each migration that waits forwards, back and forwards again; the schema must come back each time."""
    open_all(case)
    if not case.pending:
        raise Skipped("no migration waits for this database")
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
                found = back_and_forth(work, number, sql, before, schema(sql))
                yield from accepted(Path(each["file"]), place_of(each["file"]), "MIG", found)


# --8<-- [end:reversible]


def back_and_forth(work: Migrating, number: int, sql: Sql, before: Schema, after: Schema) -> Iterator[Finding]:
    """Take one migration back and apply it again, and tell where the schema is another than it was.

    What stands in a package that the project uses is no error of the project.
    """
    name, file = work.plan[number]["name"], work.plan[number]["file"]
    severity = "error" if is_own(work.case, file) else "warning"
    for act, wanted, words in (
        (work.unapply, before, "cannot be taken back:"),
        (work.apply, after, "cannot be applied again:"),
    ):
        told = act(number)
        if told["error"]:
            yield replace(failure(told, place_of(file), fresh=False, verb=words), severity=severity)
            return
        for _, text in compared(wanted, schema(sql), ("it should be", "it is")):
            yield Finding(f"{name} {words} {text}", "", place_of(file), 1, "MIG113", severity)


def is_own(case: Case, file: str) -> bool:
    """Tell whether a migration is the project's own."""
    return Path(file).resolve().is_relative_to(Path(case.options.project).resolve()) and "site-packages" not in file


# --8<-- [start:same_schema]
def same_schema(case: Rehearsing) -> Found:
    """Compare what an empty database becomes with what the target becomes."""
    if case.fresh is None:
        raise CouldNotTell("there is no schema built from empty to compare with")
    upgraded = case.upgraded
    if upgraded is None and not case.pending:
        upgraded = schema(case.sql)
    if upgraded is None:
        raise CouldNotTell("migrations wait, and they were not rehearsed to the end", "name a backup with --copy-of")
    for severity, text in compared(case.fresh, upgraded, ("a fresh database", "the upgraded one")):
        yield Finding(text, "make them the same with a migration that does nothing where it is so", severity=severity)


# --8<-- [end:same_schema]


CHECKS = [
    Check("build-from-empty", "Every migration runs on an empty database", build_from_empty, fault="MIG108"),
    Check("rehearsal", "What waits runs on a copy with rows", rehearse),
    Check("lock-hazards", "What waits locks nobody out for long", lock_hazards),
    Check("reversible", "What waits can be taken back", reversible, fault="MIG113"),
    Check("same-schema", "Fresh and upgraded schemas are the same", same_schema, fault="MIG117"),
]
