"""What the engine's tests share: a PostgreSQL of their own, and a tiny repository to prove."""

from __future__ import annotations

import importlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from tests.repository import LAB_PYTHON, ROOT, Repository, copy_tiny

from proofbook.lab.cluster import Cluster, find_tools
from proofbook.lab.lab import Lab, sandbox_account
from proofbook.lab.ownership import give
from proofbook.lab.places import run_folder
from proofbook.lab.postgres import Server
from proofbook.lab.preparing import prepared_lab
from proofbook.lab.sandbox import Sandbox
from proofbook.settings import read_settings

pytest_plugins = ["pytester"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Tell below a failure which lesson the test keeps."""
    report = yield
    if report.failed:
        report.sections += [(f"lesson: {mark.args[0]}", "") for mark in item.iter_markers("lesson")]
    return report


@pytest.fixture(scope="session")
def outside() -> Iterator[Server]:
    """Give a server that no run of ours has started, and its owner's connection."""
    folder = Path(tempfile.mkdtemp(prefix="pb-", dir=run_folder(ROOT).parent))
    give(folder, sandbox_account())
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder)}
    cluster = Cluster(find_tools(LAB_PYTHON, "18"), folder / "data", sandbox_account(), environment)
    folder.chmod(0o711)
    try:
        cluster.create()
        yield cluster.start(folder / "s", "keeper")
    finally:
        cluster.stop(mode="immediate")
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def outside_url(outside: Server) -> str:
    """Give the URL by which an unprivileged role that may create databases reaches that server."""
    return outside.url("postgres")


@pytest.fixture
def scrubbing(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Give the program that knows what of a text belongs to the machine it was written on."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts" / "rehearsals"))
    yield importlib.import_module("scrubbing")
    sys.modules.pop("scrubbing", None)


@pytest.fixture(scope="session")
def plain_environment() -> dict[str, str]:
    """Give the environment of this process without what would steer a run."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PROOFBOOK", "PYTEST", "PG"))}


@pytest.fixture(scope="session")
def lab(outside_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Give the prepared lab of one tiny repository."""
    root = copy_tiny(tmp_path_factory.mktemp("lab") / "tiny")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PROOFBOOK_DATABASE_URL", outside_url)
        with prepared_lab(read_settings(root), "18", lambda _text: None) as lab:
            yield lab


@pytest.fixture
def sandbox(lab: Lab) -> Iterator[Sandbox]:
    with lab.sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def tiny(tmp_path: Path, outside_url: str, plain_environment: dict[str, str]) -> Repository:
    """Give a tiny repository that is proven on the outside server."""
    return Repository(copy_tiny(tmp_path / "tiny"), {**plain_environment, "PROOFBOOK_DATABASE_URL": outside_url})


@pytest.fixture
def embedded(tmp_path: Path, plain_environment: dict[str, str]) -> Repository:
    """Give a tiny repository that is proven on a server of its own."""
    return Repository(copy_tiny(tmp_path / "tiny"), plain_environment)
