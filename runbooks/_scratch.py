"""Scratch databases: made beside the target, used for a check, always dropped.

A database is ours if its name, its owner and its connection limit say so; it is in use while the run
that made it holds a lock of the server. What a killed run left is dropped at the next start.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from _address import Target
from _databases import DROPPED, LISTS, drop, empty
from _manifest import locale
from _names import quoted
from _postgres import Sql, connect
from _step import CouldNotTell, Failed

MARK = 7202
BEGINNING = "proofbook_scratch_"
LEFT = f"""
SELECT datname AS name FROM pg_database d
 WHERE datname ~ '^{BEGINNING}[0-9a-f]{{7}}_[0-9]+$' AND datconnlimit IN ({MARK}, {DROPPED})
   AND pg_get_userbyid(datdba) = current_user
   AND NOT EXISTS (SELECT FROM pg_locks
                    WHERE locktype = 'advisory' AND classid = {MARK} AND objsubid = 2
                      AND objid = ('x0' || substr(datname, {len(BEGINNING) + 1}, 7))::bit(32)::int::oid)
"""  # noqa: S608  # no word of it comes from outside
MAY = "SELECT current_user AS name, rolcreatedb OR rolsuper AS may FROM pg_roles WHERE rolname = current_user"
# a list of names is kept as it is written; what the role may not set is left out
SETTINGS = f"""
SELECT format('DO $do$ BEGIN ALTER DATABASE %I SET %s TO %s; '
              'EXCEPTION WHEN insufficient_privilege THEN NULL; END $do$', :'new', name,
              CASE WHEN name IN {LISTS} AND value NOT IN ('', '""') THEN value
                   WHEN name IN {LISTS} THEN quote_literal('') ELSE quote_literal(value) END)
  FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase, unnest(s.setconfig) c,
       LATERAL (SELECT split_part(c, '=', 1) AS name, substr(c, strpos(c, '=') + 1) AS value) each
 WHERE s.setrole IN (0, (SELECT oid FROM pg_roles WHERE rolname = current_user)) AND d.datname = :'old'
 ORDER BY s.setrole \\gexec
"""  # noqa: S608  # no word of it comes from outside


class Room:
    """The scratch databases of one run, and the connection that keeps them from being swept."""

    def __init__(self, target: Target, there: Sql, name: str) -> None:
        self.target = target
        self.run = secrets.token_hex(4)[:7]
        self.count = 0
        self.server = there
        self.held = f"{MARK}, {int(self.run, 16)}"
        self.name = name

    @contextmanager
    def empty(self, like: Mapping[str, Any] | None = None) -> Iterator[Target]:
        """Hold an empty database with the locale given, or with that of the target."""
        with self.made(*empty(like or locale(self.server))) as target:
            yield target

    @contextmanager
    def copied(self, source: str) -> Iterator[Target]:
        """Hold a copy of a database in which nobody is connected."""
        with self.made(f"TEMPLATE {quoted(source)}", {}) as target:
            yield target

    @contextmanager
    def made(self, how: str, values: Mapping[str, str]) -> Iterator[Target]:
        name = f"{BEGINNING}{self.run}_{self.count}"
        self.count += 1
        try:
            self.create(name, how, values)
            yield self.target.on(name)
        finally:
            self.drop(name)

    def create(self, name: str, how: str, values: Mapping[str, str]) -> None:
        """Create one; the mark is part of the statement, so that there is no moment without it."""
        try:
            self.server.script(f"CREATE DATABASE {quoted(name)} {how} CONNECTION LIMIT {MARK};", **values)
            self.server.script(SETTINGS, new=name, old=self.target.value("dbname"))
        except Failed as error:
            raise CouldNotTell(f"there is no scratch database: {error.fact}", error.hint) from None

    def drop(self, name: str) -> None:
        """Drop one of ours, and end what is still connected to it."""
        if self.server.psql.poll() is None:
            drop(self.server, name)
            return
        with connect(self.target, self.name) as server:
            drop(server, name)


def sweep(server: Sql) -> list[str]:
    """Drop what killed runs of the same role left, and name it."""
    left = [row["name"] for row in server.rows(LEFT)]
    for name in left:
        drop(server, name)
    return left


@contextmanager
def scratch_room(target: Target, name: str) -> Iterator[Room]:
    """Hold a place on the target's server for scratch databases; it is in none of the databases it copies."""
    with connect(target, name) as there:
        [role] = there.rows(MAY)
        if not role["may"]:
            raise CouldNotTell(
                f"{role['name']} may not create databases, so there is no scratch database",
                f"ALTER ROLE {quoted(role['name'])} CREATEDB, or run it as a role that may",
            )
        sweep(there)
        room = Room(target, there, name)
        there.script(f"SELECT pg_advisory_lock_shared({room.held});")
        with room.empty() as home, connect(home, name) as keeper:
            keeper.script(f"SELECT pg_advisory_lock_shared({room.held});")
            there.close()
            room.server = keeper
            yield room
