"""Inclusions: `--8<--` lines replaced by the text they name, each line keeping its place in the page."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from posixpath import isabs, normpath
from typing import NamedTuple

Load = Callable[[str], str]

_INLINE = re.compile(r"""(?P<indent>[ \t]*)(?P<escape>;*)-+8<-+[ \t]+(?P<target>"(?:\\"|[^"])+?"|'(?:\\'|[^'])+?')$""")
_FENCE = re.compile(r"[ \t]*(?P<escape>;*)-+8<-+$")
_MARKER = re.compile(
    r"(?P<before>.*?)(?<!;)(?!(?<=-)-)(?P<escape>;*)(?P<scissors>-+8<-+[ \t]+)"
    r"(?P<section>\[[ \t]*(?P<kind>start|end)[ \t]*:[ \t]*(?P<name>[a-z][-_0-9a-z]*)[ \t]*\])(?P<after>.*)$",
    re.IGNORECASE,
)
_RANGES = re.compile(r"(?::-?\d*){1,2}(?:,(?=[-\d:])-?\d*(?::-?\d*)?)*", re.ASCII)
_SECTION = re.compile(r":[a-z][-_0-9a-z]*", re.IGNORECASE | re.ASCII)


class Line(NamedTuple):
    """A line as the renderer sees it, with its place in the page and the inclusion it came by."""

    text: str
    number: int
    inclusion: str | None = None


class MissingInclusionError(LookupError):
    """An inclusion names a file or a section that is not there."""

    def __init__(self, line: int, target: str) -> None:
        """Keep the page's line and what it names."""
        super().__init__(f"line {line}: nothing to include at {target!r}")
        self.line, self.target = line, target


@dataclass(frozen=True)
class Inclusions:
    """Resolves the inclusions of a page; `load` gives a file's text or raises LookupError.

    Unless `within` is false, a path that leads out of the folder of inclusions names nothing.
    """

    load: Load
    dedent: bool = True
    must_exist: bool = True
    within: bool = True

    def resolve(self, lines: Iterable[Line], seen: tuple[str, ...] = (), *, section: bool = False) -> Iterator[Line]:
        """Give the lines with every inclusion replaced, those inside included files too."""
        in_block = False
        for line in lines:
            if "8<-" not in line.text and not in_block:
                yield line
                continue
            inline, fence = _INLINE.match(line.text), _FENCE.match(line.text)
            if escaped := next((match for match in (inline, fence) if match and match["escape"]), None):
                yield line._replace(text=escaped.string.replace(";", "", 1))
            elif fence:
                in_block = not in_block
            elif inline and not in_block:
                yield from self._include(line, inline["indent"], inline["target"][1:-1].strip(), seen)
            elif in_block and not inline:
                yield from self._include_block_line(line, seen)
            elif not in_block:
                yield from _unmarked(line, section=section)

    def _include_block_line(self, line: Line, seen: tuple[str, ...]) -> Iterator[Line]:
        target = line.text.strip()
        if target:
            indent = line.text[: len(line.text) - len(line.text.lstrip(" \t"))]
            yield from self._include(line, indent, target, seen)
        else:
            yield line._replace(text="")

    def _include(self, line: Line, indent: str, target: str, seen: tuple[str, ...]) -> Iterator[Line]:
        if target.startswith(";"):
            return
        path, ranges, section = _split_target(target)
        path = normpath(path)
        if path in seen:
            return
        try:
            texts = self._select(path, ranges, section)
        except LookupError as error:
            if self.must_exist:
                raise MissingInclusionError(line.number, target) from error
            return
        source = line.inclusion or target
        included = (Line(text, line.number, source) for text in texts)
        for inner in self.resolve(included, (*seen, path), section=section is not None):
            yield inner._replace(text=indent.expandtabs(4) + inner.text)

    def _select(self, path: str, ranges: str | None, section: str | None) -> list[str]:
        if self.within and (isabs(path) or path.startswith("..")):
            raise LookupError(path)
        text = self.load(path).replace("\r\n", "\n").replace("\r", "\n")
        lines = text.split("\n") if text else []
        if not lines or (ranges is None and section is None):
            return lines
        chosen = self._in_section(lines, section) if section else _in_ranges(lines, ranges or "")
        return textwrap.dedent("\n".join(chosen)).split("\n") if self.dedent else chosen

    def _in_section(self, lines: list[str], name: str) -> list[str]:
        chosen: list[str] = []
        inside = found = False
        for text in lines:
            marker = _MARKER.match(text) if "8<-" in text else None
            if marker and not marker["escape"]:
                if marker["name"] != name:
                    continue
                if marker["kind"] != "start":
                    break
                inside = found = True
            elif inside:
                chosen.append(_unescape(marker) if marker else text)
        if not found and self.must_exist:
            raise LookupError(name)
        return chosen


def _split_target(target: str) -> tuple[str, str | None, str | None]:
    for colon in re.finditer(":", target):
        if _RANGES.fullmatch(target, colon.start()):
            return target[: colon.start()].strip(), target[colon.end() :], None
        if _SECTION.fullmatch(target, colon.start()):
            return target[: colon.start()].strip(), None, target[colon.end() :]
    return target, None, None


def _in_ranges(lines: list[str], ranges: str) -> list[str]:
    chosen: list[str] = []
    for span in ranges.split(","):
        first, _, last = span.partition(":")
        start = int(first) if first else 0
        stop = int(last) if last else len(lines)
        start = max(0, start - 1 if start >= 0 else len(lines) + start)
        stop = stop if stop >= 0 else max(0, len(lines) + 1 + stop)
        chosen.extend(lines[start:stop])
    return chosen


def _unmarked(line: Line, *, section: bool) -> Iterator[Line]:
    marker = None if section else _MARKER.match(line.text)
    if not marker:
        yield line
    elif marker["escape"]:
        yield line._replace(text=_unescape(marker))


def _unescape(marker: re.Match[str]) -> str:
    return marker["before"] + marker["escape"][1:] + marker["scissors"] + marker["section"] + marker["after"]
