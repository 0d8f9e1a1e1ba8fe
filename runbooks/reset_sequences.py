#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Set each sequence that is behind its table to the table's highest id.

A counter only ever goes up here: one that is ahead of its table is left as it is.
"""

from __future__ import annotations

import argparse
import shlex

from _case import Case
from _counters import Counter, counters
from _run import perform
from _step import CouldNotTell, Failed, Refused, Step
from _target import open_server


class Reset(Case):
    """What this run has found."""

    has_counters = True
    behind: list[Counter]


def open_database(case: Reset) -> list[str]:
    """Open the database; SQLite has nothing to be opened for."""
    try:
        return open_server(case)
    except CouldNotTell:
        if case.project is None or case.project.ask("settings")["vendor"] != "sqlite":
            raise
    case.has_counters, case.behind = False, []
    return ["the project's database is SQLite, which follows the highest id by itself: not needed"]


# --8<-- [start:find_behind]
def find_behind(case: Reset) -> list[str]:
    """Hold every counter against the highest id of its table."""
    if not case.has_counters:
        return []
    table = case.options.table
    found = counters(case.sql, table)
    if table and not found:
        raise Refused(f"no sequence belongs to a table {table}", "give the name as the database has it")
    case.behind = [each for each in found if each.is_behind]
    return [f"{len(found)} sequences, {len(case.behind)} of them behind their tables"]


# --8<-- [end:find_behind]


def say_reset(case: Reset) -> list[str]:
    return [f"{each.table}: the next id would be {each.next}, the highest is {each.highest}" for each in case.behind]


def undo_reset(case: Reset) -> list[str]:
    return [f"psql --command {in_quotes(each.back())}" for each in case.behind]


def in_quotes(statement: str) -> str:
    return shlex.quote(statement) if set('"$`\\') & set(statement) else f'"{statement}"'


# --8<-- [start:reset]
def reset(case: Reset) -> list[str]:
    """Set each counter while nobody writes to its table, so that no id is given out in between."""
    for each in case.behind:
        case.sql.script("BEGIN;")
        case.sql.foreign(each.lock())
        case.sql.foreign(each.forward())
        case.sql.script("COMMIT;")
    return [f"set {len(case.behind)} sequences"]


# --8<-- [end:reset]


def look_again(case: Reset) -> list[str]:
    find_behind(case)
    if case.behind:
        names = ", ".join(each.table for each in case.behind)
        raise Failed(
            f"behind again: {names}", "something writes rows with ids of its own: find it, then run this again"
        )
    return ["no sequence is behind its table"]


# --8<-- [start:steps]
STEPS = [
    Step("Open the database", open_database),
    Step("Hold the sequences against their tables", find_behind),
    Step("Set those that are behind", say_reset, reset, undo_reset),
    Step("Look again", look_again, after=True),
]
# --8<-- [end:steps]


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--table", metavar="T", default="", help="only this table, as the database names it")


def main(argv: list[str] | None = None) -> int:
    """Run this runbook."""
    return perform(__file__, __doc__, STEPS, argv, add_options, case_type=Reset)


if __name__ == "__main__":
    raise SystemExit(main())
