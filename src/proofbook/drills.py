"""Keeps the record of drills: which fault, how long it took to repair, and with how many hints."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from proofbook.errors import ProofbookError
from proofbook.settings import Settings

NAME = "drills.jsonl"


@dataclass(frozen=True, slots=True)
class Drill:
    """One drill: ``seconds`` to the first check that passed, or until it was left unrepaired."""

    fault: str
    is_fixed: bool
    seconds: float
    hints: int
    checks: int
    was_drawn: bool
    date: str
    postgres: str


def drills_file(settings: Settings) -> Path:
    """Give the file in which this checkout keeps its drills."""
    return settings.store / NAME


def append_drill(settings: Settings, drill: Drill) -> None:
    """Write one more drill down, whole or not at all."""
    file = drills_file(settings)
    file.parent.mkdir(exist_ok=True)
    number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(number, (json.dumps(asdict(drill)) + "\n").encode())
    finally:
        os.close(number)


def read_drills(settings: Settings) -> list[Drill]:
    """Give every drill of this checkout, the oldest first; none where nobody has trained.

    Raises ProofbookError at the line that is no drill.
    """
    file = drills_file(settings)
    if not file.is_file():
        return []
    lines = enumerate(file.read_text("utf-8", errors="replace").splitlines(), start=1)
    return [_read(f"{file}:{number}", line) for number, line in lines if line.strip()]


def _read(place: str, line: str) -> Drill:
    try:
        told: Mapping[str, Any] = json.loads(line)
        return Drill(**{each.name: told[each.name] for each in fields(Drill)})
    except (ValueError, TypeError, KeyError) as error:
        raise ProofbookError(place, f"is no drill: {error}", "remove that line") from None
