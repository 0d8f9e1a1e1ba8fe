"""One disposable copy of the lab: its files, its database, its environment."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from proofbook.errors import ProofbookError
from proofbook.lab.own_server import OwnServer
from proofbook.lab.ownership import give
from proofbook.lab.postgres import Server
from proofbook.lab.programs import Account, Completed, end_marked, marked, run, start

MARK = "PROOFBOOK_SANDBOX"


@dataclass(frozen=True, slots=True)
class Files:
    """The project's files, by path from its root."""

    root: Path
    account: Account | None

    def read(self, path: str) -> str:
        """Give the text of a file."""
        return (self.root / path).read_text("utf-8")

    def write(self, path: str, text: str) -> None:
        """Write a file, making its folders."""
        file = self.root / path
        missing = [folder for folder in file.parents if not folder.exists()]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        for made in (*missing, file):
            give(made, self.account)

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace the one place where ``old`` stands; anything but one place is an error."""
        text = self.read(path)
        if text.count(old) != 1:
            raise ProofbookError(path, f"{old!r} stands there {text.count(old)} times, not once")
        self.write(path, text.replace(old, new))

    def remove(self, path: str) -> None:
        """Remove a file."""
        (self.root / path).unlink()


@dataclass(slots=True)
class Sandbox:
    """A copy of the lab in a folder and a database of its own."""

    folder: Path
    database: str
    server: Server
    base_environment: dict[str, str]
    account: Account | None = None
    environment: dict[str, str | None] = field(default_factory=dict)
    _own: OwnServer | None = None
    _open: list[psycopg.Connection] = field(default_factory=list)
    _started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def root(self) -> Path:
        """The project's folder."""
        return self.folder / "project"

    @property
    def files(self) -> Files:
        """The project's files."""
        return Files(self.root, self.account)

    @property
    def url(self) -> str:
        """The URL of the sandbox's database."""
        return self.server.url(self.database)

    @property
    def has_own_server(self) -> bool:
        """Tell whether the sandbox has a server for itself."""
        return self._own is not None

    @property
    def own(self) -> OwnServer:
        """The sandbox's private server.

        Raises ProofbookError when it shares the server of all.
        """
        if self._own is None:
            hint = "write `server: own` into the page's front matter"
            raise ProofbookError("sandbox.own", "this sandbox shares its server with others", hint)
        return self._own

    def take(self, own: OwnServer) -> None:
        """Use a private server and its one database from now on."""
        self._own, self.server, self.database = own, own.reached(), own.role
        path = f"{own.folder / 'bin'}:{self.base_environment['PATH']}"
        self.base_environment.update({**own.variables(), "PATH": path})

    @property
    def full_environment(self) -> dict[str, str]:
        """What a program in the sandbox finds in its environment; a name that the fault sets to None is not there."""
        own = {MARK: str(self.folder), **self.server.variables(self.database), "DATABASE_URL": self.url}
        every = {**self.base_environment, **own, **self.environment}
        return {name: value for name, value in every.items() if value is not None}

    def run(self, command: str, *, check: bool = True, timeout: float = 60.0) -> Completed:
        """Run a bash command in the project; with ``check`` any status but 0 is an error."""
        completed = run(
            ["bash", "--noprofile", "--norc", "-euo", "pipefail", "-c", command],
            cwd=self.root,
            environment=self.full_environment,
            account=self.account,
            timeout=timeout,
        )
        if check and completed.status != 0:
            raise ProofbookError(command, f"ended with {completed.status}:\n{completed.output.strip()[-2000:]}")
        return completed

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run one statement as the sandbox's role and give its rows."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

    def connect(self) -> psycopg.Connection:
        """Open a connection that lives until the obligation ends; its transactions are the caller's."""
        connection = psycopg.connect(self.url)
        self._open.append(connection)
        return connection

    def start(self, command: list[str]) -> subprocess.Popen[bytes]:
        """Start a program that is ended with the obligation."""
        process = start(command, cwd=self.root, environment=self.full_environment, account=self.account)
        self._started.append(process)
        return process

    @property
    def is_live(self) -> bool:
        """Tell whether something is open that a copy of the sandbox would not have."""
        return any(not connection.closed for connection in self._open) or bool(marked(MARK, str(self.folder)))

    def end(self) -> None:
        """Close and end all that was opened in the sandbox."""
        for connection in self._open:
            with contextlib.suppress(psycopg.Error):
                connection.close()
        end_marked(MARK, str(self.folder))
        for process in self._started:
            process.wait()
            if process.stdout:
                process.stdout.close()
        self._open.clear()
        self._started.clear()


Inject = Callable[[Sandbox], contextlib.AbstractContextManager[None]]


@contextlib.contextmanager
def nothing_injected(_sandbox: Sandbox) -> Iterator[None]:
    """Leave the sandbox healthy."""
    yield
