"""What a check reports, and how one check ended."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Finding:
    """Place, fact and hint, and the fault it is known by; only an ``error`` keeps a check from holding."""

    message: str
    hint: str = ""
    path: str = ""
    line: int = 0
    fault: str = ""
    severity: str = "error"

    def __str__(self) -> str:
        """Give it as one line: place, severity, fault, fact."""
        place = ":".join(str(part) for part in (self.path, self.line) if part)
        return " ".join(filter(None, (place and f"{place}:", self.severity, self.fault, self.message)))


@dataclass(slots=True)
class Outcome:
    """How one check ended: passed, failed, skipped or could-not-check; seconds are wall time.

    Notes say what it saw that is no finding. A failed one that enforces a rule names the lesson.
    """

    name: str
    title: str
    status: str = "passed"
    seconds: float = 0.0
    reason: str = ""
    hint: str = ""
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    lesson: str = ""
