#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Find the sessions that keep a migration waiting, and end those that sit idle in a transaction.

A running query is asked to cancel; a session is ended only if it is idle in a transaction. Nothing
younger than --older-than is touched, nothing of another database, no backup and no server process.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from typing import Any

from _case import Case
from _names import NAME
from _run import perform
from _sessions import SESSIONS, described, is_idle, may_touch, roots
from _step import Failed, Refused, Step
from _target import open_server

TABLES = re.compile(rf"\b(?:TABLE|ON|REFERENCES|INTO|UPDATE|FROM)\s+({NAME}(?:\.{NAME})?)", re.IGNORECASE)


class Unblocking(Case):
    """What this run has found."""

    blockers: list[Any]
    cancel: list[Any]
    end: list[Any]


# --8<-- [start:find_blockers]
def find_blockers(case: Unblocking) -> list[str]:
    """Find who is in the way: of a migration that waits, or else of the migrations still to run."""
    sessions = {session["pid"]: session for session in case.sql.rows(SESSIONS)}
    waiting = [session for session in sessions.values() if session["waits"]]
    if waiting:
        case.blockers = roots(sessions, waiting)
        return [f"waits: {described(session)}" for session in waiting] + tell_blockers(case)
    tables = pending_tables(case)
    case.blockers = [
        session
        for session in sessions.values()
        if set(session["holds"]) & tables and (is_idle(session) or (session["age"] or 0) >= case.options.older_than)
    ]
    return [
        f"no migration waits; still to run are changes of {', '.join(sorted(tables)) or 'no table'}",
        *tell_blockers(case),
    ]


# --8<-- [end:find_blockers]


def tell_blockers(case: Unblocking) -> list[str]:
    return [f"blocks: {described(session)}" for session in case.blockers]


# --8<-- [start:pending_tables]
def pending_tables(case: Unblocking) -> set[str]:
    """Name the existing tables that the pending migrations would change."""
    if case.project is None:
        return set()
    pending = [node["name"] for node in case.ask("history")["nodes"] if not node["applied"]]
    sql = [text for name in pending for each in case.ask("operations", migration=name) for text in each["sql"]]
    names = {match[1] for text in sql for match in TABLES.finditer(text)}
    return {
        row["name"]
        for row in case.sql.rows(
            "SELECT DISTINCT to_regclass(n)::text AS name FROM jsonb_array_elements_text(:'names'::jsonb) n "
            "JOIN pg_class c ON c.oid = to_regclass(n) WHERE c.relkind IN ('r', 'p')",
            names=json.dumps(sorted(names)),
        )
    }


# --8<-- [end:pending_tables]


# --8<-- [start:choose]
def choose(case: Unblocking) -> list[str]:
    """Choose what may be done about each of them; refuse if it is nothing."""
    case.cancel = [
        each for each in case.blockers if may_touch(each, case.options.older_than) and each["state"] == "active"
    ]
    case.end = [each for each in case.blockers if may_touch(each, case.options.older_than) and is_idle(each)]
    if case.blockers and not case.cancel and not case.end:
        raise Refused(
            f"they are left alone: younger than {case.options.older_than} s, a backup, or a process of the server",
            "wait, stop them where they were started, or lower --older-than",
        )
    return [f"ask pid {each['pid']} to cancel its query" for each in case.cancel] + [
        f"end the session of pid {each['pid']}, idle in a transaction" for each in case.end
    ]


# --8<-- [end:choose]


def undo_nothing(_: Unblocking) -> list[str]:
    return ["none: what a session had not committed is rolled back, and its client must run it again"]


# --8<-- [start:clear_way]
def clear_way(case: Unblocking) -> list[str]:
    """Cancel and end exactly the sessions that were named, if each is in the same transaction still."""
    says = []
    for session, call, state in [
        *((each, "pg_cancel_backend", "active") for each in case.cancel),
        *((each, "pg_terminate_backend", "idle in transaction%") for each in case.end),
    ]:
        done = case.sql.rows(
            f"SELECT {call}(pid) AS done FROM pg_stat_activity WHERE pid = :'pid'::int AND pid <> pg_backend_pid() "  # noqa: S608
            "AND backend_start = :'since'::timestamptz AND xact_start = :'begun'::timestamptz "
            "AND datname = current_database() AND state LIKE :'state'",
            pid=str(session["pid"]),
            since=session["since"],
            begun=session["begun"],
            state=state,
        )
        says.append(f"pid {session['pid']}: {'asked' if done else 'has moved on by itself'}")
    return says


# --8<-- [end:clear_way]


# --8<-- [start:check_way]
def check_way(case: Unblocking) -> list[str]:
    """Look again until nobody is in the way, for as long as --wait says."""
    named = {(each["pid"], each["begun"]) for each in case.blockers}
    end = time.monotonic() + case.options.wait
    while True:
        find_blockers(case)
        left = [each for each in case.blockers if (each["pid"], each["begun"]) in named]
        if not left:
            return ["none of them is in the way any more; run migrate again if it has given up"]
        if time.monotonic() > end:
            raise Failed("still in the way: " + "; ".join(map(described, left)), "run this again, or ask their owner")
        time.sleep(0.2)


# --8<-- [end:check_way]


# --8<-- [start:steps]
STEPS = [
    Step("Open the database", open_server),
    Step("Find the sessions in the way", find_blockers),
    Step("Clear the way", choose, clear_way, undo_nothing),
    Step("Look again", check_way, after=True),
]
# --8<-- [end:steps]


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--older-than",
        metavar="SECONDS",
        type=float,
        default=60,
        help="touch only transactions that have been open this long (60)",
    )
    parser.add_argument(
        "--wait", metavar="SECONDS", type=float, default=10, help="how long to look whether they are gone (10)"
    )


def main(argv: list[str] | None = None) -> int:
    """Run this runbook."""
    return perform(__file__, __doc__, STEPS, argv, add_options, case_type=Unblocking)


if __name__ == "__main__":
    raise SystemExit(main())
