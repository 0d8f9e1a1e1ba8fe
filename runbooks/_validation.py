"""What one validation of migrations knows: the survey of the project, its database's records, its repository."""

from __future__ import annotations

import os
import re
import shlex
from functools import cached_property
from pathlib import Path
from typing import Any

from _case import Case
from _django_probe import SITE
from _graph import Migration, read_migrations
from _repository import Repository
from _step import CouldNotTell, Stop

FOR_A_SITE = ("github", "sarif")


class Validation(Case):
    """What the checks of one run share; each part is asked for once, by the first check that needs it."""

    settings: dict[str, Any]

    @cached_property
    def survey(self) -> dict[str, Any]:
        """Give all that the files and Django's graph tell."""
        found: dict[str, Any] = self.ask("survey")
        return found

    @cached_property
    def migrations(self) -> dict[str, Migration]:
        """Give every migration by its name, as its file has it."""
        return read_migrations(self.survey["migrations"])

    @cached_property
    def recorded(self) -> dict[str, Any]:
        """Give what the database has on record; a failure is kept for the next who asks."""
        found: dict[str, Any] = self.ask("recorded")
        return found

    @cached_property
    def repository(self) -> Repository:
        """Give the repository that the project lies in."""
        return Repository(Path(self.options.project))

    @cached_property
    def base(self) -> Path:
        """Give the folder that paths are told from: here, or what a site takes for the root of the repository."""
        if self.options.format not in FOR_A_SITE:
            return Path.cwd()
        try:
            return Path(os.environ.get("GITHUB_WORKSPACE") or self.repository.root).resolve()
        except Stop:
            return Path.cwd()

    def shown(self, file: str) -> str:
        """Write a path as a reader or a site can open it."""
        path = Path(self.options.project, file).resolve() if file else Path()
        if not file:
            return ""
        return str(path.relative_to(self.base) if path.is_relative_to(self.base) else path)

    def typed(self, file: str) -> str:
        """Write a path as a shell reads it."""
        return shlex.quote(self.shown(file))

    def is_ours(self, file: str) -> bool:
        """Tell whether a file belongs to the project, and not to a package that it has installed."""
        path = Path(self.options.project, file).resolve()
        return path.is_relative_to(self.root) and not SITE & set(path.parts)

    @cached_property
    def root(self) -> Path:
        """Give the folder in which the project's own files lie."""
        try:
            return Path(self.repository.root).resolve()
        except Stop:
            return Path(self.options.project).resolve()

    @property
    def unread_apps(self) -> set[str]:
        """Name the apps of which the whole folder could not be read."""
        return {each["app"] for each in self.survey["unread"] if each["name"] == "__init__"}

    def unread(self, what: str) -> CouldNotTell:
        """Say why something cannot be told as long as files do not load."""
        names = ", ".join(f"{each['app']}.{each['name']}" for each in self.survey["unread"])
        return CouldNotTell(f"{what}: {names} cannot be read", "mend what `files` reports first")


def read_lines(file: str) -> list[str]:
    """Give the lines of a file, none if there is no such file."""
    path = Path(file)
    return path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []


def line_naming(file: str, *texts: str) -> int:
    """Find the first line that holds one of these, the first of them that is there at all; 0 if none is."""
    lines = read_lines(file)
    for text in texts:
        for number, line in enumerate(lines, 1):
            if re.search(text, line):
                return number
    return 0


def line_of_parent(file: str, parent: str) -> int:
    """Find the line on which a migration names its parent."""
    app, _, name = parent.partition(".")
    return line_naming(
        file,
        rf"""["']{re.escape(app)}["'].*["']{re.escape(name)}["']""",
        rf"""["']{re.escape(name)}["']""",
        r"^\s*dependencies\b",
    )
