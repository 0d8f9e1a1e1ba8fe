"""A PostgreSQL server that one sandbox has for itself: its rules, settings and roles may be broken."""

from __future__ import annotations

import contextlib
import random
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from proofbook.errors import ProofbookError
from proofbook.lab.cluster import Cluster
from proofbook.lab.ownership import copy_tree, give
from proofbook.lab.postgres import Server
from proofbook.lab.programs import Account

ADDRESS = "127.0.0.1"
SUPERUSER = "postgres"
FIRST_RULE = f"local all {SUPERUSER} trust"
RULES = ("local all all scram-sha-256", f"host all all {ADDRESS}/32 scram-sha-256")
PORT_LINE, SOCKET_LINE = 3, 4
# below what the system hands out by itself: a stopped server's port must still be free when it starts again
PORTS = range(15000, 30000)
# what a snippet starts by it outlives the snippet, and is copied with the sandbox instead of keeping it alive
PG_CTL = """#!/bin/sh
unset PROOFBOOK_FENCE PROOFBOOK_SANDBOX
exec {tools}/pg_ctl -l "$PGLOG" "$@"
"""


@dataclass(slots=True)
class OwnServer:
    """The private server of a sandbox, below ``folder``; ``wakes`` when its copies run although it does not."""

    folder: Path
    tools: Path
    account: Account | None
    environment: Mapping[str, str]
    role: str
    version: str
    port: int
    password: str
    wakes: bool = False

    @property
    def data(self) -> Path:
        """The data folder: ``$PGDATA``."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """The file the server writes its log to: ``$PGLOG``."""
        return self.folder / "server.log"

    @property
    def superuser_url(self) -> str:
        """The URL of the server's own administrator, by its socket: ``$SUPERUSER_URL``."""
        return f"postgresql://{SUPERUSER}@/postgres?host={quote(str(self.folder / 's'))}&port={self.port}"

    @property
    def is_running(self) -> bool:
        """Tell whether the server runs."""
        return (self.data / "postmaster.pid").exists()

    def hba(self, *rules: str) -> None:
        """Replace the rules of pg_hba.conf, but for the first one: the superuser always comes in by the socket."""
        self._write("pg_hba.conf", "\n".join((FIRST_RULE, *rules)) + "\n")
        self._reload()

    def configure(self, **settings: Any) -> None:
        """Write settings into postgresql.conf and reload it; some of them ask for ``restart()``."""
        lines = (f"{name} = '{_written(value)}'\n" for name, value in settings.items())
        self._write("postgresql.conf", (self.data / "postgresql.conf").read_text("utf-8") + "".join(lines))
        self._reload()

    def start(self) -> None:
        """Start the server.

        Raises ProofbookError with the end of its log when it does not come up.
        """
        self._start("-l", str(self.log))

    def stop(self, *, mode: str = "fast") -> None:
        """Stop the server if it runs."""
        self._cluster.stop(mode=mode)

    def restart(self) -> None:
        """Stop the server and start it again."""
        self.stop()
        self.start()

    def sql(self, statement: str, *values: Any, database: str = "") -> list[tuple[Any, ...]]:
        """Run one statement as the superuser, in the sandbox's database unless another is named."""
        with self.connect(database or self.role) as connection:
            cursor = connection.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """Connect as the superuser, in autocommit, wherever the server's socket now is."""
        lines = (self.data / "postmaster.pid").read_text("utf-8").splitlines() if self.is_running else []
        if len(lines) <= SOCKET_LINE:
            raise psycopg.OperationalError(f"the server in {self.data} does not run")
        host = str((self.data / lines[SOCKET_LINE]).resolve())
        words = make_conninfo(host=host, port=lines[PORT_LINE], user=SUPERUSER, dbname=database)
        return psycopg.connect(words, autocommit=True)

    @contextlib.contextmanager
    def awake(self) -> Iterator[None]:
        """Let it run for who must look into it; one that was stopped is heard by nobody else."""
        if self.is_running:
            yield
            return
        unheard = "-c listen_addresses= -c unix_socket_directories=../unheard"
        self._start("-l", str(self.folder / "unheard.log"), "-o", unheard)
        try:
            yield
        finally:
            self.stop()

    def copy(self, folder: Path, *, asleep: bool) -> OwnServer:
        """Give a copy below ``folder``, in the same condition; one that is ``asleep`` serves only to be copied."""
        was_running = self.is_running
        self.stop()
        try:
            copy = replace(self, folder=folder, wakes=False)
            copy._lay_out(self.data)  # noqa: SLF001
        finally:
            if was_running:
                self.start()
        if was_running or self.wakes:
            copy.wakes = asleep
            if not asleep:
                copy.start()
        return copy

    def reached(self) -> Server:
        """Give the server as a sandbox reaches it: by its port, with a password."""
        admin = make_conninfo(host=ADDRESS, port=self.port, user=self.role, password=self.password)
        return _Reached(admin, self.role, self.tools, self.version, self.data, self)

    def variables(self) -> dict[str, str]:
        """Give what a sandbox's environment says of it beside the usual."""
        return {"PGDATA": str(self.data), "PGLOG": str(self.log), "SUPERUSER_URL": self.superuser_url}

    def _lay_out(self, data: Path) -> None:
        """Copy a data folder, and put beside it what the server and the sandbox need."""
        for place in (self.folder, *(self.folder / name for name in ("s", "unheard", "bin"))):
            place.mkdir()
        program = self.folder / "bin" / "pg_ctl"
        program.write_text(PG_CTL.format(tools=self.tools), "utf-8")
        program.chmod(0o755)
        give(self.folder, self.account)
        # whoever reaches the socket is the superuser
        for name in ("s", "unheard"):
            (self.folder / name).chmod(0o700)
        copy_tree(data, self.data, self.account)

    def _write(self, name: str, text: str) -> None:
        (self.data / name).write_text(text, "utf-8")

    def _reload(self) -> None:
        if self.is_running:
            self._cluster.tool("pg_ctl", "-D", str(self.data), "reload")

    def _start(self, *words: str) -> None:
        try:
            self._cluster.tool("pg_ctl", "-D", str(self.data), "-w", "-t", "30", *words, "start")
        except ProofbookError as error:
            tail = self.log.read_text("utf-8", errors="replace")[-600:] if self.log.exists() else ""
            hint = "its log says why; it must start once before the sandbox is used"
            raise ProofbookError("own server", f"does not start: {error.fact}\n{tail}", hint) from None

    @property
    def _cluster(self) -> Cluster:
        return Cluster(self.tools, self.data, self.account, self.environment)


