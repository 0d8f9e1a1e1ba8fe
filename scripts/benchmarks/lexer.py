"""Measures our lexer beside the renderer and other extractors: speed, and what of a reader's fences each finds.

Usage: lexer.py [FOLDER] [--rounds N] [--megabytes N]; without a folder, this repository's pages and test cases.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.renderer import Renderer, site_markdown  # noqa: E402

from proofbook.fences import Dialect, find_fences  # noqa: E402
from proofbook.pages.mkdocs_file import find_mkdocs_file, include_folders, read_dialect  # noqa: E402

CASES = ROOT / "tests" / "cases" / "fences"
LANGUAGES = ("bash", "sh", "shell", "console", "python", "sql", "yaml", "diff")
Fences = list[tuple[str, str]]
Extract = Callable[[str], Fences]


@dataclass
class Result:
    """What one extractor did on all pages."""

    found: int
    right: int
    refused: int
    speeds: list[float] = field(default_factory=list)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, help="a folder of Markdown pages")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--megabytes", type=float, default=2, help="pages are repeated to this size for the speed")
    arguments = parser.parse_args()
    # the test cases are too short for a speed that means something
    rounds = {arguments.folder: arguments.rounds} if arguments.folder else {ROOT / "docs": arguments.rounds, CASES: 0}
    for folder, count in rounds.items():
        pages = list(read_pages(folder))
        if not pages:
            print(f"{folder}: holds no Markdown page", file=sys.stderr)
            return 2
        Console(width=110).print(compare(folder, pages, count, arguments.megabytes))
    return 0


def shown_name(folder: Path) -> str:
    """Give a folder's name as seen from the repository, so that a published figure names no machine."""
    return str(folder.relative_to(ROOT)) if folder.is_relative_to(ROOT) else folder.name


def compare(folder: Path, pages: list[str], rounds: int, megabytes: float) -> Table:
    """Give the table of one folder."""
    includes = include_folders(find_mkdocs_file(folder.absolute()))
    renderer = render_with(includes)
    shown = [scored(renderer(page)) for page in pages]
    wanted = sum(map(len, shown))
    table = Table(title=f"{shown_name(folder)}: {len(pages)} pages, {wanted} fences in {', '.join(LANGUAGES)}")
    for column in ("extractor", "MB/s (median, spread)", "recall", "precision", "pages refused"):
        table.add_column(column, justify="left" if column == "extractor" else "right", no_wrap=True)
    for name, extract in {"proofbook": lex_with(includes), "renderer": renderer, **others()}.items():
        result = measure(extract, pages, shown)
        result.speeds = [speed(extract, pages, megabytes) for _ in range(rounds)]
        table.add_row(name, *cells(result, wanted))
    return table


def read_pages(folder: Path) -> Iterable[str]:
    """Give the text of every page that is text."""
    for path in sorted(folder.rglob("*.md")):
        try:
            yield path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            print(f"{path}: is not UTF-8, left out", file=sys.stderr)


def measure(extract: Extract, pages: list[str], shown: list[Fences]) -> Result:
    """Score one extractor on every page."""
    found, right, refused = 0, 0, 0
    for page, wanted in zip(pages, shown, strict=True):
        try:
            given = scored(extract(page))
        except Exception:  # noqa: BLE001 - whatever a tool raises on a page, the page is lost for it
            given, refused = [], refused + 1
        found += len(given)
        right += (Counter(given) & Counter(wanted)).total()
    return Result(found, right, refused)


def speed(extract: Extract, pages: list[str], megabytes: float) -> float:
    """Give megabytes of source a second."""
    size, began = 0, time.perf_counter()
    while size < megabytes * 1e6:
        for page in pages:
            with contextlib.suppress(Exception):  # counted as refused where the score is taken
                extract(page)
            size += len(page.encode())
    return size / 1e6 / (time.perf_counter() - began)


def scored(fences: Fences) -> Fences:
    """Keep what is compared: named languages, text without blank lines around it."""
    return [(language, code.strip("\n").rstrip()) for language, code in fences if language in LANGUAGES]


def cells(result: Result, wanted: int) -> list[str]:
    """Write a result as a row."""
    speeds = "-"
    if result.speeds:
        speeds = f"{statistics.median(result.speeds):.2f} ({min(result.speeds):.2f}-{max(result.speeds):.2f})"
    precision = f"{result.right / result.found:.1%}" if result.found else "-"
    recall = f"{result.right / wanted:.1%}" if wanted else "-"
    return [speeds, recall, precision, str(result.refused)]


def lex_with(includes: list[Path]) -> Extract:
    """Ours, in the site's dialect; a missing inclusion is left out, as the renderer here does."""
    site = read_dialect(ROOT / "mkdocs.yml")
    lenient = {**site.option("pymdownx.snippets", "", {}), "dedent_subsections": True}
    dialect = Dialect({**site.extensions, "pymdownx.snippets": lenient})

    def load(path: str) -> str:
        for folder in includes:
            if (folder / path).is_file():
                return (folder / path).read_text(encoding="utf-8")
        raise LookupError(path)

    return lambda page: [(fence.language, fence.code) for fence in find_fences(page, load, dialect=dialect)]


def render_with(includes: list[Path]) -> Extract:
    """Python-Markdown with the site's extensions, in full."""
    markdown = site_markdown()
    snippets = markdown.preprocessors["snippet"]
    snippets.check_paths, snippets.base_path = False, [str(folder.absolute()) for folder in includes]
    renderer = Renderer(markdown)
    return lambda page: [(fence.language, fence.code) for fence in renderer.show(page)]


def others() -> dict[str, Extract]:
    """The parsers of the tools people use, those that are installed; `scripts/bench` installs them."""
    known = {
        "pytest-markdown-docs": _pytest_markdown_docs,
        "sybil": _sybil,
        "pytest-codeblocks": _pytest_codeblocks,
        "mktestdocs, a pass a language": _mktestdocs,
    }
    extractors: dict[str, Extract] = {}
    for name, prepare in known.items():
        try:
            extractors[name] = prepare()
        except ImportError as error:
            print(f"{name} is left out: {error}; scripts/bench installs it", file=sys.stderr)
    return extractors


def _pytest_markdown_docs() -> Extract:
    from markdown_it import MarkdownIt  # noqa: PLC0415 - each tool may be missing

    parser = MarkdownIt("commonmark")
    return lambda page: [
        ((token.info.split() or [""])[0], token.content) for token in parser.parse(page) if token.type == "fence"
    ]


def _sybil() -> Extract:
    from sybil import Document  # noqa: PLC0415
    from sybil.parsers.markdown.lexers import FencedCodeBlockLexer  # noqa: PLC0415

    lexer = FencedCodeBlockLexer(language=".+")
    return lambda page: [
        (region.lexemes["language"], str(region.lexemes["source"])) for region in lexer(Document(page, "page.md"))
    ]


def _pytest_codeblocks() -> Extract:
    from pytest_codeblocks.main import extract_from_buffer  # noqa: PLC0415

    return lambda page: [(block.syntax or "", block.code) for block in extract_from_buffer(io.StringIO(page))]


def _mktestdocs() -> Extract:
    from mktestdocs import grab_code_blocks  # noqa: PLC0415

    return lambda page: [(language, code) for language in LANGUAGES for code in grab_code_blocks(page, language)]


if __name__ == "__main__":
    sys.exit(main())
