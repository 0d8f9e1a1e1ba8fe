"""What the runbooks know of the project: they ask its own Python, in one subprocess."""

from __future__ import annotations

import json
import os
import pkgutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from _step import CouldNotTell, Failed

START = """
import json, os, sys
requests, replies = os.fdopen(int(sys.argv[1])), os.fdopen(int(sys.argv[2]), "w")
exec(json.loads(requests.readline()))
try:
    main(requests, replies)
finally:
    # at once: a thread that the project has started must not keep it, and with it the runbook, for ever
    os._exit(0)
"""


SITE = {"site-packages", "dist-packages"}  # where files lie that are a package's and not the project's
FIRST = ("_inside_history.py", "_inside_operations.py", "_inside_django.py")


def source(*files: str) -> str:
    """Give a text that runs inside the project, made of files that may lie in an archive."""
    return "\n".join((pkgutil.get_data(__name__, file) or b"").decode() for file in files)


class Project:
    """The project's own Python, kept open; questions and answers go through pipes only."""

    def __init__(self, folder: str, python: str, alias: str, environment: Mapping[str, str] | None = None) -> None:
        self.alias = alias
        self.python: subprocess.Popen[bytes] | None = None
        self.noise = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115  # see close
        for_child, self.requests = pipe("w")
        from_child, self.replies = pipe("r")
        try:
            self.python = subprocess.Popen(
                [
                    str(Path(python).absolute()) if os.sep in python else python,
                    "-c",
                    START,
                    str(for_child),
                    str(from_child),
                ],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=self.noise,
                stderr=self.noise,
                pass_fds=(for_child, from_child),
                env={
                    "PGCONNECT_TIMEOUT": "10",
                    **(os.environ if environment is None else environment),
                    "PYTHONDONTWRITEBYTECODE": "1",
                },
            )
        except OSError as error:
            self.close()
            raise CouldNotTell(
                f"cannot start {python} in {folder}: {error.strerror}",
                "name the project's folder with --project and its interpreter with --python",
            ) from None
        finally:
            os.close(for_child)
            os.close(from_child)
        self.send(source(*FIRST))

    def send(self, message: Any) -> None:
        with suppress(BrokenPipeError):
            self.requests.write(json.dumps(message) + "\n")
            self.requests.flush()

    def ask(self, question: str, **request: Any) -> Any:
        """Ask one question; what the project raises is told, not thrown at the reader as a traceback."""
        self.send({"question": question, "alias": self.alias, **request})
        line = self.replies.readline()
        if not line:
            self.wait()
            self.noise.seek(0)
            raise CouldNotTell(f"the project's Python ended: {self.noise.read().strip()[-800:]}")
        reply = json.loads(line)
        if "error" in reply:
            raise Failed(reply["error"])
        return reply["answer"]

    def teach(self, *files: str) -> None:
        """Let the project answer the questions of other files beside `_inside_django.py`, read as one."""
        self.ask("learn", text=source(*files))

    def close(self) -> None:
        """End the project's Python."""
        for file in (self.requests, self.replies):
            with suppress(BrokenPipeError):
                file.close()
        self.wait()
        self.noise.close()

    def wait(self) -> None:
        """Wait for its end, if it has been started at all."""
        if self.python:
            self.python.wait()


def pipe(mode: str) -> tuple[int, Any]:
    """Make a pipe: the child's end as a number, ours as a file."""
    reading, writing = os.pipe()
    ours, theirs = (reading, writing) if mode == "r" else (writing, reading)
    return theirs, os.fdopen(ours, mode, encoding="utf-8")


@contextmanager
def open_project(
    folder: str, python: str, alias: str, environment: Mapping[str, str] | None = None
) -> Iterator[Project]:
    """Start the project's Python for as long as questions are asked, with this process's environment or another."""
    project = Project(folder, python, alias, environment)
    try:
        yield project
    finally:
        project.close()
