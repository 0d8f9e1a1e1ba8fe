"""A running PostgreSQL to prove on: how it is reached, and what may be done there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from proofbook.errors import ProofbookError

BEING_CREATED = """
select pg_terminate_backend(pid, 10000) from pg_stat_activity
 where pid <> pg_backend_pid() and state = 'active' and starts_with(query, %s)
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: how its owner reaches it, the role sandboxes use, its tools and its version."""

    admin: str
    role: str
    tools: Path | None
    version: str
    data: Path | None = None

    def url(self, database: str) -> str:
        """Give the libpq URL by which a sandbox reaches its database."""
        parts = conninfo_to_dict(self.admin)
        host, port = parts.get("host", ""), parts.get("port", "")
        word = f":{quote(str(parts['password']), safe='')}" if parts.get("password") else ""
        user = f"{quote(self.role, safe='')}{word}"
        if not host or str(host).startswith("/"):
            rest = "".join(f"&{name}={parts[name]}" for name in ("port",) if parts.get(name))
            return f"postgresql://{user}@/{database}?host={quote(str(host or '/var/run/postgresql'))}{rest}"
        return f"postgresql://{user}@{host}:{port or 5432}/{database}"

    def variables(self, database: str) -> dict[str, str]:
        """Give the libpq variables of a sandbox."""
        parts = conninfo_to_dict(self.url(database))
        names = {
            "host": "PGHOST",
            "port": "PGPORT",
            "user": "PGUSER",
            "password": "PGPASSWORD",
            "dbname": "PGDATABASE",
        }
        return {name: str(parts[key]) for key, name in names.items() if parts.get(key)}

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """Connect as the server's owner, in autocommit."""
        return psycopg.connect(make_conninfo(self.admin, dbname=database), autocommit=True)


def use_server(url: str, tools: Path | None) -> Server:
    """Check that the server at ``url`` answers and that its role may create databases."""
    place = "PROOFBOOK_DATABASE_URL"
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
            row = connection.execute(
                "select rolcreatedb or rolsuper, current_user from pg_roles where rolname = current_user"
            ).fetchone()
            version = version_of(connection)
    except psycopg.Error as error:
        hint = "start that server, or unset the variable to use the embedded one"
        raise ProofbookError(place, f"the server does not answer: {str(error).strip()}", hint) from None
    if not row or not row[0]:
        hint = f"ALTER ROLE {row[1] if row else '...'} CREATEDB"
        raise ProofbookError(place, "its role may not create databases", hint)
    return Server(make_conninfo(url), str(row[1]), tools, version)


def drop_databases(server: Server, prefix: str) -> None:
    """Drop every database whose name begins so, whoever is connected."""
    with server.connect() as connection:
        # a killed client's command goes on: its database would appear after we have looked
        connection.execute(BEING_CREATED, [f'create database "{prefix}'])
        # a test runner in a sandbox puts `test_` before the name it is given
        query = "select datname from pg_database where starts_with(datname, %s) or starts_with(datname, %s)"
        for (name,) in connection.execute(query, [prefix, f"test_{prefix}"]).fetchall():
            connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


def version_of(connection: psycopg.Connection) -> str:
    """Give the server's version as people write it: 18.4."""
    number = connection.info.server_version
    return f"{number // 10000}.{number % 10000}"
