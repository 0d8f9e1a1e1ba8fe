"""Which fences a reader meets: the renderer's own block parser is asked, where there is a doubt."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions.footnotes import FootnoteExtension

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from proofbook.fences.dialect import Dialect
    from proofbook.fences.scan import Span

_PLACEHOLDER = re.compile(r"\x02wzxhzdk:(\d+)\x03")
_COMMENT = re.compile(r"<!--(?:(?!<!--).)*?-->", re.DOTALL)
_UNSEEN = re.compile(r"(?:<!--|<(script|style)\b).*?(?:(?(1)</\1\s*>|-->)|\Z)", re.DOTALL | re.IGNORECASE)
# The extensions that have a say in which blocks a page has.
_SHAPING = re.compile(
    r"(?:markdown\.extensions\.)?"
    r"(?:abbr|admonition|attr_list|def_list|extra|footnotes|md_in_html|sane_lists|tables)"
    r"|pymdownx\.(?:blocks\..+|details|extra|fancylists|quotes|saneheaders|tabbed)"
)
# Only four spaces in a row can make code of a fence, only these can swallow it.
_DOUBT = re.compile(r" {4}|<!--|\]:")
# A block that starts like this belongs to nothing before it.
_FRESH = re.compile(r"\n*[^\W\d_]|\n*#")


class Blocks:
    """The block structure of pages in one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        """Set the renderer up with what can move or hide a fence."""
        extensions = {name: options for name, options in dialect.extensions.items() if _SHAPING.fullmatch(name)}
        indented = dialect.option("pymdownx.superfences", "disable_indented_code_blocks", default=False)
        extensions["pymdownx.superfences"] = {"disable_indented_code_blocks": indented}
        self._markdown = Markdown(extensions=[*extensions], extension_configs=extensions)
        self._one_by_one = not any(name.startswith("pymdownx.blocks") for name in extensions)
        code: Any = self._markdown.parser.blockprocessors["code"]
        self._reverted = code.extension.stash

    def find_shown(self, lines: Sequence[str], spans: Sequence[Span]) -> set[int]:
        """Give the numbers of the spans that a reader sees as fences."""
        text = self.outline(lines, spans)
        stash = self._markdown.htmlStash.rawHtmlBlocks
        whole = not self._one_by_one or any(_holds_fence(raw, len(spans)) for raw in stash)
        shown: set[int] = set()
        for region in [text] if whole else _regions(text):
            shown |= self._parse(region) if whole or _is_doubtful(region) else _numbers(region)
        return set(_follow(shown | self._in_footnotes(), stash, len(spans)))

    def outline(self, lines: Sequence[str], spans: Sequence[Span]) -> str:
        """Give the page with a placeholder for each fence and for raw HTML, comments too."""
        self._markdown.reset()
        text = "\n".join(self._skeleton(lines, spans))
        if "<" not in text:
            return text
        return "\n".join(self._markdown.preprocessors["html_block"].run(text.split("\n")))

    def _skeleton(self, lines: Sequence[str], spans: Sequence[Span]) -> Iterator[str]:
        at = 0
        for span in spans:
            placeholder = self._markdown.htmlStash.store("")
            source = "\n".join(lines[span.start : span.stop])
            self._reverted.store(placeholder[1:-1], source, len(span.prefix))
            yield from lines[at : span.start]
            yield span.prefix + placeholder
            at = span.stop
        yield from lines[at:]
        yield from ("", "")

    def _parse(self, text: str) -> set[int]:
        root = Element("div")
        self._markdown.parser.parseChunk(root, text)
        return _in_blocks(root)

    def _in_footnotes(self) -> set[int]:
        shown: set[int] = set()
        for extension in self._markdown.registeredExtensions:
            if isinstance(extension, FootnoteExtension):
                for text in extension.footnotes.values():
                    shown |= self._parse(text)
        return shown


def _numbers(text: str) -> set[int]:
    return {int(number) for number in _PLACEHOLDER.findall(text)}


def _in_blocks(root: Element) -> set[int]:
    return {number for text in root.itertext() if "\x02" in text for number in _numbers(_COMMENT.sub("", text))}


def _in_html(raw: Element | str) -> set[int]:
    return _numbers(_UNSEEN.sub("", raw) if isinstance(raw, str) else "".join(raw.itertext()))


def _follow(numbers: set[int], stash: Sequence[Element | str], fences: int) -> Iterator[int]:
    """Give the fences among these placeholders, and those in the raw HTML among them."""
    for number in numbers:
        if number < fences:
            yield number
        else:
            yield from _follow(_in_html(stash[number]), stash, fences)


def _holds_fence(raw: Element | str, fences: int) -> bool:
    return not isinstance(raw, str) and any(number < fences for number in _in_html(raw))


def _regions(text: str) -> Iterator[str]:
    region: list[str] = []
    for block in text.split("\n\n"):
        if region and _FRESH.match(block):
            yield "\n\n".join(region)
            region = []
        region.append(block)
    yield "\n\n".join(region)


def _is_doubtful(region: str) -> bool:
    return any("\x02" in block and _DOUBT.search(block) for block in region.split("\n\n"))
