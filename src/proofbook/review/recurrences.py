"""Knows since when a lesson has been written down, so that what came after it can be counted."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from proofbook.pages.lessons import is_lesson
from proofbook.pages.page import Page

_FAULT = re.compile(r"\]\((?:\.\./)+faults/([A-Z]{3}\d{3})\.md")
_MARK = "commit "


@dataclass(frozen=True, slots=True)
class Taught:
    """For each fault the first day of a lesson that names it; or why no day is known."""

    since: Mapping[str, datetime]
    unknown: str = ""


def taught(pages: Iterable[Page], root: Path) -> Taught:
    """Give since when a lesson has named each fault, by the repository's own history."""
    lessons = [page for page in pages if is_lesson(page)]
    if not lessons:
        return Taught({}, "there are no lessons here")
    days = first_commits(root, [page.path for page in lessons])
    if not days:
        return Taught({}, "since when the lessons are there is not known: this is no clone with its whole history")
    since: dict[str, datetime] = {}
    for page in lessons:
        for fault in _FAULT.findall(page.text) if page.path in days else ():
            since[fault] = min(since.get(fault, days[page.path]), days[page.path])
    return Taught(since)


def first_commits(root: Path, paths: Iterable[str]) -> dict[str, datetime]:
    """Give when each file was first committed; nothing where git cannot tell, as in a shallow clone."""
    git = ["git", "-C", str(root)]
    try:
        shallow = subprocess.run(
            [*git, "rev-parse", "--is-shallow-repository"], capture_output=True, text=True, check=True
        )
        if shallow.stdout.strip() != "false":
            return {}
        # a lesson that was renamed is there since it has its name: --no-renames
        added = ["log", "--no-renames", "--diff-filter=A", "--name-only", f"--format={_MARK}%cI", "--relative"]
        told = subprocess.run([*git, *added, "--", *paths], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return {}
    found: dict[str, datetime] = {}
    day = None
    for line in told.splitlines():
        if line.startswith(_MARK):
            day = datetime.fromisoformat(line.removeprefix(_MARK))
        elif line and day:
            found[line] = min(found.get(line, day), day)
    return found
