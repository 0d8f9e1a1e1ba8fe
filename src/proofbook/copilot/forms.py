"""The forms in which agents read their files, and what a file must not be longer than."""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import basename, dirname
from typing import Any

import yaml

from proofbook.copilot.finding import Finding
from proofbook.copilot.guide import GUIDE, MOST
from proofbook.copilot.setup_steps import HONOURED, JOB, LONGEST, SETUP_STEPS
from proofbook.pages.page import FRONT

SKILL_LINES = 500
DESCRIPTION = 1024
NAME = re.compile(r"[a-z0-9-]{1,64}")
FORM, SIZE = "copilot-form", "copilot-size"


def breaches(path: str, text: str) -> Iterator[Finding]:
    """Give every breach of the form that a file is read in."""
    if path == GUIDE:
        yield from _guide(path, text)
    elif path == SETUP_STEPS:
        yield from _setup_steps(path, text)
    elif path.endswith(".instructions.md"):
        yield from _instructions(path, text)
    elif basename(path) == "SKILL.md":
        yield from _skill(path, text)


def _guide(path: str, text: str) -> Iterator[Finding]:
    if len(text) > MOST:
        fact = f"has {len(text)} characters, {len(text) - MOST} more than every Copilot reads"
        line = text.count("\n", 0, MOST) + 1
        yield Finding(SIZE, f"{path}:{line}", fact, "move what only some files need to .github/instructions/")


def _instructions(path: str, text: str) -> Iterator[Finding]:
    if not isinstance(_front(text).get("applyTo"), str):
        hint = 'begin it with front matter: applyTo: "**/migrations/*.py"'
        yield Finding(FORM, f"{path}:1", "does not say which files it applies to", hint)


def _skill(path: str, text: str) -> Iterator[Finding]:
    front = _front(text)
    name, folder, description = str(front.get("name")), basename(dirname(path)), front.get("description")
    if name != folder or not NAME.fullmatch(name):
        yield Finding(FORM, f"{path}:1", f"name is {name!r} in the folder {folder!r}", f"write name: {folder}")
    if not isinstance(description, str) or len(description) > DESCRIPTION:
        fact = "has no description" if not description else f"has a description of {len(str(description))} characters"
        yield Finding(FORM, f"{path}:1", fact, f"say what it does and when, in at most {DESCRIPTION} characters")
    lines = len(text.splitlines())
    if lines >= SKILL_LINES:
        hint = "move what is looked up to references/"
        yield Finding(SIZE, f"{path}:{SKILL_LINES}", f"has {lines} lines, {SKILL_LINES} or more", hint)


def _setup_steps(path: str, text: str) -> Iterator[Finding]:
    workflow = _mapping(text)
    jobs = workflow.get("jobs")
    if not isinstance(jobs, dict) or list(jobs) != [JOB]:
        yield Finding(FORM, f"{path}:1", f"is read only if it has one job, {JOB}", "rename the job, remove the others")
        return
    job = jobs[JOB] if isinstance(jobs[JOB], dict) else {}
    line = next((at for at, each in enumerate(text.splitlines(), 1) if each.strip().startswith(f"{JOB}:")), 1)
    for key in sorted(job.keys() - HONOURED):
        yield Finding(FORM, f"{path}:{line}", f"{key} is not looked at", f"keep to {', '.join(sorted(HONOURED))}")
    minutes = job.get("timeout-minutes", LONGEST)
    if not isinstance(minutes, int) or minutes > LONGEST:
        yield Finding(FORM, f"{path}:{line}", f"timeout-minutes is {minutes}", f"at most {LONGEST}")


def _front(text: str) -> dict[str, Any]:
    found = FRONT.match(text)
    return _mapping(found[1] or "") if found else {}


def _mapping(text: str) -> dict[str, Any]:
    try:
        read = yaml.safe_load(text)
    except yaml.YAMLError:
        return {}
    return read if isinstance(read, dict) else {}
