"""Lists the snippets of any folder of Markdown, whether it is ours or not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from proofbook.errors import PageError
from proofbook.fences import find_fences
from proofbook.pages.mkdocs_file import find_mkdocs_file, include_folders, read_dialect
from proofbook.pages.page import fault_roles, missing_inclusion, parse_front
from proofbook.pages.snippets import Snippet, make_snippets, read_text


def snippets_below(paths: Iterable[Path]) -> tuple[list[Snippet], list[PageError]]:
    """Give every snippet below the paths, and the errors of pages that could not be read."""
    listed: list[Snippet] = []
    errors: list[PageError] = []
    for path in paths:
        mkdocs_file = find_mkdocs_file(path.absolute() if path.is_dir() else path.absolute().parent)
        dialect, load = read_dialect(mkdocs_file), _loader(include_folders(mkdocs_file))
        for file in markdown_below(path):
            try:
                text = read_text(file, str(file))
                fences = find_fences(text, load, dialect=dialect)
                listed += make_snippets(str(file), text, fences, _roles(str(file), text))
            except LookupError as error:
                errors.append(PageError(*missing_inclusion(str(file), error)))
            except PageError as error:
                errors.append(error)
    return listed, errors


def markdown_below(path: Path) -> list[Path]:
    """Give the Markdown files of a folder that are somebody's own, or the file itself."""
    if not path.is_dir():
        return [path]
    found = (file for file in path.rglob("*.md") if not file.is_dir())
    return sorted(file for file in found if not _is_hidden(file.relative_to(path)))


def _is_hidden(file: Path) -> bool:
    return any(part.startswith(".") or part == "node_modules" for part in file.parts[:-1])


def _roles(name: str, text: str) -> Callable[[int], str]:
    try:
        front = parse_front(name, text)
    except PageError:
        return lambda _line: ""
    return fault_roles(text) if front.get("fault") else lambda _line: ""


def _loader(folders: list[Path]) -> Callable[[str], str]:
    def load(path: str) -> str:
        for folder in folders:
            if (folder / path).is_file():
                return (folder / path).read_text("utf-8", errors="replace")
        raise LookupError(path)

    return load
