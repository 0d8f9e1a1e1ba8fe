"""Environments are made once, made again when what they depend on changes, and failures are told."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from tests.repository import ROOT


@pytest.fixture
def set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Give the program, working on a folder of its own."""
    spec = importlib.util.spec_from_file_location("set_up", ROOT / "scripts/set_up.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements/a.txt").write_text("x==1\n")
    (tmp_path / "pyproject.toml").write_text("")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "LOCKS", tmp_path / "requirements")
    monkeypatch.setattr(module, "SITE", tmp_path / ".venv")
    monkeypatch.setattr(module, "LAB", tmp_path / ".venv-lab")
    monkeypatch.setattr(module, "SHARED", tmp_path)
    return module


@pytest.fixture
def ran(set_up: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Give the commands of a set-up, none of which is run but the making of the folder."""
    commands: list[tuple[str, ...]] = []

    def run(*command: str) -> None:
        commands.append(command)
        if "venv" in command:
            Path(command[-1]).mkdir(exist_ok=True)

    monkeypatch.setattr(set_up, "run", run)
    monkeypatch.setattr(set_up.shutil, "which", lambda name: None)
    return commands


def test_an_environment_is_made_once(set_up: ModuleType, ran: list, tmp_path: Path) -> None:
    for _ in range(2):
        set_up.make(tmp_path / ".venv", "site", ["a.txt"], sys.executable)

    assert [("venv" in command, "install" in command) for command in ran] == [(True, False), (False, True)]
    assert "--require-hashes" in ran[1]


@pytest.mark.parametrize("file", ["requirements/a.txt", "pyproject.toml"])
def test_it_is_made_again_when_what_it_depends_on_has_changed(
    file: str, set_up: ModuleType, ran: list, tmp_path: Path
) -> None:
    set_up.make(tmp_path / ".venv", "site", ["a.txt"], sys.executable)
    (tmp_path / file).write_text("# other\n")
    set_up.make(tmp_path / ".venv", "site", ["a.txt"], sys.executable)

    assert sum("venv" in command for command in ran) == 2


def test_a_set_up_that_was_broken_off_is_done_again(
    set_up: ModuleType, ran: list, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*command: str) -> None:
        raise set_up.SetUpError("no network")

    with monkeypatch.context() as patch:
        patch.setattr(set_up, "run", fail)
        with pytest.raises(set_up.SetUpError):
            set_up.make(tmp_path / ".venv", "site", ["a.txt"], sys.executable)
    set_up.make(tmp_path / ".venv", "site", ["a.txt"], sys.executable)

    assert len(ran) == 2


def test_uv_is_used_when_it_is_there(
    set_up: ModuleType, ran: list, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(set_up.shutil, "which", lambda name: "/bin/uv")

    set_up.make(tmp_path / ".venv", "site", ["a.txt"], sys.executable)

    assert [command[0] for command in ran] == ["/bin/uv", "/bin/uv"]


def test_what_a_failed_command_said_is_told(set_up: ModuleType) -> None:
    with pytest.raises(set_up.SetUpError, match="ended with 3:\nno such package"):
        set_up.run("bash", "-c", "echo no such package; exit 3")


def test_a_python_without_venv_gets_its_hint(set_up: ModuleType) -> None:
    with pytest.raises(set_up.SetUpError, match="hint: this Python comes without venv"):
        set_up.run("bash", "-c", "echo ensurepip is not available; exit 1")


def test_a_failure_ends_with_status_two(
    set_up: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise set_up.SetUpError("no network")

    monkeypatch.setattr(set_up, "make", fail)
    monkeypatch.setattr(sys, "argv", ["set_up"])

    assert set_up.main() == 2
    assert capsys.readouterr().err == "scripts/setup: no network\n"


def test_the_checkout_leads_to_where_the_lab_s_environment_is(set_up: ModuleType, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    for place in (elsewhere, tmp_path / "other", elsewhere):
        place.mkdir(exist_ok=True)
        set_up.link(tmp_path / ".venv-lab", place)

        assert (tmp_path / ".venv-lab").readlink() == place

    set_up.link(tmp_path / ".venv-lab", tmp_path / ".venv-lab")
    assert not (tmp_path / ".venv-lab").is_symlink()


def test_what_is_within_reach_of_anybody(set_up: ModuleType, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)

    assert not set_up.within_reach(closed)
    assert set_up.within_reach(Path("/usr/bin"))


def test_an_interpreter_that_is_not_there_runs_for_nobody(set_up: ModuleType) -> None:
    assert not set_up.runs_unprivileged("/absent/python3")


def test_requirements_hold_hashes_and_no_address() -> None:
    for file in sorted((ROOT / "requirements").glob("*.txt")):
        text = file.read_text()
        assert "--hash=sha256:" in text, file
        assert "://" not in text, file


def stranger(place: Path) -> None:
    place.mkdir()
    place.chmod(0o777)


def elsewhere(place: Path) -> None:
    place.with_name("other").mkdir()
    place.symlink_to(place.with_name("other"))


TAKEN = {"of everybody": stranger, "a link": elsewhere, "a file": Path.touch}


@pytest.mark.parametrize("take", TAKEN.values(), ids=TAKEN)
def test_a_place_that_somebody_else_may_fill_is_never_used(
    take: Callable[[Path], None], set_up: ModuleType, tmp_path: Path
) -> None:
    take(tmp_path / "place")

    with pytest.raises(set_up.SetUpError, match="is no folder that only its owner, you, may write\nhint: "):
        set_up.claimed(tmp_path / "place")


def test_a_place_of_another_user_is_never_used(
    set_up: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    was = os.umask(0o077)
    try:
        place = set_up.claimed(tmp_path / "place")
    finally:
        os.umask(was)
    assert set_up.claimed(place).stat().st_mode & 0o777 == 0o755
    monkeypatch.setattr(set_up.os, "geteuid", lambda: place.stat().st_uid + 1)

    with pytest.raises(set_up.SetUpError, match="may write"):
        set_up.claimed(place)


@pytest.mark.parametrize("what", ["lab_python_and_place", "copied_interpreter"])
def test_what_root_runs_lies_in_no_folder_of_a_stranger(
    what: str, set_up: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The names can be foretold, and anybody may make a folder below /var/tmp."""

    def refuse(place: Path) -> Path:
        raise set_up.SetUpError(f"{place} is a stranger's")

    monkeypatch.setattr(set_up, "claimed", refuse)
    monkeypatch.setattr(set_up, "within_reach", lambda _: False)
    monkeypatch.setattr(set_up, "runs_unprivileged", lambda *_: True)
    monkeypatch.setattr(set_up.os, "geteuid", lambda: 0)

    with pytest.raises(set_up.SetUpError, match=r"proofbook-.* is a stranger's"):
        getattr(set_up, what)()

    assert not list(tmp_path.glob("proofbook-*"))
