"""The running lab: a server, a template of project and database, and the sandboxes made from them."""

from __future__ import annotations

import contextlib
import itertools
import os
import pwd
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

from proofbook.errors import ProofbookError
from proofbook.lab.own_server import make_own_server
from proofbook.lab.ownership import copy_tree, give
from proofbook.lab.places import checkout_key
from proofbook.lab.postgres import Server, drop_databases
from proofbook.lab.programs import PRELOADED, Account
from proofbook.lab.removing import Removing, move_away
from proofbook.lab.sandbox import Sandbox
from proofbook.lab.trees import Tree
from proofbook.settings import Settings

MARK = "PROOFBOOK_RUN"
TEMPLATE = "proofbook_template"


@dataclass(slots=True)
class Lab:
    """A prepared lab that hands out sandboxes; one per run, shared by its workers."""

    settings: Settings
    folder: Path
    server: Server
    account: Account | None
    preloaded: Path | None = None
    removes_later: bool = False
    _template: Tree | None = None
    _removing: Removing = field(default_factory=Removing)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def key(self) -> str:
        """The prefix of every database this checkout makes."""
        return checkout_key(self.settings.root)

    @contextlib.contextmanager
    def sandbox(self, source: Sandbox | None = None, *, own: bool = False, asleep: bool = False) -> Iterator[Sandbox]:
        """Make a sandbox from the template, or as a copy of ``source``, and remove it afterwards.

        With ``own`` it has a server for itself; one that is ``asleep`` serves only to be copied.
        Raises ProofbookError when there is no room for it.
        """
        # databases are dropped by prefix, so no name may begin another
        number = f"{os.getpid()}_{next(self._numbers)}_"
        folder = self.folder / "sandboxes" / number
        sandbox = Sandbox(folder, f"{self.key}_{number}", self.server, self.environment(folder), self.account)
        try:
            self._make(sandbox, source)
            if own or (source and source.has_own_server):
                self._give_server(sandbox, source, asleep=asleep)
            else:
                self._create_database(sandbox.database, source.database if source else self.template)
            yield sandbox
        finally:
            sandbox.end()
            self._remove(sandbox)

    def _make(self, sandbox: Sandbox, source: Sandbox | None) -> None:
        try:
            (sandbox.folder / "home").mkdir(parents=True)
        except OSError as error:
            hint = "free some space, or set TMPDIR"
            raise ProofbookError(str(sandbox.folder), f"cannot be made: {error.strerror}", hint) from None
        give(sandbox.folder, self.account)
        copy_tree(self._tree_of(source), sandbox.root, self.account)
        if source:
            sandbox.environment.update(source.environment)

    def _tree_of(self, source: Sandbox | None) -> Tree | Path:
        """Give what a sandbox is copied from; the template never changes, so it is read once."""
        if source:
            return source.root
        if self._template is None:
            self._template = Tree.read(self.folder / "template")
        return self._template

    def _give_server(self, sandbox: Sandbox, source: Sandbox | None, *, asleep: bool) -> None:
        folder = sandbox.folder / "pg"
        if source and source.has_own_server:
            sandbox.take(source.own.copy(folder, asleep=asleep))
            return
        kept = [*(self.settings.kept / "cache").glob(f"{self.server.version.partition('.')[0]}-*")]
        if self.server.data is None or not kept:
            fact = "a server of its own is made from the embedded one, and another is used"
            raise ProofbookError("PROOFBOOK_DATABASE_URL", fact, "unset it")
        mark = {MARK: checkout_key(self.settings.root)}
        sandbox.take(make_own_server(folder, kept[0], TEMPLATE, self.server, account=self.account, mark=mark))

    @property
    def template(self) -> str:
        """The name of the template database."""
        return TEMPLATE if self.server.data else f"{self.key}_template"

    def _create_database(self, name: str, template: str) -> None:
        command = sql.SQL("create database {} template {} owner {}")
        words = (sql.Identifier(word) for word in (name, template, self.server.role))
        try:
            with self.server.connect() as connection:
                connection.execute(command.format(*words))
        except psycopg.Error as error:
            hint = "see whether its server has space and still runs"
            raise ProofbookError(f"database {name}", f"cannot be made: {str(error).strip()}", hint) from None

    def _remove(self, sandbox: Sandbox) -> None:
        if sandbox.has_own_server:
            sandbox.own.stop(mode="immediate")
        gone = move_away(sandbox.folder, self.folder / "removed") if self.removes_later else sandbox.folder
        self._removing.do(lambda: self._remove_all(sandbox, gone), later=self.removes_later)

    def _remove_all(self, sandbox: Sandbox, folder: Path) -> None:
        if not sandbox.has_own_server:
            drop_databases(self.server, sandbox.database)
        shutil.rmtree(folder, ignore_errors=True)

    def settle(self) -> None:
        """Wait until all that was to be removed later is gone."""
        self._removing.settle()

    def environment(self, folder: Path) -> dict[str, str]:
        """Give the environment of a sandbox in ``folder``, built from nothing."""
        settings, tools = self.settings, self.server.tools
        own = [str(folder / "project" / name) for name in settings.path]
        ahead = [str(self.preloaded / "bin")] if self.preloaded else []
        bare = bare_environment(settings, folder)
        url = {settings.url: f"http://127.0.0.1:{free_port()}"} if settings.url else {}
        return {
            **bare,
            "PATH": ":".join([*ahead, bare["PATH"], *([str(tools)] if tools else []), *own, "/usr/bin", "/bin"]),
            **({PRELOADED: str(self.preloaded)} if self.preloaded else {}),
            **url,
            **settings.environment,
        }


def bare_environment(settings: Settings, folder: Path) -> dict[str, str]:
    """Give what every program of the lab finds in its environment, whatever the repository adds."""
    return {
        "PATH": str(settings.lab_python.parent),
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "home"),
        "LANG": "C.UTF-8",
        "COLUMNS": "120",
        "NO_COLOR": "1",
        "TZ": "UTC",
        "PYTHONDONTWRITEBYTECODE": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Lab",
        "GIT_AUTHOR_EMAIL": "lab@example.test",
        "GIT_COMMITTER_NAME": "Lab",
        "GIT_COMMITTER_EMAIL": "lab@example.test",
        MARK: checkout_key(settings.root),
    }


def sandbox_account() -> Account | None:
    """Give the unprivileged user of sandboxes when started as root, otherwise none."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid)


def free_port() -> int:
    """Give a loopback port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
