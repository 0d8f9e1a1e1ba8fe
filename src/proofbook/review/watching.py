"""Watches a log go by while it is diagnosed: when it began, where it ran, how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO

import re2

HOOK, CI, DEPLOYMENT = "hook", "ci", "deployment"
WELL, FAILED, UNKNOWN = "well", "failed", ""
# no line of a log that is worth reading is cut by this: what is looked for stands at the beginning of one
KEEP = 4096
TIME = rb"\b20\d\d-[01]\d-[0-3]\d[T ][0-2]\d:[0-5]\d:[0-5]\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
_TIME = re2.compile(TIME)
# what pre-commit, hosted pipelines and the deploy runbook write, and nobody else
MARKS = {
    HOOK: rb"(?m)^- hook id: \S",
    DEPLOYMENT: rb"(?m)(?:^|\s)deploy: Deploy a release: ",
    CI: rb"##\[(?:group|error|command|section)\]|::(?:group|error)[ :]"
    rb"|(?m)^section_start:\d+:|Running with gitlab-runner",
}
ENDS = {
    FAILED: rb"the deployment failed; it is told above|##\[error\]Process completed with exit code [1-9]"
    rb"|(?m)^ERROR: Job failed\b|^- exit code: [1-9]|^     (?:refused|failed)\s*\z",
    WELL: rb"(?m)^13\. Record the release\s[^#]*\bdone\n(?:.*\n)?Done\.|^(?:\S+ )?Job succeeded$",
}
BACKED_UP = rb"(?m)^\s*verify_backup: (?:.*\n)*?\s*All checks hold\."
# as the checks of the runbooks name what they find
TOLD = rb"(?m)^ +(?:\S+: )?error ([A-Z]{3}\d{3}) "
WENT_BACK, COULD_NOT = rb"(?m)^\s+back: ", rb"IT COULD NOT GO BACK"


@dataclass(slots=True)
class Watched:
    """What a log tells beside its errors; what it does not tell is empty."""

    first: datetime | None = None
    layer: str = ""
    ended: str = UNKNOWN
    backup: bool | None = None
    back: bool | None = None
    told: list[str] = field(default_factory=list)


class Watching:
    """A stream that looks at what is read from it."""

    def __init__(self, stream: IO[bytes]) -> None:
        """Begin with nothing known."""
        self.stream, self.seen, self.seen_any, self._rest = stream, Watched(), False, b""
        self._layers = {name: re2.compile(mark) for name, mark in MARKS.items()}
        self._ends = {name: re2.compile(mark) for name, mark in ENDS.items()}
        self._told = re2.compile(TOLD)
        self._facts = [re2.compile(each) for each in (BACKED_UP, WENT_BACK, COULD_NOT)]

    def read(self, size: int = -1) -> bytes:
        """Give the next bytes, once they have been looked at."""
        found = self.stream.read(size)
        self.seen_any = self.seen_any or bool(found)
        self._look(self._rest + found)
        self._rest = (self._rest + found)[-KEEP:]
        return found

    def _look(self, text: bytes) -> None:
        seen = self.seen
        if seen.first is None and (found := _TIME.search(text)):
            seen.first = moment(found[0].decode())
        for name, mark in self._layers.items():
            if seen.layer != DEPLOYMENT and mark.search(text):
                seen.layer = name
        ends = [(found.end(), name) for name, mark in self._ends.items() for found in mark.finditer(text)]
        seen.ended = max(ends)[1] if ends else seen.ended
        seen.told += [code for each in self._told.findall(text) if (code := each.decode()) not in seen.told]
        backup, back, could_not = (bool(each.search(text)) for each in self._facts)
        if seen.layer == DEPLOYMENT:
            seen.backup = backup or bool(seen.backup)
        seen.back = False if could_not else (True if back else seen.back)


def moment(text: str) -> datetime | None:
    """Give a moment as it was written; one without a zone is taken for UTC, a day that is none for nothing."""
    try:
        found = datetime.fromisoformat(text.replace(",", "."))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
