"""Prepares the lab of a run: a server with the template database, and the template project."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from psycopg import sql

from proofbook.errors import ProofbookError
from proofbook.lab import cluster as cluster_module
from proofbook.lab.cluster import Cluster, find_tools
from proofbook.lab.lab import MARK, TEMPLATE, Lab, bare_environment, sandbox_account
from proofbook.lab.ownership import copy_tree, give
from proofbook.lab.places import checkout_key, run_folder
from proofbook.lab.postgres import Server, use_server
from proofbook.lab.preloaded import preloaded_interpreter
from proofbook.lab.programs import Account, as_user
from proofbook.lab.sandbox import Sandbox
from proofbook.lab.sweeping import only_run, sweep
from proofbook.lab.template_project import make_template_project, tree_of
from proofbook.settings import Settings

Tell = Callable[[str], None]


@contextlib.contextmanager
def prepared_lab(settings: Settings, major: str, tell: Tell, *, cold: bool = False, what: str = "") -> Iterator[Lab]:
    """Start a server, make the templates, and give the lab; at the end all of it is removed.

    ``what`` names a shell that stays open in it.
    Where the repository names modules to preload and ``cold`` does not forbid it, sandboxes get a preloaded Python.

    Raises ProofbookError when another run is at work, the server cannot be had, or there is no space.
    """
    account, folder = sandbox_account(), run_folder(settings.root)
    with only_run(settings, what):
        _check_python(settings, account)
        try:
            _make_folder(folder, settings)
            preparation = _Preparation(settings, major, folder, account, tell)
            with preparation.preloaded(cold=cold) as preloaded, preparation.server() as server:
                yield Lab(settings, folder, server, account, preloaded())
        finally:
            sweep(settings)


def _make_folder(folder: Path, settings: Settings) -> None:
    try:
        for place in (folder, folder / "sandboxes"):
            place.mkdir()
            # whatever the caller's umask: the sandbox's user must be able to pass
            place.chmod(0o711)
        make_template_project(settings, folder / "template")
    except (OSError, shutil.Error) as error:
        raise ProofbookError(str(folder), f"cannot be made: {error}", "free some space, or set TMPDIR") from None


def _check_python(settings: Settings, account: Account | None) -> None:
    python = settings.lab_python
    if not python.exists():
        raise ProofbookError(str(python), "the lab's Python is not there", "run scripts/setup")
    try:
        subprocess.run([python, "-c", ""], check=True, cwd="/", env={}, capture_output=True, **as_user(account))
    except (OSError, subprocess.CalledProcessError):
        fact = "cannot be run by the user that sandboxes have (an unprivileged one, when started as root)"
        hint = "run scripts/setup again, or start as an ordinary user"
        raise ProofbookError(str(python), fact, hint) from None


@dataclass(frozen=True, slots=True)
class _Preparation:
    """What the steps of one preparation share."""

    settings: Settings
    major: str
    folder: Path
    account: Account | None
    tell: Tell

    @contextlib.contextmanager
    def preloaded(self, *, cold: bool) -> Iterator[Callable[[], Path | None]]:
        """Start the preloaded interpreter, and give what waits for it and tells why there is none."""
        if cold or not self.settings.preload:
            yield lambda: None
            return
        own = bare_environment(self.settings, self.folder)
        with preloaded_interpreter(self.settings, self.folder, self.account, own) as wait:
            yield lambda: self._waited(wait)

    def _waited(self, wait: Callable[[], Path]) -> Path | None:
        try:
            return wait()
        except ProofbookError as error:
            self.tell(f"{error}\nso every program gets a new interpreter, which takes longer")
            return None

    @contextlib.contextmanager
    def server(self) -> Iterator[Server]:
        """Give a server that has the template database."""
        outside = os.environ.get("PROOFBOOK_DATABASE_URL")
        if outside:
            yield self._outside(outside)
            return
        cluster = self._cluster()
        try:
            yield self._embedded(cluster)
        finally:
            cluster.stop()

    def _outside(self, url: str) -> Server:
        tools = None
        with contextlib.suppress(ProofbookError):
            tools = find_tools(self.settings.lab_python, self.major)
        server = use_server(url, tools)
        major = server.version.partition(".")[0]
        if major != self.major:
            hint = f'set `postgres = "{major}"` in [tool.proofbook], or name another server'
            fact = f"the server is PostgreSQL {server.version}, and the proof was asked for on {self.major}"
            raise ProofbookError("PROOFBOOK_DATABASE_URL", fact, hint)
        self._fill(server, f"{checkout_key(self.settings.root)}_template")
        return server

    def _cluster(self) -> Cluster:
        place = self.folder / "pg"
        place.mkdir()
        give(place, self.account)
        tools = find_tools(self.settings.lab_python, self.major)
        environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(place)}
        mark = {MARK: checkout_key(self.settings.root)}
        return Cluster(tools, place / f"data-{self.major}", self.account, environment | mark)

    def _embedded(self, cluster: Cluster) -> Server:
        """Start from the cluster kept by an earlier run when it was made of the same lab, else make and keep one."""
        kept = self.settings.kept / "cache" / f"{self.major}-{self._hash(cluster.tools)}"
        socket, role = self.folder / "s", self.settings.role
        if kept.exists():
            copy_tree(kept, cluster.data, self.account)
        else:
            self.tell(f"preparing the lab on PostgreSQL {self.major}")
            cluster.create()
            self._fill(cluster.start(socket, role), TEMPLATE)
            cluster.stop()
            _keep(cluster.data, kept, self.major)
        return cluster.start(socket, role)

    def _fill(self, server: Server, name: str) -> None:
        """Make the template database with the repository's own commands."""
        with server.connect() as connection:
            words = (sql.Identifier(name), sql.Identifier(server.role))
            connection.execute(sql.SQL("create database {} owner {}").format(*words))
        place = self.folder / "preparing"
        (place / "home").mkdir(parents=True)
        give(place, self.account)
        copy_tree(self.folder / "template", place / "project", self.account)
        lab = Lab(self.settings, self.folder, server, self.account)
        sandbox = Sandbox(place, name, server, lab.environment(place), self.account)
        for command in self.settings.prepare:
            self.tell(f"  {command}")
            sandbox.run(command, timeout=300)
        sandbox.end()
        shutil.rmtree(place)

    def _hash(self, tools: Path) -> str:
        settings = self.settings
        packages = sorted(entry.name for entry in tools.parents[2].glob("*.dist-info"))
        parts = [settings.prepare, settings.role, dict(settings.environment), packages, str(tools)]
        own = Path(cluster_module.__file__).read_text("utf-8")
        text = json.dumps([*parts, tree_of(self.folder / "template"), own])
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def _keep(data: Path, kept: Path, major: str) -> None:
    """Keep the stopped cluster for later runs, instead of the one kept before."""
    for old in (*kept.parent.glob(f"{major}-*"), *kept.parent.glob(f".{major}-*.partial")):
        shutil.rmtree(old)
    partial = kept.parent / f".{kept.name}.partial"
    partial.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(data, partial, symlinks=True)
    partial.rename(kept)
