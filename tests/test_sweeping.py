"""A run that is killed at any moment leaves nothing behind once the next one has started."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.repository import Repository

from proofbook.errors import ProofbookError
from proofbook.lab.places import checkout_key, run_folder
from proofbook.lab.postgres import Server, drop_databases
from proofbook.lab.sweeping import only_run, sweep
from proofbook.lab.template_project import make_template_project
from proofbook.settings import read_settings

pytestmark = pytest.mark.slow

SEED = os.environ.get("PROOFBOOK_TEST_SEED", "2026")
DRAWN = [round(random.Random(f"{SEED} {number}").uniform(0, 2.5), 2) for number in range(3)]


def kill_when(repository: Repository, has_come: Callable[[], bool], *words: str, delay: float = 0.0) -> None:
    """Start a run and kill it, and it alone, once something has come about and a while has passed."""
    run = repository.start("prove", "--fresh", *words)
    began = time.monotonic()
    while not has_come():
        assert run.poll() is None, "the run ended before its moment came"
        assert time.monotonic() - began < 300
        time.sleep(0.005)
    time.sleep(delay)
    run.send_signal(signal.SIGKILL)
    run.wait()


def next_start(repository: Repository) -> None:
    with only_run(read_settings(repository.root)):
        pass


def assert_clean(repository: Repository) -> None:
    assert repository.leftovers() == []
    time.sleep(1.0)
    assert repository.leftovers() == [], "something came back"
    assert not list((repository.root / ".proofbook").rglob("*.partial"))


@pytest.mark.parametrize(
    "sign",
    [".", "template", "template/.git", "template/.git/objects", "pg/data-18/PG_VERSION", "pg/data-18/postmaster.pid"],
)
def test_killed_while_preparing(sign: str, embedded: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROOFBOOK_DATABASE_URL", raising=False)
    kill_when(embedded, (run_folder(embedded.root) / sign).exists)

    next_start(embedded)

    assert_clean(embedded)


@pytest.mark.parametrize("delay", DRAWN)
def test_killed_while_proving(delay: float, embedded: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROOFBOOK_DATABASE_URL", raising=False)
    sandboxes = run_folder(embedded.root) / "sandboxes"
    kill_when(embedded, lambda: any(sandboxes.glob("*_*")), delay=delay)

    next_start(embedded)

    assert_clean(embedded)


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that the sandboxes' user can reach."""
    made = Path(tempfile.mkdtemp(prefix="pb-elsewhere-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def test_killed_with_another_folder_for_temporary_files(
    tiny: Repository, place: Path, outside_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shell that sets TMPDIR is closed with it; the next run has to know where that one kept its sandboxes."""
    monkeypatch.setenv("PROOFBOOK_DATABASE_URL", outside_url)
    tiny.write("docs/wait.md", "```bash\nsleep 65\n```\n")
    tiny.environment["TMPDIR"] = str(place)
    kill_when(tiny, lambda: any(place.glob("*/sandboxes/*_*")), "docs/wait.md")
    del tiny.environment["TMPDIR"]
    assert list(place.iterdir())

    next_start(tiny)

    assert list(place.iterdir()) == []
    assert_clean(tiny)


def test_only_a_folder_of_its_own_is_swept(tiny: Repository, tmp_path: Path) -> None:
    """What the lock tells is a file that anybody may have edited."""
    kept = tmp_path / "kept"
    kept.mkdir()
    store = read_settings(tiny.root).store
    store.mkdir(exist_ok=True)
    (store / "lock").write_text(f"1\n{kept}\n")

    next_start(tiny)

    assert kept.is_dir()


def test_killed_on_a_server_of_somebody_else(
    tiny: Repository, outside: Server, outside_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROOFBOOK_DATABASE_URL", outside_url)
    tiny.write("docs/wait.md", "```bash\nsleep 65\n```\n")
    # the template's comes first, and a sandbox's after its folder
    kill_when(tiny, lambda: len(databases(outside, tiny)) > 1, "docs/wait.md")
    assert len(databases(outside, tiny)) > 1

    next_start(tiny)

    assert databases(outside, tiny) == []
    assert_clean(tiny)


def test_after_a_kill_the_next_run_holds(embedded: Repository) -> None:
    kill_when(embedded, lambda: any((run_folder(embedded.root) / "sandboxes").glob("*_*")), delay=0.5)

    outcome = embedded.prove()

    assert (outcome.status, outcome.told["findings"]) == (0, [])
    assert_clean(embedded)


def test_a_job_of_a_killed_run_is_ended(tiny: Repository, monkeypatch: pytest.MonkeyPatch, outside_url: str) -> None:
    monkeypatch.setenv("PROOFBOOK_DATABASE_URL", outside_url)
    tiny.write("docs/wait.md", "```bash\ntouch began\nsleep 64\n```\n")
    folder = run_folder(tiny.root)
    kill_when(tiny, lambda: any(folder.glob("sandboxes/*/project/began")), "docs/wait.md")

    next_start(tiny)

    assert_clean(tiny)


def test_only_one_run_at_a_time(tiny: Repository, monkeypatch: pytest.MonkeyPatch, outside_url: str) -> None:
    monkeypatch.setenv("PROOFBOOK_DATABASE_URL", outside_url)
    settings = read_settings(tiny.root)

    with (
        only_run(settings),
        pytest.raises(ProofbookError, match="another run is at work") as caught,
        only_run(settings),
    ):
        pass

    assert caught.value.place == str(tiny.root)
    assert f"kill {os.getpid()}" in caught.value.hint


def test_what_is_not_ours_is_left_alone(
    tiny: Repository, outside: Server, outside_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROOFBOOK_DATABASE_URL", outside_url)
    with outside.connect() as connection:
        connection.execute("create database proofbook_notours")

    sweep(read_settings(tiny.root))

    assert databases(outside, "proofbook_notours") == ["proofbook_notours"]
    drop_databases(outside, "proofbook_notours")


def test_a_database_that_is_being_made_is_not_left(outside: Server) -> None:
    with outside.connect() as owner:
        owner.execute("create database proofbook_large owner keeper")
    # whoever is connected to the template keeps its copy waiting, for five seconds at most
    with outside.connect("proofbook_large"):
        client = subprocess.Popen(
            [outside.tools / "psql", "-Xqc", MAKE, outside.url("postgres")], stderr=subprocess.PIPE
        )
        wait_until(lambda: being_made(outside))
        client.kill()
        client.communicate()

        drop_databases(outside, "proofbook_made")

    assert not being_made(outside)
    assert databases(outside, "proofbook_made") == []
    drop_databases(outside, "proofbook_large")


MAKE = 'create database "proofbook_made" template proofbook_large'


def being_made(server: Server) -> bool:
    with server.connect() as connection:
        query = "select 1 from pg_stat_activity where state = 'active' and starts_with(query, %s)"
        return bool(connection.execute(query, [MAKE]).fetchall())


def wait_until(has_come: Callable[[], bool], seconds: float = 300.0) -> None:
    began = time.monotonic()
    while not has_come():
        assert time.monotonic() - began < seconds
        time.sleep(0.01)


def databases(server: Server, owner: Repository | str) -> list[str]:
    prefix = owner if isinstance(owner, str) else checkout_key(owner.root)
    with server.connect() as connection:
        query = "select datname from pg_database where starts_with(datname, %s)"
        return [name for (name,) in connection.execute(query, [prefix])]


@pytest.mark.parametrize("words", [("lab", "sleep 60"), ("prove", "docs/wait.md"), ("prove",)])
def test_a_run_that_is_asked_to_end_removes_what_it_made(
    words: tuple[str, ...], tiny: Repository, monkeypatch: pytest.MonkeyPatch, outside_url: str
) -> None:
    monkeypatch.setenv("PROOFBOOK_DATABASE_URL", outside_url)
    tiny.write("docs/wait.md", "```bash\nsleep 60\n```\n")
    running = tiny.start(*words)
    while not any((run_folder(tiny.root) / "sandboxes").glob("*_*")):
        assert running.poll() is None
        time.sleep(0.01)

    running.terminate()

    assert running.wait(300) == 128 + signal.SIGTERM
    # it has shown nothing: to be ended is no failure of a page
    assert not (tiny.root / ".proofbook/records/docs/wait.md.json").exists()
    assert_clean(tiny)


def test_every_git_of_a_run_carries_its_mark(tiny: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen, wrapper = tmp_path / "seen", tmp_path / "bin" / "git"
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\necho "${{PROOFBOOK_RUN:-none}}" >> {seen}\nexec {shutil.which("git")} "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{wrapper.parent}:{os.environ['PATH']}")

    make_template_project(read_settings(tiny.root), tmp_path / "template")

    assert set(seen.read_text().split()) == {checkout_key(tiny.root)}
