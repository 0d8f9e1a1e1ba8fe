"""The reference for the lexer: what Python-Markdown, with the site's extensions, shows a reader."""

from __future__ import annotations

import html.parser
import re
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from markdown import Markdown
from mkdocs.config import load_config
from mkdocs.utils.meta import get_data

ROOT = Path(__file__).parents[1]
# A browser hides what follows, the standard library's parser does not.
_UNCLOSED_COMMENT = re.compile(r"<!--(?:(?!-->).)*\Z", re.DOTALL)


@dataclass(frozen=True)
class Shown:
    """A fence on the rendered page, with its lines; inclusions before it move them."""

    line: int
    end: int
    language: str
    code: str


def read_page(path: Path) -> str:
    """Read a page as MkDocs does."""
    return path.read_text(encoding="utf-8-sig")


def load(path: str) -> str:
    """Give an included file, looked up where the site does."""
    if not (ROOT / path).is_file():
        raise LookupError(path)
    return (ROOT / path).read_text(encoding="utf-8")


def site_markdown() -> Markdown:
    """Set up Python-Markdown as the site does."""
    config = load_config(str(ROOT / "mkdocs.yml"))
    return Markdown(extensions=config.markdown_extensions, extension_configs=config.mdx_configs)


class Renderer:
    """Renders pages, marks every fence that fires and looks which of them a reader meets."""

    def __init__(self, markdown: Markdown) -> None:
        self.markdown = markdown
        self.fired: list[tuple[int, int, str]] = []
        self.fences = self.markdown.preprocessors["fenced_code_block"]
        self.store = self.fences.process_nested_block
        self.fences.process_nested_block = self._note_place
        for entry in self.fences.extension.superfences:
            entry["formatter"] = partial(self._mark, entry["formatter"])

    def show(self, text: str) -> list[Shown]:
        """Give the fences a reader of the page sees, in the order they are written."""
        self.fired.clear()
        body = get_data(text)[0]
        above = text.count("\n") - body.count("\n")
        reader = _Reader()
        reader.feed(_UNCLOSED_COMMENT.sub("", self.markdown.reset().convert(body)))
        reader.close()
        return [
            Shown(above + line, above + end, language, "".join(reader.codes[number]).strip("\n"))
            for number, (line, end, language) in enumerate(self.fired)
            if number in reader.codes
        ]

    def _note_place(self, prefix: str, content: str, start: int, end: int) -> None:
        self.place = start + 1, end
        self.store(prefix, content, start, end)

    def _mark(self, formatter, *, language: str | None, **options) -> str:
        shown = formatter(language=language, **options)
        self.fired.append((*self.place, language or ""))
        # the first tag ends an open `<?`, as it does in a browser
        return f'<div></div><div data-fence="{len(self.fired) - 1}">{shown}</div>'


@dataclass
class _Reader(html.parser.HTMLParser):
    """Collects the text of `code` elements within marked ones."""

    codes: dict[int, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()
        self.fence: int | None = None
        self.in_code = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if number := dict(attrs).get("data-fence"):
            self.fence = int(number)
        elif tag == "code" and self.fence is not None:
            self.in_code = True
            self.codes[self.fence] = []

    def handle_endtag(self, tag: str) -> None:
        if tag == "code" and self.in_code:
            self.in_code, self.fence = False, None

    def handle_data(self, data: str) -> None:
        if self.in_code:
            self.codes[self.fence].append(data)
