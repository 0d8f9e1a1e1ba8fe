"""Answers those who call ``proofbook`` inside a sandbox: the run that made it does what they ask."""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from proofbook.errors import ProofbookError
from proofbook.lab.inside import calling
from proofbook.lab.ownership import give
from proofbook.lab.permitted import permitted
from proofbook.lab.sandbox import Sandbox
from proofbook.settings import Settings

ADDRESS = "PROOFBOOK_ASK"
ENGINE = "from proofbook.cli import main; main(prog_name='proofbook')"
COULD_NOT = 2
LONGEST_CALL = 1 << 16
PATIENCE = 5.0
LONGEST_ANSWER = 60.0
STREAMS = 3

Streams = Sequence[int]
Answer = Callable[[list[str], Streams, socket.socket], int]


def engine(settings: Settings) -> Answer:
    """Give what answers with the engine's own commands, as far as they only read; it raises for the rest."""

    def answer(words: list[str], streams: Streams, line: socket.socket) -> int:
        command = [sys.executable, "-c", ENGINE, *permitted(words)]
        environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "120"}
        stdin, stdout, stderr = streams
        with subprocess.Popen(
            command, cwd=settings.root, env=environment, stdin=stdin, stdout=stdout, stderr=stderr
        ) as program:
            if not _has_ended(program, line):
                program.kill()
                fact = f"gave no answer within {LONGEST_ANSWER:g} s"
                hint = "what it reads may have no end: give a file, or a pipe that somebody closes"
                raise ProofbookError(f"proofbook {words[0]}", fact, hint)
        return program.returncode

    return answer


def _has_ended(program: subprocess.Popen[bytes], line: socket.socket) -> bool:
    """Wait for a program to end, as long as its asker is there and time is left; what it reads may have no end."""
    watched, ended = select.poll(), os.pidfd_open(program.pid)
    watched.register(ended, select.POLLIN)
    # no more than its hanging up, which is told without being asked for: it sends no more after its words
    watched.register(line, 0)
    try:
        return any(each == ended for each, _what in watched.poll(LONGEST_ANSWER * 1000))
    finally:
        os.close(ended)


def say(streams: Streams, text: str, *, is_error: bool = False) -> None:
    """Write to the one who asks, who may have gone."""
    with contextlib.suppress(OSError, IndexError):
        os.write(streams[2 if is_error else 1], text.encode(errors="replace"))


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
        calls: dict[socket.socket, threading.Thread] = {}
        clerk = threading.Thread(target=_serve, args=(listener, answer or engine(settings), calls), daemon=True)
        clerk.start()
        try:
            yield
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            clerk.join(PATIENCE)
            _hang_up(calls)


def _write_command(place: Path, python: Path) -> None:
    place.mkdir()
    place.chmod(0o755)
    command = place / "proofbook"
    command.write_text(f"#!{python} -IS\n" + Path(calling.__file__).read_text("utf-8"), "utf-8")
    command.chmod(0o755)


def _serve(listener: socket.socket, answer: Answer, calls: dict[socket.socket, threading.Thread]) -> None:
    """Answer each call by itself, until nobody can call any more: none is held up by another one."""
    while True:
        try:
            line, _address = listener.accept()
        except OSError:
            return
        for ended in [each for each, thread in calls.items() if not thread.is_alive()]:
            del calls[ended]
        calls[line] = threading.Thread(target=_take, args=(line, answer), daemon=True)
        calls[line].start()


def _hang_up(calls: dict[socket.socket, threading.Thread]) -> None:
    """End the calls that are still open, and the programs that answer them."""
    for line, thread in calls.items():
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)
        thread.join(PATIENCE)


def _take(line: socket.socket, answer: Answer) -> None:
    with line, contextlib.suppress(OSError):
        line.sendall(str(_answered(line, answer)).encode())


def _answered(line: socket.socket, answer: Answer) -> int:
    """Give the status of one call, whatever goes wrong with it."""
    # who connects and says nothing is not waited for
    line.settimeout(PATIENCE)
    told, streams, _flags, _address = socket.recv_fds(line, LONGEST_CALL, STREAMS)
    line.settimeout(None)
    try:
        return answer(_words(told, streams), streams, line)
    except ProofbookError as error:
        say(streams, f"proofbook: {error}\n", is_error=True)
    except Exception as error:  # noqa: BLE001
        say(streams, f"proofbook: {type(error).__name__}: {error}\n", is_error=True)
    finally:
        for stream in streams:
            os.close(stream)
    return COULD_NOT


def _words(told: bytes, streams: Streams) -> list[str]:
    """Give the words of a call.

    Raises ProofbookError when it is none.
    """
    words: object = json.loads(told)
    if len(streams) == STREAMS and isinstance(words, list) and all(isinstance(word, str) for word in words):
        return words
    raise ProofbookError("the sandbox's desk", "was asked with what is no call", "call proofbook, it is on the PATH")
