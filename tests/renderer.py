"""The reference for the lexer: what Python-Markdown, with the site's extensions, shows a reader."""

from __future__ import annotations

import html.parser
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import markdown
from mkdocs.utils.meta import get_data

ROOT = Path(__file__).parents[1]
EXTENSIONS = {
    "admonition": {},
    "attr_list": {},
    "md_in_html": {},
    "def_list": {},
    "footnotes": {},
    "tables": {},
    "toc": {"permalink": True},
    "pymdownx.details": {},
    "pymdownx.superfences": {"custom_fences": [{"name": "mermaid", "class": "mermaid"}]},
    "pymdownx.tabbed": {"alternate_style": True},
    "pymdownx.highlight": {"anchor_linenums": True},
    "pymdownx.inlinehilite": {},
    "pymdownx.snippets": {"base_path": [str(ROOT)], "check_paths": True, "dedent_subsections": True},
}


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


class Renderer:
    """Renders pages, marks every fence that fires and looks which of them a reader meets."""

    def __init__(self, extensions: dict[str, dict[str, object]] | None = None) -> None:
        extensions = EXTENSIONS if extensions is None else extensions
        self.markdown = markdown.Markdown(extensions=[*extensions], extension_configs=extensions)
        self.fired: list[tuple[int, int, str, str]] = []
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
        page = self.markdown.reset().convert(body)
        reader = _Reader()
        reader.feed(page)
        reader.close()
        return [
            Shown(above + line, above + end, language, "".join(reader.codes[number]).strip("\n"))
            for number, (line, end, language, _) in enumerate(self.fired)
            if number in reader.codes
        ]

    def _note_place(self, prefix: str, content: str, start: int, end: int) -> None:
        self.place = start + 1, end
        self.store(prefix, content, start, end)

    def _mark(self, formatter, *, src: str, language: str | None, **options) -> str:
        shown = formatter(src=src, language=language, **options)
        self.fired.append((*self.place, language or "", src))
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
