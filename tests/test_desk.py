"""What is called in a sandbox is done outside of it: only what reads, and no caller holds up the next."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from tests.repository import ROOT

from proofbook.lab import desk as desks
from proofbook.lab.desk import ADDRESS, COULD_NOT, Answer, Streams, desk
from proofbook.lab.sandbox import Sandbox

NEW = ("lesson", "new", "ask-what-old-rows-hold", "--family", "migrations", "--why", "Nobody knows")
LONG = 60


def echo(words: list[str], streams: Streams, _line: socket.socket) -> int:
    """Answer with what was asked, and what stood in the log."""
    if words == ["break"]:
        raise RuntimeError("the clerk stumbled")
    os.write(streams[1], json.dumps([words, os.read(streams[0], 1000).decode()]).encode())
    return 0


class Desk:
    """A desk as a sandbox has it, and those who come to it."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder, self.address = folder, address

    def call(self, *words: str | Path, given: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.folder / "desk/proofbook", *words], cwd=self.folder, env={ADDRESS: self.address},
            input=given, capture_output=True, text=True, check=False, timeout=LONG,
        )  # fmt: skip

    def reads(self, *words: str | Path, given: str = "") -> list[Any]:
        done = self.call(*words, given=given)
        assert done.returncode == 0, done.stderr
        return cast("list[Any]", json.loads(done.stdout))

    def connected(self) -> socket.socket:
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(LONG)
        line.connect(self.address)
        return line


@pytest.fixture
def at_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    # short for who says nothing, long for a busy machine
    monkeypatch.setattr(desks, "PATIENCE", 2.0)
    with opened(tmp_path, echo) as at_desk:
        yield at_desk


@contextmanager
def opened(folder: Path, answer: Answer | None) -> Iterator[Desk]:
    sandbox = SimpleNamespace(folder=folder, account=None, base_environment={"PATH": os.environ["PATH"]})
    settings = SimpleNamespace(root=ROOT, lab_python=Path(sys.executable))
    with desk(cast("Sandbox", sandbox), cast("Any", settings), answer):
        yield Desk(folder, sandbox.base_environment[ADDRESS])


def asked(*words: str, folder: Path) -> tuple[int, str, str]:
    """Ask the engine's own desk, as a program does that goes around our command."""
    out, err = folder / "out", folder / "err"
    with opened(folder, None) as at_desk, at_desk.connected() as line, out.open("wb") as to, err.open("wb") as errors:
        with Path(os.devnull).open("rb") as none:
            socket.send_fds(line, [json.dumps(words).encode()], [each.fileno() for each in (none, to, errors)])
        status = int(line.recv(16))
    return status, out.read_text(), err.read_text()


@pytest.mark.parametrize(
    "words",
    [
        (), ("lab", "true"), ("copilot", "--into", "."), ("--help", "lab"), ("-c", "x"),
        ("diagnose", "FILE"), ("diagnose", "-", "--summary", "FILE"), ("diagnose", "--summary=FILE"),
        ("diagnose", "--pages-at", "x"), ("diagnose", "--format", "FILE"), ("diagnose", "--format"),
        ("diagnose", "--", "FILE"), ("lesson", "--", "new"), (*NEW, "--rule", "Ask first"),
    ],
)  # fmt: skip
def test_what_would_read_or_write_with_our_rights_is_refused(tmp_path: Path, words: tuple[str, ...]):
    file = tmp_path / "file"
    file.write_text("django.db.utils.OperationalError: no\n")
    before = sorted((ROOT / "docs/lessons").rglob("*"))

    status, out, err = asked(*(word.replace("FILE", str(file)) for word in words), folder=tmp_path)

    assert (status, out) == (COULD_NOT, "")
    assert err.startswith("proofbook: ")
    assert file.read_text() == "django.db.utils.OperationalError: no\n"
    assert sorted((ROOT / "docs/lessons").rglob("*")) == before


@pytest.mark.parametrize(
    ("words", "hint"),
    [(("lab",), "leave it first: exit"), (("diagnose", "--summary", "x"), "--format"), (NEW, "--print")],
)
def test_a_refusal_says_what_is_to_be_had(tmp_path: Path, words: tuple[str, ...], hint: str):
    _status, _out, err = asked(*words, folder=tmp_path)

    assert hint in err.partition("\nhint: ")[2]


@pytest.mark.parametrize(
    "words",
    [
        ("--version",), ("-h",), ("diagnose", "--help"), ("diagnose", "-", "--json"), ("diagnose", "--format=json"),
        ("diagnose", "--format", "github"), ("explain", "MIG101", "--json"), ("lesson",), ("lesson", "list", "--json"),
        ("lesson", "new", "--help"), (*NEW, "--rule", "Ask first", "--print"),
    ],
)  # fmt: skip
def test_what_only_reads_is_done(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: tuple[str, ...]):
    called: list[list[str]] = []
    start = subprocess.Popen

    def started(command: list[str], **how: Any) -> subprocess.Popen[bytes]:
        called.append(command[3:])
        return start(["true"], **how)

    monkeypatch.setattr(subprocess, "Popen", started)

    assert asked(*words, folder=tmp_path)[0] == 0
    assert len(called) == 1
    assert [word for word in called[0] if word != "--print"] == [word for word in words if word != "--print"]


@pytest.mark.parametrize(
    ("rest", "rule"),
    # the second time it is the rule: alone, it would be no flag
    [
        (("--rule", "Ask the owner of old rows", "--print"), "Ask the owner of old rows"),
        (("--rule", "--print"), "--print"),
    ],
)
def test_a_lesson_is_shown_and_not_written(tmp_path: Path, rest: tuple[str, ...], rule: str):
    status, out, err = asked(*NEW, *rest, folder=tmp_path)

    assert (status, out.splitlines()[:2], err) == (0, ["---", f'title: "{rule}"'], "")
    assert not list((ROOT / "docs/lessons").rglob("ask-what-old-rows-hold.md"))


