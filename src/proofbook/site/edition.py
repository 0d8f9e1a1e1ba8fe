"""Reads from a checkout what one edition of the site shows: pages, records, runbooks."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path
from typing import Any

from proofbook.errors import ProofbookError
from proofbook.pages.lessons import CHECKLISTS, FAMILIES, Lesson, is_lesson, read_lesson
from proofbook.pages.page import Page, read_page
from proofbook.pages.page_format import known
from proofbook.pages.questions import grow, read_trees
from proofbook.pages.reading import loader, page_files, questions_file
from proofbook.pages.runbooks import Runbook, read_runbooks
from proofbook.proof.fingerprint import fingerprint, lab_versions
from proofbook.proof.records import Record, Records
from proofbook.settings import Settings, read_settings
from proofbook.site import lessons, publish, tables
from proofbook.site.archive import pack
from proofbook.site.backlinks import naming
from proofbook.site.llms import DOCS, NAME, WHOLE, llms_text, llms_whole
from proofbook.site.plain import plain_page
from proofbook.site.standing import Ledger
from proofbook.site.tree import as_drawing, as_list

LESSONS = "docs/lessons/"
RUNBOOKS = "docs/runbooks/"


@dataclass
class Edition:
    """One edition of the site; what it has read it keeps, so a new build makes a new edition."""

    settings: Settings
    _ledgers: dict[str, Ledger] = field(default_factory=dict)
    rendered: dict[str, str] = field(default_factory=dict)

    @cached_property
    def pages(self) -> dict[str, Page]:
        """Every page by its path.

        Raises PageError for the first that cannot be read.
        """
        root = self.settings.root
        paths = [(file, file.relative_to(root).as_posix()) for file in page_files(self.settings)]
        return {path: read_page(file, path, loader(root)) for file, path in paths}

    @cached_property
    def runbooks(self) -> dict[str, Runbook]:
        """Every runbook by its name."""
        return read_runbooks(self.settings.root / self.settings.runbooks)

    @cached_property
    def faults(self) -> list[Page]:
        """The fault pages, by code."""
        return sorted((page for page in self.pages.values() if page.fault), key=lambda page: str(page.fault))

    def decorated(self, path: str, home: str) -> str:
        """Give a page as the site shows it; ``home`` leads from the page to the site's root."""
        page = self.pages[path]
        around = publish.Surroundings(
            self.ledger(page),
            self._runbook_of(page),
            self._users_of(page),
            self.pages,
            home,
            self._group_of(page),
            self._naming.get(path, ()),
        )
        return publish.decorate(page, around)

    def plain(self, path: str) -> str:
        """Give a page as plain Markdown, with what its macros gave if the site has been built."""
        page = self.pages[path]
        text = self.rendered.get(path, page.text)
        return plain_page(page, text, loader(self.settings.root), publish.stated(page, self.ledger(page)))

    def llms(self, name: str, summary: str) -> dict[str, str]:
        """Give what language models read, by its path below the site's root."""
        pages = [page for page in self.pages.values() if page.path.startswith(DOCS)]
        texts = {page.path.removeprefix(DOCS): self.plain(page.path) for page in pages}
        return {NAME: llms_text(name, summary, pages), WHOLE: llms_whole(name, summary, texts), **texts}

    def fault_table(self, here: str) -> str:
        """Give the table of all faults for the page ``here``."""
        return tables.fault_table(here, self._proven_faults(), self.pages)

    def signature_table(self, here: str) -> str:
        """Give the table of all error texts."""
        return tables.signature_table(here, self.faults)

    def runbook_table(self, here: str) -> str:
        """Give the table of all runbooks."""
        users = {name: self.users(name) for name in self.runbooks}
        return tables.runbook_table(here, self.runbooks.values(), users, self.pages)

    def lesson_table(self, here: str) -> str:
        """Give all lessons, family by family, and how many of them act."""
        return lessons.lesson_tables(here, self.lessons)

    def checklist(self, here: str, name: str) -> str:
        """Give what the lessons ask on one checklist, for the page ``here``."""
        if name not in CHECKLISTS:
            raise ProofbookError(here, f"there is no checklist {name!r}", known(CHECKLISTS))
        return lessons.checklist(here, name, self.lessons)

    def decision_tree(self, here: str, name: str) -> str:
        """Give a decision tree for the page ``here``, drawn and as nested questions."""
        trees = read_trees(questions_file(self.settings))
        if name not in trees:
            raise ProofbookError(here, f"there is no decision tree {name!r}", known(trees))
        root = grow(name, trees[name], self.faults)
        return f"{as_drawing(here, root)}\n\n{as_list(here, root)}"

    def obligation_table(self) -> str:
        """Give the twelve obligations and who is let off."""
        return tables.obligation_table(self.faults)

    @cached_property
    def lessons(self) -> list[Lesson]:
        """The lessons, by family and name."""
        found = [read_lesson(page) for path, page in self.pages.items() if path.startswith(LESSONS) and is_lesson(page)]
        return sorted(found, key=lambda lesson: (list(FAMILIES).index(lesson.family), lesson.name))

    def ledger(self, page: Page) -> Ledger:
        """Give a page's records beside the hashes that a proof made now would carry."""
        if page.path not in self._ledgers:
            self._ledgers[page.path] = self._read_ledger(page)
        return self._ledgers[page.path]

    def users(self, runbook: str) -> tuple[Page, ...]:
        """Give the pages that use a runbook: fault pages that name it, and pages whose commands call it."""
        called = f"runbooks/{runbook}.py"
        return tuple(
            page
            for path, page in self.pages.items()
            if path != f"{RUNBOOKS}{runbook}.md"
            and (page.runbook_name == runbook or any(called in snippet.code for snippet in page.snippets))
        )

    def proofs(self) -> dict[str, Any]:
        """Give what ``proofs.json`` holds."""
        records = list(Records(self._records).all())
        hashes = {each for page in self.pages.values() for each in self.ledger(page).hashes}
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return publish.proofs(records, hashes, now, self._commit())

    def sources(self) -> Iterator[Path]:
        """Give the files that make up the runbooks, for readers to take away."""
        yield from sorted((self.settings.root / self.settings.runbooks).glob("*.py"))

    @cached_property
    def archive(self) -> bytes:
        """All runbooks as one file that Python runs."""
        return pack(self.sources())

    @cached_property
    def _naming(self) -> Mapping[str, tuple[Page, ...]]:
        return naming(self.pages.values())

    @property
    def _records(self) -> Path:
        return self.settings.store / "records"

    def _proven_faults(self) -> list[tuple[Page, Ledger]]:
        return [(page, self.ledger(page)) for page in self.faults]

    def _runbook_of(self, page: Page) -> Runbook | None:
        name = (
            page.path.removeprefix(RUNBOOKS).removesuffix(".md")
            if page.path.startswith(RUNBOOKS)
            else page.runbook_name
        )
        return self.runbooks.get(name or "")

    def _users_of(self, page: Page) -> tuple[Page, ...]:
        runbook = None if page.fault else self._runbook_of(page)
        return self.users(runbook.name) if runbook else ()

    def _group_of(self, page: Page) -> tuple[Page, ...]:
        return tuple(fault for fault in self.faults if page.fault and fault.fault in page.group)

    def _read_ledger(self, page: Page) -> Ledger:
        records = tuple(Records(self._records).of_page(page.path))
        known = [self._versions(record) for record in records]
        hashes = {fingerprint(page, self.settings, versions) for versions, _sure in known}
        return Ledger(records, hashes, unsure=not all(sure for _versions, sure in known))

    def _versions(self, record: Record) -> tuple[Mapping[str, str], bool]:
        """Give the versions a proof would have now; those of the record where the lab is not there to ask."""
        try:
            return lab_versions(self.settings, record.postgres), True
        except ProofbookError:
            return record.versions, False

    def _commit(self) -> str:
        command = ["git", "rev-parse", "HEAD"]
        try:
            done = subprocess.run(command, cwd=self.settings.root, capture_output=True, text=True, check=False)
        except OSError:
            return ""  # no git here, so no commit
        return done.stdout.strip()


def read_edition(root: Path) -> Edition:
    """Begin an edition of the checkout at ``root``."""
    return Edition(read_settings(root))


def expand(nav: Any, paths: list[str]) -> Any:
    """Give the navigation with every pattern replaced by the pages it matches; empty sections are left out."""
    if isinstance(nav, list):
        return [entry for item in nav for entry in _expand_entry(item, paths)]
    return nav


def _expand_entry(item: Any, paths: list[str]) -> Iterator[Any]:
    if isinstance(item, str) and "*" in item:
        matching = [path for path in paths if fnmatch(path, item)]
        yield from sorted(matching, key=lambda path: (Path(path).name != "index.md", path))
    elif isinstance(item, dict):
        for title, inner in item.items():
            expanded = expand(inner, paths)
            if expanded:
                yield {title: expanded}
    else:
        yield item
