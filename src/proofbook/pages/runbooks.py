"""Reads what a runbook says about itself, without importing it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from proofbook.errors import ProofbookError

ACT = 2


@dataclass(frozen=True, slots=True)
class RunbookStep:
    """One entry of a runbook's ``STEPS``; ``acts`` when it can change something."""

    title: str
    acts: bool


@dataclass(frozen=True, slots=True)
class Runbook:
    """A program in ``runbooks/``: its name, what it is for, and its steps."""

    name: str
    summary: str
    steps: tuple[RunbookStep, ...]


def read_runbook(file: Path) -> Runbook:
    """Read a runbook's first sentence and its steps.

    Raises ProofbookError when the file cannot be read or is no Python.
    """
    try:
        tree = ast.parse(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, SyntaxError) as error:
        raise ProofbookError(str(file), f"runbook cannot be read: {error}", "name an existing runbook") from None
    summary = (ast.get_docstring(tree) or "").partition("\n")[0]
    return Runbook(file.stem, summary, tuple(_steps(tree)))


def read_runbooks(folder: Path) -> dict[str, Runbook]:
    """Read every runbook of a folder; files with a leading underscore are shared parts."""
    files = [file for file in sorted(folder.glob("*.py")) if not file.name.startswith("_")]
    return {file.stem: read_runbook(file) for file in files}


def _steps(tree: ast.Module) -> Iterator[RunbookStep]:
    for node in tree.body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id="STEPS")], value=ast.List(elts=entries) | ast.Tuple(elts=entries))
                | ast.AnnAssign(target=ast.Name(id="STEPS"), value=ast.List(elts=entries) | ast.Tuple(elts=entries))
            ):
                yield from (step for entry in entries if (step := _step(entry)))


def _step(entry: ast.expr) -> RunbookStep | None:
    if not isinstance(entry, ast.Call):
        return None
    words = {word.arg: word.value for word in entry.keywords}
    if isinstance(entry.func, ast.Name) and entry.func.id == "Check":
        # a check has a name before its title, and never an act
        title, act = entry.args[1] if len(entry.args) > 1 else words.get("title"), None
    else:
        title = entry.args[0] if entry.args else words.get("title")
        act = entry.args[ACT] if len(entry.args) > ACT else words.get("act")
    if isinstance(title, ast.Constant) and isinstance(title.value, str):
        return RunbookStep(title.value, acts=act is not None)
    return None
