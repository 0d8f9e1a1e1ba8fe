"""Reads ``[tool.proofbook]``: where the pages are, and how the lab is prepared."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from proofbook.errors import ProofbookError

NOTHING: Mapping[str, Any] = {"pages": []}


@dataclass(frozen=True, slots=True)
class Settings:
    """What a repository says about its pages and its lab; paths are below ``root``."""

    root: Path
    pages: tuple[str, ...] = ("docs",)
    lab: str = "lab"
    faults: str = "lab/faults"
    runbooks: str = "runbooks"
    python: str = ".venv-lab/bin/python"
    prepare: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    path: tuple[str, ...] = ()
    preload: tuple[str, ...] = ()
    url: str = ""
    role: str = "app"
    versions: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()
    ignore_columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    build: str = "mkdocs build --strict --site-dir {site}"
    site: str = "site"
    site_sources: tuple[str, ...] = (
        "mkdocs.yml",
        "docs",
        "overrides",
        "README.md",
        "runbooks",
        "lab",
        "src",
        "tests",
        ".github",
        ".proofbook/records",
        ".proofbook/drills.jsonl",
    )
    timeout: float = 60.0
    postgres: str = "18"
    apart: str = ""

    @property
    def lab_python(self) -> Path:
        """The lab's interpreter, by the folder its environment really is in: the checkout may be out of reach."""
        named = self.root / self.python
        return named.parent.parent.resolve() / named.parent.name / named.name

    @property
    def store(self) -> Path:
        """The folder of records and caches, ignored by git."""
        return self.root / ".proofbook"

    @property
    def kept(self) -> Path:
        """The folder of what proofs leave: those of another lab environment leave the usual ones alone."""
        return self.store / "labs" / self.apart if self.apart else self.store

    def with_lab(self, place: Path) -> Settings:
        """Give the same with the Python of another environment, whose proofs are kept apart.

        Raises ProofbookError when there is none, or none to name its proofs by.
        """
        # a link keeps its own name, so nothing is resolved
        folder = Path(os.path.normpath(place.absolute()))
        python = folder / "bin" / "python"
        if not python.exists():
            raise ProofbookError(str(place), "is no environment of Python", "make it: scripts/setup --lab NAME")
        name = folder.name.lstrip(".")
        if not name:
            raise ProofbookError(str(place), "has no name to keep its proofs under", "give its folder one")
        return replace(self, python=str(python), apart=name)


def read_settings(root: Path) -> Settings:
    """Read the settings of the repository at ``root``; an unknown key or a wrong type is an error.

    A repository without ``[tool.proofbook]`` has no pages.
    """
    place = root / "pyproject.toml"
    try:
        table = tomllib.loads(place.read_text("utf-8")).get("tool", {}).get("proofbook", NOTHING)
    except FileNotFoundError:
        table = NOTHING
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProofbookError(str(place), f"cannot be read: {error}") from None
    known = {entry.name: entry for entry in fields(Settings) if entry.name not in ("root", "apart")}
    values = {}
    for name, value in table.items():
        if name not in known:
            hint = f"known are {', '.join(sorted(known))}"
            raise ProofbookError(f"{place} [tool.proofbook]", f"unknown key {name!r}", hint)
        values[name] = _typed(str(place), name, value, known[name].type)
    return Settings(root=root, **values)


def _typed(place: str, name: str, value: Any, wanted: Any) -> Any:
    kind = str(wanted)
    if kind.startswith("tuple") and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    if kind == "Mapping[str, str]" and isinstance(value, dict):
        return {key: str(item) for key, item in value.items()}
    if kind.startswith("Mapping[str, tuple") and isinstance(value, dict):
        if all(isinstance(item, list) and all(isinstance(word, str) for word in item) for item in value.values()):
            return {key: tuple(item) for key, item in value.items()}
    elif (kind == "str" and isinstance(value, str)) or (kind == "float" and isinstance(value, int | float)):
        return value
    raise ProofbookError(f"{place} [tool.proofbook]", f"{name} has the wrong type", f"it must be {kind}")


def find_root(start: Path) -> Path:
    """Give the nearest folder at or above ``start`` whose pyproject.toml has ``[tool.proofbook]``, else ``start``."""
    for folder in (start, *start.parents):
        place = folder / "pyproject.toml"
        if place.is_file() and "[tool.proofbook" in place.read_text("utf-8", errors="replace"):
            return folder
    return start
