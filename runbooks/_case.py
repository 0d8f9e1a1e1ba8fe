"""What one run knows: its options, its project and database, and what must not be said."""

from __future__ import annotations

import argparse
import json
import re
import shlex
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

from _address import Target
from _django_probe import Project
from _postgres import Sql
from _step import CouldNotTell

# to the last @ of the word: a password may hold one
PASSWORD = re.compile(r"(\w://[^\s:/]*:)\S+@")
USUAL = {"--project": ".", "--python": "python", "--database": "default"}


class Case:
    """What the steps of one run have found so far; a runbook adds what its own steps find."""

    target: Target
    sql: Sql
    version: int
    project: Project | None = None

    def __init__(self, file: str, options: argparse.Namespace, stack: ExitStack | None = None) -> None:
        self.file = file
        self.options = options
        self.stack = stack or ExitStack()
        self.secrets: set[str] = set()

    def ask(self, question: str, **request: Any) -> Any:
        """Ask the project, which must have been opened."""
        if self.project is None:
            raise CouldNotTell("the project has not been opened", "name its folder with --project")
        return self.project.ask(question, **request)

    def teach(self, *files: str) -> None:
        """Let the opened project answer the questions of other files beside `_inside_django.py`."""
        if self.project is None:
            raise CouldNotTell("the project has not been opened", "name its folder with --project")
        self.project.teach(*files)

    def hide(self, *secrets: str | None) -> None:
        """Keep these texts out of everything that is said from now on."""
        for secret in secrets:
            if secret and len(secret) > 2:  # noqa: PLR2004  # two letters would blot out ordinary words
                self.secrets |= {secret, quote(secret, safe=""), json.dumps(secret)[1:-1]}

    def redact(self, text: str) -> str:
        """Give the text without anything secret."""
        for secret in sorted(self.secrets, key=len, reverse=True):
            text = text.replace(secret, "***")
        return PASSWORD.sub(r"\1***@", text)

    def command(self, *flags: str, runbook: str = "") -> str:
        """Give the command line that runs this runbook, or one beside it, on the same project with other flags."""
        path = Path(self.file).with_stem(runbook or Path(self.file).stem)
        inside = path.is_relative_to(Path.cwd())
        shown = path.relative_to(Path.cwd()) if inside else path
        program = [str(shown)] if path.exists() else [str(shown.parent), path.stem]
        given = {flag: getattr(self.options, flag[2:]) for flag in USUAL}
        same = [word for flag, value in given.items() if value != USUAL[flag] for word in (flag, value)]
        return shlex.join(["python", *program, *same, *flags])
