#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Fill the NULLs of a column, in batches, so that it can become NOT NULL.

Every key is written to a journal before its batch is committed: the undo sets exactly those rows to
NULL again, unless they have been changed since.
"""

from __future__ import annotations

import argparse
import json
import operator
from pathlib import Path

from _case import Case
from _journal import Journal, find_journal
from _names import literal
from _nulls import FIND, Column
from _numbers import at_least
from _run import perform
from _step import Failed, Refused, Step
from _target import connect_for, only_run, open_server


class Backfill(Case):
    """What this run has found."""

    column: Column
    nulls: int
    fill: str
    journal: Journal
    lines: list[str]


# --8<-- [start:count_nulls]
def count_nulls(case: Backfill) -> list[str]:
    """Find the column and count its NULLs."""
    name = f"{case.options.table}.{case.options.column}"
    found = case.sql.rows(FIND, table=case.options.table, column=case.options.column)
    if not found:
        raise Refused(f"there is no column {name} that can be filled", "give the names as the database has them")
    case.column = Column(**found[0])
    case.nulls = 0 if case.column.filled else int(case.sql.foreign(case.column.count())[0])
    if case.nulls and not case.column.keys:
        raise Refused(f"{case.options.table} has no primary key", "rows that cannot be named cannot be set back")
    return [f"{name} is of type {case.column.type} and has {case.nulls} NULLs"]


# --8<-- [end:count_nulls]


# --8<-- [start:probe_value]
def probe_value(case: Backfill) -> list[str]:
    """Fill one batch in a transaction that is rolled back: the value must fit."""
    options = case.options
    if not case.nulls:
        return []
    if (options.value is None) == (options.expression is None):
        raise Refused("no value is given", "say what the rows shall hold: --value V, or --expression SQL")
    if options.expression and ";" in options.expression:
        raise Refused("the expression holds a semicolon", "give one SQL expression, not a statement")
    case.fill = f"({options.expression})" if options.expression else literal(options.value)
    sql = connect_for(case, case.target)
    try:
        sql.script("BEGIN; SET CONSTRAINTS ALL IMMEDIATE;")
        left = [line for line in sql.foreign(case.column.fill(case.fill, options.batch)) if json.loads(line)[1] is None]
        sql.script("ROLLBACK;")
    except Failed as error:
        raise Refused(f"the value does not fit: {error.fact}", "try it in a SELECT first") from None
    if left:
        raise Refused(f"the expression gives NULL for {len(left)} of the first {options.batch} rows", "use coalesce()")
    return [f"{options.expression or options.value} fits the first rows"]


# --8<-- [end:probe_value]


def say_fill(case: Backfill) -> list[str]:
    if not case.nulls:
        return []
    names = (case.target.value("dbname"), case.options.table, case.options.column)
    case.journal = find_journal(case.options.journal, "backfill_nulls", *names)
    return [f"fill {case.nulls} rows, {case.options.batch} at a time"]


def undo_fill(case: Backfill) -> list[str]:
    column = ["--table", case.options.table, "--column", case.options.column]
    return [case.command(*column, "--undo", str(case.journal.path), "--apply")]


# --8<-- [start:fill]
def fill(case: Backfill) -> list[str]:
    """Fill batch after batch; the journal is on disk before a batch is committed."""
    only_run(case.sql, f"backfill of {case.column.table}")
    last: list[str] = []
    filled = 0
    while True:
        case.sql.script("BEGIN;")
        lines = case.sql.foreign(case.column.fill(case.fill, case.options.batch, last))
        case.journal.write(lines)
        case.sql.script("COMMIT;")
        if not lines:
            return [f"filled {filled} rows"]
        filled += len(lines)
        last = max(map(json.loads, lines), key=operator.itemgetter(2))[0]


# --8<-- [end:fill]


# --8<-- [start:check_nulls]
def check_nulls(case: Backfill) -> list[str]:
    """Count the NULLs again."""
    count_nulls(case)
    if case.nulls:
        raise Failed(f"{case.nulls} rows are NULL still", "something writes NULLs: run this again, and migrate at once")
    case.journal.end()
    return ["no NULL is left"]


# --8<-- [end:check_nulls]


def say_empty(case: Backfill) -> list[str]:
    case.journal = Journal(Path(case.options.undo))
    is_file = case.journal.path.is_file()
    if not is_file and case.journal.path.name and case.journal.undone().exists():
        return []
    if not is_file:
        raise Refused(f"there is no journal {case.journal.path}", "the run that filled the rows says its name")
    case.lines = case.journal.read()
    return [f"set {len(case.lines)} rows to NULL again, but none that has been changed since"]


def undo_empty(_: Backfill) -> list[str]:
    return ["run the backfill again, with the same value"]


# --8<-- [start:empty]
def empty(case: Backfill) -> list[str]:
    """Set to NULL what the journal names, as long as it still holds what was filled in."""
    size = case.options.batch
    batches = [case.lines[start : start + size] for start in range(0, len(case.lines), size)]
    emptied = sum(len(case.sql.foreign(case.column.empty(lines))) for lines in batches)
    case.journal.path.rename(case.journal.undone())
    return [f"{emptied} rows are NULL again"]


# --8<-- [end:empty]


# --8<-- [start:steps]
STEPS = [
    Step("Open the database", open_server),
    Step("Count the NULLs", count_nulls),
    Step("Try the value on some rows, and roll back", probe_value),
    Step("Fill the rows", say_fill, fill, undo_fill),
    Step("Count the NULLs again", check_nulls, after=True),
]

UNDO_STEPS = [
    Step("Open the database", open_server),
    Step("Count the NULLs", count_nulls),
    Step("Set the rows to NULL again", say_empty, empty, undo_empty),
]
# --8<-- [end:steps]


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--table", metavar="T", required=True, help="the table, as the database names it")
    parser.add_argument("--column", metavar="C", required=True, help="the column to fill")
    parser.add_argument("--value", metavar="V", help="one value for every row")
    parser.add_argument("--expression", metavar="SQL", help="an SQL expression over the row's columns")
    parser.add_argument("--batch", metavar="N", type=at_least(1), default=1000, help="rows in one transaction (1000)")
    parser.add_argument("--journal", metavar="DIR", help="where the keys are kept (~/.local/state/proofbook)")
    parser.add_argument("--undo", metavar="FILE", help="undo: the journal of the run to take back")


def main(argv: list[str] | None = None) -> int:
    """Run this runbook."""
    return perform(
        __file__,
        __doc__,
        STEPS,
        argv,
        add_options,
        case_type=Backfill,
        undo_steps=UNDO_STEPS,
        undoes=lambda options: options.undo is not None,
    )


if __name__ == "__main__":
    raise SystemExit(main())
