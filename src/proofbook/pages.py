"""Reads a page: front matter, headings, and snippets with the role their heading gives them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from proofbook.errors import PageError
from proofbook.fences import Heading, find_fences, find_headings
from proofbook.snippets import Snippet, make_snippets, read_text

VALUES = "values"
ROLE_LEVEL = 2
FRONT = re.compile(r"\A---[ \t]*\r?\n(.*?\r?\n)?---[ \t]*(\r?\n|\Z)", re.DOTALL)
ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=[^\s;&|<>()`$]*|[A-Za-z_][A-Za-z0-9_]*=('[^']*'|\"[^\"$`\\]*\")")


@dataclass(frozen=True, slots=True)
class Page:
    """A Markdown file of the site, read once; everything later works on this record."""

    path: str
    text: str
    front: Mapping[str, Any]
    headings: tuple[Heading, ...]
    snippets: tuple[Snippet, ...]

    @property
    def title(self) -> str:
        """The title a reader sees."""
        return str(self.front.get("title") or Path(self.path).stem)

    @property
    def fault(self) -> str | None:
        """The code of the fault this page is about, if it is about one."""
        return self.front.get("fault")

    @property
    def runbook(self) -> str | None:
        """The runbook call of a fault page, as its front matter writes it."""
        return self.front.get("runbook")

    @property
    def runbook_name(self) -> str | None:
        """The name of the runbook alone."""
        return self.runbook.split()[0] if self.runbook else None

    @property
    def signatures(self) -> tuple[str, ...]:
        """The regular expressions by which the fault is known; empty for ``signature: none``."""
        found = self.front.get("signature") or []
        return () if found == "none" else tuple([found] if isinstance(found, str) else found)

    @property
    def waived(self) -> Mapping[str, str]:
        """The obligations this page is let off, each with its reason."""
        return self.front.get("waived") or {}

    @property
    def values(self) -> Snippet | None:
        """The fence of plain assignments above the first heading."""
        return next((snippet for snippet in self.snippets if snippet.role == VALUES), None)

    def under(self, role: str) -> list[Snippet]:
        """Give the running snippets under one heading, in order."""
        return [snippet for snippet in self.snippets if snippet.role == role and snippet.runs]

    def line_of(self, key: str) -> int:
        """Give the line of a front matter key, for an error's place."""
        for number, line in enumerate(self.text.splitlines(), start=1):
            if line.startswith(f"{key}:"):
                return number
        return 1


def read_page(file: Path, path: str, load: Callable[[str], str] | None = None) -> Page:
    """Read the page in ``file``, called ``path`` in every message.

    Raises PageError when it is no text or its front matter is broken.
    """
    text = read_text(file, path)
    return parse_page(path, text, load)


def parse_page(path: str, text: str, load: Callable[[str], str] | None = None) -> Page:
    """Read a page from its text."""
    front = parse_front(path, text)
    headings = tuple(find_headings(text))
    role_at = fault_roles(text) if front.get("fault") else lambda _line: ""
    try:
        fences = find_fences(text, load)
    except LookupError as error:
        raise PageError(
            path, f"an inclusion cannot be resolved: {error.args[0]}", "name an existing file and section"
        ) from None
    return Page(path, text, front, headings, tuple(make_snippets(path, text, fences, role_at)))


def parse_front(path: str, text: str) -> dict[str, Any]:
    """Give the front matter, or an empty mapping when the page has none."""
    found = FRONT.match(text)
    if not found:
        if text.startswith("---\n"):
            raise PageError(f"{path}:1", "front matter is never closed", "end it with a line of three hyphens")
        return {}
    try:
        front = yaml.safe_load(found.group(1) or "") or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 1
        problem = getattr(error, "problem", None) or "not valid YAML"
        raise PageError(
            f"{path}:{line}", f"front matter is broken: {problem}", "quote values that hold a colon"
        ) from None
    if not isinstance(front, dict):
        raise PageError(f"{path}:2", "front matter is no mapping", "write `key: value` lines")
    return front


def fault_roles(text: str) -> Callable[[int], str]:
    """Give what tells the role of a line on a fault page: the heading it stands under."""
    places = [(heading.line, heading.text.strip()) for heading in find_headings(text) if heading.level == ROLE_LEVEL]

    def role_at(line: int) -> str:
        role = VALUES
        for at, name in places:
            if at < line:
                role = name
        return role

    return role_at


def is_plain_assignments(code: str) -> bool:
    """Tell whether every line is one assignment of a literal, a comment or empty."""
    lines = [line.strip() for line in code.splitlines()]
    return all(not line or line.startswith("#") or ASSIGNMENT.fullmatch(line) for line in lines)
