"""Collects pages: one test per obligation of a fault page, or per snippet of any other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from proofbook.errors import ProofbookError
from proofbook.evaluators.terminal import NeedsUnmet
from proofbook.lab.lab import Lab
from proofbook.pages.page import Page
from proofbook.pages.reading import checked_page
from proofbook.pages.snippets import Snippet
from proofbook.plugin.python_fences import RUNNERS, PythonFences, snippet_at
from proofbook.plugin.run import WAIVED_PREFIX, Run
from proofbook.proof import obligations
from proofbook.proof.evidence import Evidence
from proofbook.proof.guides import Walk
from proofbook.proof.prove import obligations_of, snippets_of
from proofbook.settings import Settings

RUN = pytest.StashKey[Run]()
SETTINGS = pytest.StashKey[Settings]()
PARSING: list[Page] = []


def lab_of(run: Run) -> Lab:
    """Give the run's lab; without one nothing can be checked, so the session ends with status 2."""
    try:
        return run.lab()
    except ProofbookError as error:
        pytest.exit(f"proofbook: {error}", returncode=2)


class PageFile(pytest.File):
    """A page; its tests share what was gathered about it."""

    page: Page
    evidence: Evidence | None = None
    walk: Walk | None = None

    @property
    def run(self) -> Run:
        """The run this page is proven in."""
        return self.config.stash[RUN]

    def collect(self) -> Iterator[pytest.Item]:
        """Give one test per obligation, or per snippet of a guide page."""
        settings = self.config.stash[SETTINGS]
        self.page = checked_page(self.path, settings)
        if self.page.fault:
            for name in obligations_of(self.page):
                yield ObligationItem.from_parent(self, name=name)
            return
        items: list[tuple[int, pytest.Item]] = [
            (snippet.line, SnippetItem.from_parent(self, name=snippet.name, snippet=snippet))
            for snippet in snippets_of(self.page)
            if snippet.language != "python"
        ]
        items += [(item.start_line, item) for item in self._python_items()]
        yield from (item for _line, item in sorted(items, key=lambda pair: pair[0]))

    def _python_items(self) -> list[Any]:
        RUNNERS[str(self.path)] = lambda line: self.reach(snippet_at(self.page, line)).raise_problem()
        PARSING.append(self.page)
        try:
            fences = PythonFences.from_parent(self, path=self.path)
            return [self._renamed(item) for item in fences.collect()]  # type: ignore[no-untyped-call]
        finally:
            PARSING.pop()

    def _renamed(self, item: Any) -> Any:
        """Give an item of that plugin under the name that every other snippet has, and its record too."""
        name = snippet_at(self.page, item.start_line).name
        renamed = type(item).from_parent(self, name=name, test_definition=item.test_definition)
        renamed.user_properties.append(("proofbook", self.properties(name)))
        return renamed

    def reach(self, snippet: Snippet) -> Any:
        """Walk the page down to a snippet."""
        if self.walk is None:
            self.walk = Walk(self.page, lab_of(self.run))
        try:
            return self.walk.reach(snippet)
        except NeedsUnmet as error:
            pytest.skip(error.fact)

    def gathered(self) -> Evidence:
        """Give the evidence of a fault page."""
        if self.evidence is None:
            self.evidence = Evidence(self.page, lab_of(self.run), self.run.catalogue())
            if self.run.is_for_one_page:
                self.evidence.gather_ahead()
        return self.evidence

    def properties(self, name: str) -> dict[str, Any]:
        """Give what a record of one of the page's tests needs."""
        return {"id": f"{self.page.path}::{name}", "hash": self.run.fingerprint(self.page)}

    def teardown(self) -> None:
        """Remove the page's sandboxes."""
        for gathered in (self.evidence, self.walk):
            if gathered is not None:
                gathered.close()
        self.evidence = self.walk = None

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:  # noqa: ARG002
        """Show place, fact and hint instead of our own frames."""
        return str(excinfo.value) if isinstance(excinfo.value, ProofbookError) else super().repr_failure(excinfo)


class _PageItem(pytest.Item):
    parent: PageFile

    def setup(self) -> None:
        """Note what the record of this test needs."""
        self.user_properties.append(("proofbook", self.parent.properties(self.name)))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show place, fact and hint instead of our own frames."""
        if isinstance(excinfo.value, ProofbookError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)


class ObligationItem(_PageItem):
    """One obligation of a fault page."""

    def runtest(self) -> None:
        """Judge the obligation on the page's evidence."""
        reason = self.parent.page.waived.get(self.name)
        if reason:
            pytest.skip(f"{WAIVED_PREFIX}{reason}")
        evidence = self.parent.gathered()
        try:
            obligations.check(self.name, evidence)
        except NeedsUnmet as error:
            pytest.skip(error.fact)
        if self.name == "signature-matches":
            self.user_properties.append(("proofbook_output", obligations.symptom_output(evidence)))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Give the page and the obligation's name."""
        return self.path, 0, self.name


class SnippetItem(_PageItem):
    """One snippet of a guide page."""

    def __init__(self, *, snippet: Snippet, **words: Any) -> None:
        """Keep the snippet."""
        super().__init__(**words)
        self.snippet = snippet

    def runtest(self) -> None:
        """Run the page down to this snippet and judge it."""
        self.parent.reach(self.snippet).raise_problem()

    def reportinfo(self) -> tuple[Path, int, str]:
        """Give the snippet's own line."""
        return self.path, self.snippet.line - 1, self.name
