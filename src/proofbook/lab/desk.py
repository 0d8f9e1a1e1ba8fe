"""Answers those who call ``proofbook`` inside a sandbox: the run that made it does what they ask."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from proofbook.lab.inside import calling
from proofbook.lab.ownership import give
from proofbook.lab.sandbox import Sandbox
from proofbook.settings import Settings

ADDRESS = "PROOFBOOK_ASK"
ENGINE = "from proofbook.cli import main; main(prog_name='proofbook')"
# these read pages and what they are given, and need no lab
HARMLESS = ("diagnose", "explain", "lesson", "--help", "-h", "--version")
COULD_NOT = 2
LONGEST_CALL = 1 << 16
PATIENCE = 5.0

Streams = Sequence[int]
Answer = Callable[[list[str], Streams], int]


def engine(settings: Settings) -> Answer:
    """Give what answers with the engine's own commands, as far as they need no lab."""

    def answer(words: list[str], streams: Streams) -> int:
        if not words or words[0] not in HARMLESS:
            told = f"proofbook: {' '.join(words[:1]) or 'a command'}: is not to be had inside a sandbox\n"
            say(streams, f"{told}hint: here you have diagnose, explain and lesson; for the rest leave it first: exit\n")
            return COULD_NOT
        command = [sys.executable, "-c", ENGINE, *words]
        environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "120"}
        stdin, stdout, stderr = streams
        return subprocess.run(
            command, cwd=settings.root, env=environment, stdin=stdin, stdout=stdout, stderr=stderr, check=False
        ).returncode

    return answer


def say(streams: Streams, text: str) -> None:
    """Write to the one who asks, who may have gone."""
    with contextlib.suppress(OSError):
        os.write(streams[1], text.encode())


@contextlib.contextmanager
def desk(sandbox: Sandbox, settings: Settings, answer: Answer | None = None) -> Iterator[None]:
    """Put ``proofbook`` on the sandbox's PATH and answer its calls until the end."""
    place, address = sandbox.folder / "desk", sandbox.folder / "ask"
    _write_command(place, settings.lab_python.resolve())
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(address))
        # nobody but the sandbox's user may ask
        address.chmod(0o600)
        give(address, sandbox.account)
        listener.listen()
        path = f"{place}:{sandbox.base_environment['PATH']}"
        sandbox.base_environment.update({"PATH": path, ADDRESS: str(address)})
        clerk = threading.Thread(target=_serve, args=(listener, answer or engine(settings)), daemon=True)
        clerk.start()
        try:
            yield
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            clerk.join(PATIENCE)


def _write_command(place: Path, python: Path) -> None:
    place.mkdir()
    place.chmod(0o755)
    command = place / "proofbook"
    command.write_text(f"#!{python} -IS\n" + Path(calling.__file__).read_text("utf-8"), "utf-8")
    command.chmod(0o755)


def _serve(listener: socket.socket, answer: Answer) -> None:
    """Answer one call after the other, until nobody can call any more."""
    while True:
        try:
            line, _address = listener.accept()
        except OSError:
            return
        with line, contextlib.suppress(OSError, ValueError):
            _answer_one(line, answer)


def _answer_one(line: socket.socket, answer: Answer) -> None:
    told, streams, _flags, _address = socket.recv_fds(line, LONGEST_CALL, 3)
    try:
        line.sendall(str(answer(json.loads(told), streams)).encode())
    finally:
        for stream in streams:
            os.close(stream)
