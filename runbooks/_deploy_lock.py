"""The lock that only one deployment of a database holds: an advisory lock of PostgreSQL, gone with its connection."""

from __future__ import annotations

import argparse
import getpass
import os
import socket
import time
from collections.abc import Generator
from typing import Any

from _case import Case
from _databases import MAINTENANCE
from _postgres import Sql, connect
from _step import CouldNotTell, Failed, Refused
from _target import connect_for, find_server

KEY = "hashtextextended('deployment of ' || :'name', 7201)"
WAIT, PAUSE = "wait for it with --wait-lock SECONDS; the lock goes when its holder ends", 0.3
HELD = f"""
SELECT EXISTS (SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.pid = pg_backend_pid()
   AND (l.classid::bigint << 32) | l.objid::bigint = {KEY}) AS held
"""  # noqa: S608  # no word of it comes from outside
HOLDERS = f"""
SELECT a.pid, a.usename AS "user", a.application_name AS application,
       CASE WHEN a.backend_start IS NULL THEN 'a place this role may not see'
            ELSE coalesce(a.client_hostname, host(a.client_addr), 'the local socket') END AS place,
       to_char(coalesce(a.state_change, a.backend_start) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') AS since,
       extract(epoch FROM clock_timestamp() - coalesce(a.state_change, a.backend_start))::int AS age
  FROM pg_locks l JOIN pg_stat_activity a USING (pid)
 WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted
   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND (l.classid::bigint << 32) | l.objid::bigint = {KEY}
"""  # noqa: S608  # no word of it comes from outside


class Locked(Case):
    """What every run knows that takes the lock."""

    name: str
    server: Sql
    lock: Sql | None = None


# --8<-- [start:open_lock]
def open_lock(case: Locked) -> list[str]:
    """Open the database in which the lock lies: another one, which is not renamed when a backup is restored."""
    says = find_server(case)
    case.name = case.target.value("dbname")
    case.server = connect_for(case, case.target.on(case.options.maintenance))
    return [*says, *(f"deployed by {tell_holder(each)}" for each in holders(case.server, case.name))]


# --8<-- [end:open_lock]


def holders(server: Sql, name: str) -> list[Any]:
    """Give the sessions that hold the lock of a database: one, or none."""
    return server.rows(HOLDERS, name=name)


def tell_holder(holder: Any) -> str:
    """Tell who holds the lock, and since when."""
    who = (holder["application"] or "").removeprefix("proofbook ").removeprefix("deploys as ")
    since = f"since {holder['since']} UTC, {holder['age']} s ago" if holder["since"] else "since an unknown time"
    return f"{who or 'an unnamed program'}, role {holder['user']}, from {holder['place']}, pid {holder['pid']}, {since}"


# --8<-- [start:others]
def wait_for_others(case: Locked) -> None:
    """Wait until nobody deploys the database, for as long as --wait-lock says."""
    end = time.monotonic() + case.options.wait_lock
    while found := [tell_holder(each) for each in holders(case.server, case.name)]:
        if time.monotonic() >= end:
            raise Refused(f"{case.name} is being deployed by {'; '.join(found)}", WAIT)
        time.sleep(PAUSE)


# --8<-- [end:others]


# --8<-- [start:take_lock]
def take_lock(case: Locked) -> Generator[str, None, int]:
    """Take the lock on a connection of its own, and wait for it as long as --wait-lock says.

    It gives the number of the pipe whose end is the end of the lock.
    """
    target = case.target.on(case.options.maintenance)
    lock = case.stack.enter_context(connect(target, f"deploys as {whoami()}", outlives=True))
    end, told = time.monotonic() + case.options.wait_lock, ""
    while not lock.value(f"SELECT pg_try_advisory_lock({KEY}) AS held", name=case.name):
        found = [tell_holder(each) for each in holders(case.server, case.name)]
        if time.monotonic() >= end:
            raise Refused(
                f"{case.name} is being deployed by {'; '.join(found) or 'somebody who has just ended'}",
                WAIT,
            )
        if found and told != found[0].partition(", since")[0]:
            told = found[0].partition(", since")[0]
            yield f"waiting for {found[0]}"
        time.sleep(PAUSE)
    case.lock = lock
    yield f"nobody else deploys {case.name} until this ends"
    return lock.stdin.fileno()


# --8<-- [end:take_lock]


def whoami() -> str:
    """Name user, machine and process in letters that a session's name may have."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()[:24]}:{os.getpid()}".encode("ascii", "replace").decode()


def still_held(case: Locked) -> bool:
    """Ask the connection that holds the lock whether it does; one that was ended cannot answer."""
    try:
        return case.lock is not None and bool(case.lock.value(HELD, name=case.name))
    except (CouldNotTell, Failed):
        return False


def add_lock_options(parser: argparse.ArgumentParser) -> None:
    """Offer what every run has that takes the lock."""
    add = parser.add_argument
    add("--wait-lock", metavar="SECONDS", type=float, default=0, help="how long to wait for the lock (0)")
    add("--maintenance", metavar="NAME", default=MAINTENANCE, help="the database in which the lock lies (postgres)")
    add("--command-limit", metavar="SECONDS", type=float, default=600, help="how long a command may take (600)")
