"""What the author of a migration has accepted, in the migration's own file, with a reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from _finding import Finding

ACCEPTS = re.compile(r"#\s*proofbook:\s*accepts\s+([A-Z]+\d+)\b(?:\s+because\s+(\S.*))?")


# --8<-- [start:accepted]
def accepted(file: Path, path: str, family: str, findings: Iterable[Finding]) -> Iterator[Finding | str]:
    """Give the findings of one migration; those that its file accepts are told and are none.

    An acceptance turns off one fault in one file, and says why; without a reason it is a finding itself.
    """
    accepts = dict(acceptances(file, family))
    seen = set()
    for finding in findings:
        seen.add(finding.fault)
        line, because = accepts.get(finding.fault, (0, ""))
        if because:
            yield f"accepted at {path}:{line}: {finding.fault} {finding.message}; because {because}"
        else:
            yield finding
    for name, (line, because) in accepts.items():
        if not because:
            yield Finding(
                f"{name} is accepted without a reason", "go on with: because ...", path, line, name, "warning"
            )
        elif name not in seen:
            yield f"{path}:{line} accepts {name}, which was not seen"


# --8<-- [end:accepted]


def acceptances(file: Path, family: str) -> Iterator[tuple[str, tuple[int, str]]]:
    """Read which faults of a family a migration's file accepts, where and why."""
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    for number, line in enumerate(text.splitlines(), 1):
        match = ACCEPTS.search(line)
        if match and match[1].startswith(family):
            yield match[1], (number, (match[2] or "").strip())
