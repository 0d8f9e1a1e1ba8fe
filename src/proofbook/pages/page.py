"""Reads a page: front matter, headings, and snippets with the role their heading gives them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from proofbook.errors import PageError
from proofbook.fences import Heading, MissingInclusionError, find_fences, find_headings
from proofbook.pages.roles import ABOUT_RUNBOOK, RUNBOOK, VALUES
from proofbook.pages.snippets import Snippet, make_snippets, read_text

OWN = "own"
ENGINE = "proofbook"
ROLE_LEVEL = 2
WAY_LEVEL = 3
WAY = re.compile(r"Otherwise: (?P<title>.+)")
FRONT = re.compile(r"\A---[ \t]*\r?\n(.*?\r?\n)?---[ \t]*(\r?\n|\Z)", re.DOTALL)
OPENS_FRONT = re.compile(r"\A---[ \t]*\r?\n")
ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=(?:[^\s;&|<>()`$]*|'[^']*'|\"[^\"$`\\]*\"|\$\(mktemp -d\))")

KINDS: Mapping[str, tuple[type, ...]] = {
    "fault": (str,),
    "impact": (str,),
    "runbook": (str,),
    "server": (str,),
    "commands": (str,),
    "shown_by": (str,),
    "signature": (str, list),
    "cause": (str, list),
    "same_text": (list,),
    "question": (str,),
    "evidence": (str,),
    "seen_while": (str,),
    "sqlstate": (dict,),
    "tree": (dict,),
    "waived": (dict,),
    "changes": (dict,),
}
IN_WORDS: Mapping[type, str] = {str: "a text", list: "a list of texts", dict: "a mapping"}


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
    def sqlstates(self) -> Mapping[str, str]:
        """What must stand beside each SQLSTATE by which the fault is known where the text is not English."""
        return {str(code): str(text) for code, text in (self.front.get("sqlstate") or {}).items()}

    @property
    def shown_by(self) -> Snippet | None:
        """The fence under Symptom that holds the command by which a fault without a signature is known."""
        command = " ".join(str(self.front.get("shown_by") or "").split())
        return next(
            (each for each in self.under("Symptom") if command and command in " ".join(each.code.split())), None
        )

    @property
    def group(self) -> frozenset[str]:
        """The codes of all faults that print this one's text, its own too; it alone when no other does."""
        return frozenset((str(self.fault), *(self.front.get("same_text") or ())))

    @property
    def waived(self) -> Mapping[str, str]:
        """The obligations this page is let off, each with its reason; `runbook` stands for the three about it."""
        written = self.front.get("waived") or {}
        return {
            name: reason for key, reason in written.items() for name in (ABOUT_RUNBOOK if key == RUNBOOK else (key,))
        }

    @property
    def has_own_server(self) -> bool:
        """Tell whether the page is proven on a server of its own: it touches roles, settings or rules."""
        return self.front.get("server") == OWN

    @property
    def calls_proofbook(self) -> bool:
        """Tell whether its commands include ``proofbook`` itself, as in the shell that ``proofbook lab`` opens."""
        return self.front.get("commands") == ENGINE

    @property
    def values(self) -> Snippet | None:
        """The fence of plain assignments above the first heading."""
        return next(iter(self.under(VALUES)), None)

    @property
    def ways(self) -> list[str]:
        """The titles of the alternatives under Fix, in order; the first way has none."""
        titled = (snippet.way for snippet in self.snippets if snippet.role == "Fix" and snippet.runs)
        return [title for title in dict.fromkeys(titled) if title]

    def under(self, role: str, way: str = "") -> list[Snippet]:
        """Give the running snippets under one heading, in order: of its first way, or of the alternative named."""
        return [each for each in self.snippets if each.role == role and each.way == way and each.runs]

    def line_of(self, key: str) -> int:
        """Give the line of a front matter key, for an error's place."""
        return line_of(self.text, key)


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
        place, fact = missing_inclusion(path, error)
        raise PageError(place, fact, "name an existing file and section") from None
    way_at = ways_of(headings) if front.get("fault") else lambda _line: ""
    made = make_snippets(path, text, fences, role_at)
    return Page(path, text, front, headings, tuple(replace(each, way=way_at(each.line)) for each in made))


def missing_inclusion(path: str, error: LookupError) -> tuple[str, str]:
    """Give place and fact of an inclusion that names nothing."""
    if isinstance(error, MissingInclusionError):
        return f"{path}:{error.line}", f"there is nothing to include at {error.target!r}"
    return path, f"an inclusion cannot be resolved: {error.args[0]}"


def parse_front(path: str, text: str) -> dict[str, Any]:
    """Give the front matter, or an empty mapping when the page has none."""
    found = FRONT.match(text)
    if not found:
        if OPENS_FRONT.match(text):
            raise PageError(f"{path}:1", "front matter is never closed", "end it with a line of three hyphens")
        return {}
    try:
        front = yaml.safe_load(found.group(1) or "") or {}
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 1
        problem = getattr(error, "problem", None) or str(error)
        raise PageError(
            f"{path}:{line}", f"front matter is broken: {problem}", "quote values that hold a colon"
        ) from None
    if not isinstance(front, dict):
        raise PageError(f"{path}:2", "front matter is no mapping", "write `key: value` lines")
    for key in front.keys() & KINDS.keys():
        _check_kind(path, text, key, front[key])
    return front


def _check_kind(path: str, text: str, key: str, value: Any) -> None:
    is_right = value is None or isinstance(value, KINDS[key])
    if is_right and isinstance(value, list):
        is_right = all(isinstance(item, str) for item in value)
    if not is_right:
        wanted = " or ".join(IN_WORDS[kind] for kind in KINDS[key])
        raise PageError(f"{path}:{line_of(text, key)}", f"{key} is {value!r}", f"it must be {wanted}")


def line_of(text: str, key: str) -> int:
    """Give the line of a front matter key, or the first line when it is not there."""
    front = FRONT.match(text)
    for number, line in enumerate(front[0].splitlines() if front else (), start=1):
        if line.startswith(f"{key}:"):
            return number
    return 1


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


def ways_of(headings: Iterable[Heading]) -> Callable[[int], str]:
    """Give what tells the alternative a line belongs to: it ends where the next one begins, or the section ends."""
    places = [(heading.line, way_title(heading)) for heading in headings if heading.level <= WAY_LEVEL]
    ends = [(line, title or "") for line, title in places if title is not None]

    def way_at(line: int) -> str:
        return next((title for at, title in reversed(ends) if at < line), "")

    return way_at


def way_title(heading: Heading) -> str | None:
    """Give the title of the alternative that a heading opens, nothing for a section's heading, None for any other."""
    if heading.level < WAY_LEVEL:
        return ""
    found = WAY.fullmatch(heading.text.strip())
    return found["title"].strip() if found else None


def is_plain_assignments(code: str) -> bool:
    """Tell whether every line is one assignment of a literal or of a new empty folder, a comment or empty."""
    lines = [line.strip() for line in code.splitlines()]
    return all(not line or line.startswith("#") or ASSIGNMENT.fullmatch(line) for line in lines)
