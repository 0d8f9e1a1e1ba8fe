"""Turns the fences of a page into snippets: each with its place, and whether it runs or why not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from proofbook.errors import PageError
from proofbook.fences import Fence
from proofbook.pages.roles import TELLING

RUNNABLE = ("bash", "sql", "diff", "python")
DIAGRAMS = ("mermaid",)
OUTPUT = "output"
FROM_SOURCE = "from source"
LOST = "data"


@dataclass(frozen=True, slots=True)
class Snippet:
    """A fence a reader sees, with its place; it runs, or has a reason why not."""

    path: str
    line: int
    language: str
    code: str
    options: Mapping[str, str]
    role: str
    runs: bool
    reason: str
    expected: str | None = None
    code_lines: tuple[int, ...] = ()
    end: int = 0
    way: str = ""

    def __str__(self) -> str:
        """Give the place as a person and a terminal read it: ``docs/page.md:12``."""
        return f"{self.path}:{self.line}"

    @property
    def name(self) -> str:
        """The snippet's own part of a test id: ``page.md:12``."""
        return f"{Path(self.path).name}:{self.line}"

    @property
    def loses_rows(self) -> bool:
        """Tell whether it is a wrong recipe that cures the fault, and loses rows."""
        return self.options.get("loses") == LOST

    @property
    def is_unproven(self) -> bool:
        """Tell whether a reader sees something here that nothing proves."""
        if self.runs or self.language in (OUTPUT, *DIAGRAMS):
            return False
        return not self.reason.startswith(FROM_SOURCE)

    def as_json(self) -> dict[str, Any]:
        """Give the public fields, ready for JSON."""
        names = ("path", "line", "language", "code", "options", "role", "runs", "reason")
        return {name: value for name, value in asdict(self).items() if name in names}


def reason_not_run(fence: Fence, role: str = "") -> str:
    """Say why a fence is not run, or nothing when it is; where a page only tells, an inclusion is shown."""
    if fence.options.get("unproven"):
        return fence.options["unproven"]
    if fence.language == OUTPUT:
        return "expected output"
    if fence.language in DIAGRAMS:
        return "diagram"
    if fence.inclusion is not None and (fence.language not in ("bash", "sql", "diff") or role in TELLING):
        return f"{FROM_SOURCE} {fence.inclusion}"
    if fence.language not in RUNNABLE:
        return f"{fence.language or 'no language'} is not run"
    return ""


def make_snippets(path: str, text: str, fences: Iterable[Fence], role_at: Callable[[int], str]) -> Iterator[Snippet]:
    """Give each fence as a snippet; an output fence right after one becomes what it must print."""
    lines = text.replace("\r\n", "\n").split("\n")
    listed = list(fences)
    for fence, following in zip(listed, [*listed[1:], None], strict=False):
        role = role_at(fence.line)
        reason = reason_not_run(fence, role)
        expected = following.code if following and _belongs(fence, following, lines) else None
        yield Snippet(
            path=path,
            line=fence.line,
            language=fence.language,
            code=fence.code,
            options=dict(fence.options),
            role=role,
            runs=not reason,
            reason=reason,
            expected=expected,
            code_lines=fence.code_lines,
            end=fence.end,
        )


def _belongs(fence: Fence, following: Fence, lines: list[str]) -> bool:
    between = lines[fence.end : following.line - 1]
    return following.language == OUTPUT and not any(line.strip(" \t>") for line in between)


class UnreadableError(PageError):
    """A page that cannot be read as text at all, so that nothing is known of it."""


def read_text(path: Path, name: str) -> str:
    """Read a page as UTF-8; a missing, binary or otherwise unreadable file is an UnreadableError."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UnreadableError(name, f"cannot be read: {error.strerror}") from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = f"{name}:{raw[: error.start].count(10) + 1}"
        raise UnreadableError(place, "is not UTF-8 text", "save it as UTF-8") from None
    if "\0" in text:
        place = f"{name}:{text[: text.index(chr(0))].count(chr(10)) + 1}"
        raise UnreadableError(place, "holds a NUL byte, so it is no text", "is this a binary file?")
    return text
