"""Reads the pages of a repository, held against the page format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from proofbook.errors import PageError
from proofbook.pages.fault_format import check_fault_page
from proofbook.pages.page import Page, read_page
from proofbook.pages.page_format import check_page
from proofbook.pages.questions import Question, check_path, read_trees
from proofbook.pages.signatures import Catalogue, check_signatures
from proofbook.settings import Settings


class PageErrors(PageError):  # noqa: N818
    """All that is wrong with one page, shown at once."""

    def __init__(self, errors: list[PageError]) -> None:
        """Keep the single errors."""
        super().__init__(errors[0].place, errors[0].fact, errors[0].hint)
        self.errors = errors

    def __str__(self) -> str:
        """Give every error, one below the other."""
        return "\n".join(str(error) for error in self.errors)


def loader(root: Path) -> Callable[[str], str]:
    """Give the reader of included files, below the repository's root only."""

    def load(path: str) -> str:
        file = (root / path).resolve()
        if not file.is_relative_to(root.resolve()) or not file.is_file():
            raise LookupError(path)
        return file.read_text("utf-8")

    return load


def page_files(settings: Settings) -> list[Path]:
    """Give every page file of the repository, in order."""
    found: list[Path] = []
    for name in settings.pages:
        place = settings.root / name
        found += sorted(place.rglob("*.md")) if place.is_dir() else [place] if place.is_file() else []
    return found


def is_page(file: Path, settings: Settings) -> bool:
    """Tell whether a file is one of the repository's pages."""
    places = [settings.root / name for name in settings.pages]
    return file.suffix == ".md" and any(file == place or place in file.parents for place in places)


def checked_page(file: Path, settings: Settings) -> Page:
    """Read a page and hold it against the page format.

    Raises PageErrors with everything that is wrong.
    """
    page = read_page(file, str(file.relative_to(settings.root)), loader(settings.root))
    errors = list(check_page(page))
    if page.fault is not None:
        errors += [*check_fault_page(page, settings.root / settings.runbooks), *check_signatures(page)]
        errors += check_path(page, asked(settings)) if "tree" in page.front else []
    if errors:
        raise PageErrors(errors)
    return page


def questions_file(settings: Settings) -> Path:
    """Give the file that holds the questions of the decision trees."""
    return settings.root / settings.faults / "_questions.toml"


def asked(settings: Settings) -> dict[str, Question]:
    """Give every question of every decision tree."""
    return {key: each for tree in read_trees(questions_file(settings)).values() for key, each in tree.items()}


def read_catalogue(settings: Settings) -> Catalogue:
    """Read the signatures of every fault page; pages that cannot be read report that themselves."""
    return Catalogue(page for page in readable_pages(settings) if page.fault)


def readable_pages(settings: Settings) -> Iterator[Page]:
    """Give every page that can be read; the others say themselves what is wrong with them."""
    for file in page_files(settings):
        try:
            yield read_page(file, str(file.relative_to(settings.root)), loader(settings.root))
        except PageError:
            continue
