"""What the runbooks know of the server's sessions: who holds what, and who waits for whom."""

from __future__ import annotations

import re
import textwrap
from typing import Any

from _step import CouldNotTell

STRONG = "('ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')"
SESSIONS = f"""
SELECT a.pid, a.usename AS "user", a.application_name AS application, a.state, a.backend_start::text AS since,
       a.xact_start::text AS begun, extract(epoch FROM clock_timestamp() - a.xact_start)::int AS age,
       a.backend_type AS kind, a.query,
       pg_blocking_pids(a.pid) AS blockers, coalesce(l.waits, false) AS waits, coalesce(l.holds, '[]') AS holds
  FROM pg_stat_activity a LEFT JOIN LATERAL (
       SELECT bool_or(NOT granted AND locktype = 'relation' AND mode IN {STRONG}) AS waits,
              jsonb_agg(DISTINCT relation::regclass::text) FILTER (WHERE granted AND relation IN (
                  SELECT oid FROM pg_class
                   WHERE relkind IN ('r', 'p') AND relnamespace <> 'pg_catalog'::regnamespace)) AS holds
         FROM pg_locks WHERE pg_locks.pid = a.pid) l ON true
 WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
"""  # noqa: S608  # no word of it comes from outside


# --8<-- [start:roots]
def roots(sessions: dict[int, Any], waiting: list[Any]) -> list[Any]:
    """Follow who waits for whom down to those who wait for nobody."""
    found, queue, seen = {}, [pid for session in waiting for pid in session["blockers"]], set()
    while queue:
        pid = queue.pop(0)
        if pid not in sessions:
            raise CouldNotTell(
                "a prepared transaction or a session elsewhere holds the lock", "look at pg_prepared_xacts"
            )
        if pid not in seen and not sessions[pid]["blockers"]:
            found[pid] = sessions[pid]
        queue += [each for each in sessions[pid]["blockers"] if pid not in seen]
        seen.add(pid)
    return list(found.values())


# --8<-- [end:roots]


def described(session: Any) -> str:
    query = re.sub(r"'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$|\b\d+(\.\d+)?\b", "?", session["query"] or "", flags=re.DOTALL)
    query = textwrap.shorten(query, 80, placeholder=" ...")
    name = session["application"] or "unnamed"
    return (
        f"pid {session['pid']}, user {session['user']}, application {name}, {session['state'] or session['kind']}, "
        f"in a transaction for {session['age'] or 0} s, holds {', '.join(session['holds']) or 'no table'}: {query}"
    )


def is_idle(session: Any) -> bool:
    return (session["state"] or "").startswith("idle in transaction")


def may_touch(session: Any, older_than: float) -> bool:
    """Leave alone what is young, a backup, one of ours, or a process of the server."""
    name = session["application"] or ""
    return (
        session["kind"] == "client backend"
        and (session["age"] or 0) >= older_than
        and not name.startswith(("pg_dump", "pg_basebackup", "proofbook"))
    )
