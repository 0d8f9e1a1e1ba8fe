"""All files that are written for one repository, each with its text and how it is marked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from proofbook.copilot.along import page_along, readme
from proofbook.copilot.guide import AGENTS, GUIDE, MOST, agents, guide
from proofbook.copilot.knowledge import Knowledge, gather
from proofbook.copilot.marks import with_region, with_whole, without_region
from proofbook.copilot.rules import all_faults, instructions, instructions_file
from proofbook.copilot.setup_steps import SETUP_STEPS, setup_steps
from proofbook.copilot.shelf import ALONG, ARCHIVE, HERE, Shelf
from proofbook.copilot.skills import FAULTS, skill_file, skill_text, skills_for
from proofbook.errors import ProofbookError
from proofbook.pages.lessons import FILES
from proofbook.pages.reading import loader
from proofbook.site.archive import checksum
from proofbook.site.edition import Edition

TITLES = {GUIDE: "# Instructions for Copilot\n", AGENTS: "# For agents\n"}


@dataclass(frozen=True, slots=True)
class Written:
    """A file to be there: a marked region in a file that is a person's too, or a file that is all ours."""

    path: str
    text: str
    is_region: bool = False
    is_left_to_people: bool = False
    packed: bytes = b""

    def content(self, current: str, where: str) -> str:
        """Give the whole text of the file, a person's part as it is."""
        if self.is_region:
            return with_region(self.path, current or TITLES[self.path], self.text, where)
        return with_whole(self.text, where, is_yaml=self.path.endswith(".yml"))


def shelf_for(edition: Edition, target: Path, site: str = "") -> Shelf:
    """Give the way from a repository to our pages."""
    if target.resolve() == edition.settings.root.resolve():
        return Shelf(HERE)
    has_runbooks = (target / "runbooks/validate_migrations.py").is_file()
    return Shelf(site or ALONG, has_runbooks=has_runbooks, project=_project(target))


def _project(target: Path) -> str:
    """Give the folder of the one manage.py below a repository's root, nothing when it lies there or there are many."""
    found = [] if (target / "manage.py").is_file() else [*target.glob("*/manage.py"), *target.glob("*/*/manage.py")]
    return found[0].parent.relative_to(target).as_posix() if len(found) == 1 else ""


def knowledge_of(edition: Edition) -> Knowledge:
    """Give what the pages of an edition know."""
    return gather(edition.faults, edition.lessons, edition.runbooks)


def files_for(edition: Edition, target: Path, shelf: Shelf) -> Iterator[Written]:
    """Give every file that is written into a repository."""
    knowledge = knowledge_of(edition)
    yield Written(GUIDE, guide(knowledge, shelf, _room(target, shelf)), is_region=True)
    yield Written(AGENTS, agents(knowledge, shelf), is_region=True)
    for kind in FILES:
        yield Written(instructions_file(kind), instructions(kind, knowledge, shelf))
    for name in skills_for(shelf):
        yield Written(skill_file(name), skill_text(name, knowledge, shelf))
    yield Written(FAULTS, all_faults(FAULTS, knowledge.entries, shelf))
    steps = setup_steps(target, is_ours=shelf.is_here)
    if steps:
        yield Written(SETUP_STEPS, steps, is_left_to_people=True)
    if shelf.where == ALONG:
        yield from _pages(edition, knowledge, shelf)
    if shelf.where == ALONG or not (shelf.is_here or shelf.has_runbooks):
        yield Written(f"{ALONG}/README.md", readme(shelf, checksum(edition.archive)))
    if not (shelf.is_here or shelf.has_runbooks):
        yield Written(ARCHIVE, "", packed=edition.archive)


def _room(target: Path, shelf: Shelf) -> int:
    """Give how many characters the guide has, beside a person's text and the marks."""
    current = text_of(target / GUIDE)
    own = without_region(GUIDE, current) if current else TITLES[GUIDE]
    return MOST - len(with_region(GUIDE, own, "", shelf.where))


def _pages(edition: Edition, knowledge: Knowledge, shelf: Shelf) -> Iterator[Written]:
    pages = [*(entry.page for entry in knowledge.entries), *(lesson.page for lesson in knowledge.lessons)]
    there = {page.path for page in pages}
    load = loader(edition.settings.root)
    for page in sorted(pages, key=lambda page: page.path):
        yield Written(str(shelf.place(page.path)), page_along(page, load, shelf, there))


def text_of(file: Path) -> str:
    """Give a file's text with plain line ends, nothing when there is none.

    Raises ProofbookError when it cannot be read as text.
    """
    try:
        return file.read_bytes().decode("utf-8").replace("\r\n", "\n")
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise ProofbookError(str(file), f"cannot be read: {error}", "it must be text in UTF-8") from None
