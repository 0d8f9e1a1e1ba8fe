"""The lines the renderer gets to read, each with its place in the page."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from proofbook.fences.inclusions import Inclusions, Line, Load

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from proofbook.fences.dialect import Dialect

# MkDocs takes YAML that is a mapping, and failing that lines of `key: value` at the very top.
_FRONT_MATTER = re.compile(
    r"---[ \t]*\n(?:[ \t]*(?:#.*)?\n)*(?=[\w\"'].*:[ \n])(?:.*\n)+?(?:---|\.\.\.)[ \t]*\n"
    r"|(?: {0,3}[A-Za-z0-9_-]+:.*\n(?:(?: {4}|\t).*\n)*)*(?:[^\S\n]*\n)?"
)
_SPACES_ONLY = re.compile(r"\n +(?=\n)")


@dataclass(frozen=True)
class Source:
    """A page without front matter, inclusions resolved and tabs expanded."""

    lines: Sequence[str]
    numbers: Sequence[int]
    inclusions: Mapping[int, str] = field(default_factory=dict)

    def inclusion(self, start: int, stop: int) -> str | None:
        """Name the one inclusion that brought all these lines, if it is so."""
        origins = {(self.numbers[at], self.inclusions.get(at)) for at in range(start, stop)}
        return origins.pop()[1] if len(origins) == 1 else None


def read_source(text: str, load: Load | None, dialect: Dialect) -> Source:
    """Bring a page into the form in which the renderer looks for fences."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    skipped = match.end() if (match := _FRONT_MATTER.match(text)) else 0
    first = text.count("\n", 0, skipped) + 1
    text = text[skipped:]
    if load and "8<-" in text and dialect.has("pymdownx.snippets"):
        return _with_inclusions(text, first, _inclusions(load, dialect))
    lines = _normalized(text).split("\n")
    return Source(lines, range(first, first + len(lines)))


def _inclusions(load: Load, dialect: Dialect) -> Inclusions:
    return Inclusions(
        load,
        dedent=dialect.option("pymdownx.snippets", "dedent_subsections", default=False),
        must_exist=dialect.option("pymdownx.snippets", "check_paths", default=False),
        within=dialect.option("pymdownx.snippets", "restrict_base_path", default=True),
    )


def _with_inclusions(text: str, first: int, inclusions: Inclusions) -> Source:
    page = (Line(line, number) for number, line in enumerate(text.split("\n"), first))
    lines = list(inclusions.resolve(page))
    return Source(
        _normalized("\n".join(line.text for line in lines)).split("\n"),
        [line.number for line in lines],
        {at: line.inclusion for at, line in enumerate(lines) if line.inclusion},
    )


def _normalized(text: str) -> str:
    text = text.replace("\x02", "").replace("\x03", "").expandtabs(4)
    return _SPACES_ONLY.sub("\n", text)