@dataclass(frozen=True, slots=True)
class _Reached(Server):
    own: OwnServer | None = None

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """Connect as the server's owner, in autocommit."""
        assert self.own is not None  # noqa: S101
        return self.own.connect(database)


def make_own_server(
    folder: Path, kept: Path, template: str, shared: Server, *, account: Account | None, mark: Mapping[str, str]
) -> OwnServer:
    """Make and start a private server below ``folder``: the kept one, its template database called like the role."""
    assert shared.tools is not None  # noqa: S101
    environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(folder), **mark}
    password = f"{random.SystemRandom().getrandbits(64):016x}"
    own = OwnServer(folder, shared.tools, account, environment, shared.role, shared.version, unused_port(), password)
    own._lay_out(kept)  # noqa: SLF001
    own.hba(*RULES)
    own.configure(listen_addresses=ADDRESS, port=own.port, unix_socket_directories="../s")
    own.start()
    role = sql.Identifier(own.role)
    with own.connect() as connection:
        connection.execute(sql.SQL("alter database {} rename to {}").format(sql.Identifier(template), role))
        connection.execute(sql.SQL("alter role {} password {}").format(role, sql.Literal(password)))
    return own


def unused_port() -> int:
    """Give a loopback port that nobody listens on and that the system hands to nobody."""
    while True:
        port = random.SystemRandom().choice(PORTS)
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.bind((ADDRESS, port))
            return port


def _written(value: Any) -> str:
    text = {True: "on", False: "off"}.get(value) if isinstance(value, bool) else None
    return text or str(value).replace("'", "''")