def test_a_log_is_read_by_the_one_who_asks(at_desk: Desk):
    (at_desk.folder / "log").write_text("it broke")
    (at_desk.folder / "json").write_text("no log")

    assert at_desk.reads("diagnose", "log") == [["diagnose", "-"], "it broke"]
    assert at_desk.reads("diagnose", "--format", "json", "log") == [["diagnose", "--format", "json", "-"], "it broke"]
    assert at_desk.reads("diagnose", "--format", "json", given="piped") == [["diagnose", "--format", "json"], "piped"]
    assert at_desk.reads("diagnose", "-", given="piped") == [["diagnose", "-"], "piped"]
    assert at_desk.reads("diagnose", "--help", given="piped") == [["diagnose", "--help"], ""]
    assert at_desk.reads("explain", "log") == [["explain", "log"], ""]


@pytest.mark.parametrize("name", ["gone", "."])
def test_a_log_that_the_one_who_asks_cannot_read_is_not_asked_for(at_desk: Desk, name: str):
    done = at_desk.call("diagnose", name)

    assert (done.returncode, done.stdout) == (COULD_NOT, "")
    assert done.stderr.startswith(f"proofbook: {name}: ")
    assert "hint: " in done.stderr


def test_who_says_nothing_holds_up_nobody(at_desk: Desk):
    with at_desk.connected() as silent:
        assert at_desk.reads("explain", "MIG101") == [["explain", "MIG101"], ""]
        assert silent.recv(16) == b""


def test_a_log_without_an_end_holds_up_nobody_and_is_not_read_for_ever(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(desks, "LONGEST_ANSWER", 2.0)
    os.mkfifo(tmp_path / "log")
    # somebody who could still write into it: reading it never ends
    writer = os.open(tmp_path / "log", os.O_RDWR)
    with opened(tmp_path, None) as at_desk:
        endless = subprocess.Popen(
            [at_desk.folder / "desk/proofbook", "diagnose", "log"], cwd=tmp_path, env={ADDRESS: at_desk.address},
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        _out, err = endless.communicate(timeout=LONG)
    os.close(writer)

    assert endless.returncode == COULD_NOT
    assert err.startswith("proofbook: proofbook diagnose: gave no answer within 2 s\nhint: ")


@pytest.mark.parametrize("end", ["the asker goes", "the desk closes"])
def test_what_answers_ends_with_the_one_who_asked_and_with_the_desk(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, end: str
):
    programs: list[subprocess.Popen[bytes]] = []
    start, has_started = subprocess.Popen, threading.Event()

    def started(_command: list[str], **how: Any) -> subprocess.Popen[bytes]:
        programs.append(start(["cat"], **how))
        has_started.set()
        return programs[0]

    monkeypatch.setattr(subprocess, "Popen", started)
    reading, writing = os.pipe()
    with opened(tmp_path, None) as at_desk, Path(os.devnull).open("wb") as nowhere:
        line = at_desk.connected()
        socket.send_fds(line, [b'["diagnose"]'], [reading, nowhere.fileno(), nowhere.fileno()])
        line.shutdown(socket.SHUT_WR)
        assert has_started.wait(LONG)
        if end == "the asker goes":
            line.close()
            assert programs[0].wait(LONG) < 0
    line.close()
    ended = programs[0].wait(LONG)
    for each in (reading, writing):
        os.close(each)

    assert ended == -signal.SIGKILL


def test_nobody_waits_for_the_answer_to_another(tmp_path: Path):
    may_end = threading.Event()

    def slow(words: list[str], streams: Streams, line: socket.socket) -> int:
        return echo(words, streams, line) if words == ["explain"] else int(not may_end.wait(LONG))

    with opened(tmp_path, slow) as at_desk, at_desk.connected() as line, Path(os.devnull).open("rb") as none:
        socket.send_fds(line, [b'["diagnose"]'], [none.fileno()] * 3)
        answered = at_desk.reads("explain")
        may_end.set()

        assert (answered, line.recv(16)) == ([["explain"], ""], b"0")


@pytest.mark.parametrize("told", [b"not json", b"1", b'"ab"', b"[1]", b"[" * 9000])
def test_what_is_no_call_is_told_and_holds_up_nobody(at_desk: Desk, told: bytes):
    with at_desk.connected() as line, (at_desk.folder / "err").open("w+b") as err:
        socket.send_fds(line, [told], [err.fileno()] * 3)
        status = line.recv(16)

    assert status == b"2"
    assert (at_desk.folder / "err").read_text().startswith("proofbook: ")
    assert at_desk.reads("explain", "MIG101") == [["explain", "MIG101"], ""]


def test_a_call_without_its_three_streams_is_none(at_desk: Desk):
    with at_desk.connected() as line:
        socket.send_fds(line, [b'["explain"]'], [0])

        assert line.recv(16) == b"2"
    assert at_desk.reads("explain", "MIG101") == [["explain", "MIG101"], ""]


def test_what_goes_wrong_in_an_answer_is_told_and_holds_up_nobody(at_desk: Desk):
    done = at_desk.call("break")

    assert (done.returncode, done.stdout) == (COULD_NOT, "")
    assert done.stderr == "proofbook: RuntimeError: the clerk stumbled\n"
    assert at_desk.reads("explain", "MIG101") == [["explain", "MIG101"], ""]
