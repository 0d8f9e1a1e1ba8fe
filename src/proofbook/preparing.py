"""Prepares the lab of a run: server, template database, template project."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from psycopg import sql

from proofbook.errors import ProofbookError
from proofbook.lab import MARK, TEMPLATE, Lab, checkout_key, run_folder, sandbox_account
from proofbook.postgres import (
    Server,
    copy_tree,
    create_cluster,
    find_tools,
    give,
    start_server,
    stop_server,
    use_server,
)
from proofbook.processes import Account
from proofbook.sandbox import Sandbox
from proofbook.settings import Settings
from proofbook.sweeping import only_run, sweep

NOT_COPIED = ("__pycache__", ".git", ".venv", ".depot", "staticfiles", "backups", ".env")
Tell = Callable[[str], None]


@contextlib.contextmanager
def prepared_lab(settings: Settings, major: str, tell: Tell) -> Iterator[Lab]:
    """Start a server, make the templates, and give the lab; at the end all of it is removed."""
    account, folder = sandbox_account(), run_folder(settings.root)
    with only_run(settings):
        _check_python(settings, account)
        try:
            folder.mkdir(mode=0o711)
            (folder / "sandboxes").mkdir(mode=0o711)
            _make_template_project(settings, folder)
            with _server(settings, major, folder, account, tell) as server:
                yield Lab(settings, folder, server, account)
        finally:
            sweep(settings)


def _check_python(settings: Settings, account: Account | None) -> None:
    python = settings.root / settings.python
    if not python.exists():
        raise ProofbookError(str(python), "the lab's Python is not there", "run scripts/setup")
    if account is not None:
        user = {"user": account.uid, "group": account.gid, "extra_groups": []}
        try:
            subprocess.run(
                [str(python), "-c", ""],
                check=True,
                cwd="/",
                env={"PATH": "/usr/bin:/bin"},
                capture_output=True,
                **user,
            )  # type: ignore[call-overload]
        except (OSError, subprocess.CalledProcessError):
            fact = "cannot be run by the unprivileged user that sandboxes have when started as root"
            raise ProofbookError(
                str(python), fact, "run scripts/setup again, or start as an ordinary user"
            ) from None


def _make_template_project(settings: Settings, folder: Path) -> None:
    lab, target = settings.root / settings.lab, folder / "template"
    if not lab.is_dir():
        raise ProofbookError(str(lab), "the lab is not there", "set `lab` in [tool.proofbook]")
    shutil.copytree(
        lab, target, symlinks=True, ignore=shutil.ignore_patterns(*NOT_COPIED, *settings.leave_out)
    )
    runbooks = settings.root / settings.runbooks
    if runbooks.is_dir():
        shutil.copytree(runbooks, target / "runbooks", ignore=shutil.ignore_patterns(*NOT_COPIED))
    git = ["git", "-c", "user.name=Lab", "-c", "user.email=lab@example.test", "-c", "init.defaultBranch=main"]
    environment = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    commit = ["commit", "-q", "--allow-empty", "-m", "The lab as it is released"]
    # one pack and no sample hooks: every sandbox copies these files
    for words in (["init", "-q", "--template="], ["add", "-A"], commit, ["repack", "-adq"]):
        subprocess.run([*git, *words], cwd=target, check=True, env=environment, capture_output=True)
    # bytecode belongs to the template: sandboxes do not write any, and would compile the lab at every start
    python = settings.root / settings.python
    subprocess.run(
        [python, "-m", "compileall", "-q", "."], cwd=target, check=False, env=environment, capture_output=True
    )


@contextlib.contextmanager
def _server(
    settings: Settings, major: str, folder: Path, account: Account | None, tell: Tell
) -> Iterator[Server]:
    outside = os.environ.get("PROOFBOOK_DATABASE_URL")
    python = settings.root / settings.python
    if outside:
        with contextlib.suppress(ProofbookError):
            tools = None
            tools = find_tools(python, major)
        server = use_server(outside, tools)
        _prepare(settings, folder, server, account, f"{checkout_key(settings.root)}_template", tell)
        yield server
        return
    tools, data = find_tools(python, major), folder / "pg" / f"data-{major}"
    environment = {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": str(data.parent),
        MARK: checkout_key(settings.root),
    }
    data.parent.mkdir()
    give(data.parent, account)
    kept = settings.store / "cache" / f"{major}-{_lab_hash(folder / 'template', settings, tools)}"
    if kept.exists():
        copy_tree(kept, data, account)
        server = start_server(tools, data, folder / "s", account, environment, settings.role)
    else:
        tell(f"preparing the lab on PostgreSQL {major}")
        create_cluster(tools, data, account, environment)
        server = start_server(tools, data, folder / "s", account, environment, settings.role)
        _prepare(settings, folder, server, account, TEMPLATE, tell)
        stop_server(tools, data, account, environment)
        _keep(data, kept, major)
        server = start_server(tools, data, folder / "s", account, environment, settings.role)
    try:
        yield server
    finally:
        stop_server(tools, data, account, environment)


def _prepare(
    settings: Settings, folder: Path, server: Server, account: Account | None, name: str, tell: Tell
) -> None:
    with server.connect() as connection:
        words = (sql.Identifier(name), sql.Identifier(server.role))
        connection.execute(sql.SQL("create database {} owner {}").format(*words))
    place = folder / "preparing"
    place.mkdir()
    (place / "home").mkdir()
    give(place, account)
    copy_tree(folder / "template", place / "project", account)
    lab = Lab(settings, folder, server, account)
    sandbox = Sandbox(place, name, server, lab.environment(place), account)
    for command in settings.prepare:
        tell(f"  {command}")
        sandbox.run(command, timeout=300)
    sandbox.end()
    shutil.rmtree(place)


def _lab_hash(template: Path, settings: Settings, tools: Path) -> str:
    digest = hashlib.sha256(
        json.dumps([settings.prepare, settings.role, str(tools), dict(settings.environment)]).encode()
    )
    listed = subprocess.run(
        ["git", "rev-parse", "HEAD^{tree}"], cwd=template, capture_output=True, check=True
    )
    digest.update(listed.stdout)
    packages = sorted(entry.name for entry in tools.parents[2].glob("*.dist-info"))
    digest.update(json.dumps(packages).encode())
    digest.update((Path(__file__).parent / "postgres.py").read_bytes())
    return digest.hexdigest()[:16]


def _keep(data: Path, kept: Path, major: str) -> None:
    """Keep the stopped cluster for later runs, instead of the one kept before."""
    for old in kept.parent.glob(f"{major}-*"):
        shutil.rmtree(old)
    partial = kept.parent / f".{kept.name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(data, partial, symlinks=True)
    partial.rename(kept)
