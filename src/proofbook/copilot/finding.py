"""What a check of instructions reports."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not hold: which check says so, where, what, and what to do about it."""

    code: str
    place: str
    fact: str
    hint: str
