"""Walks a guide page from top to bottom in one sandbox."""

from __future__ import annotations

import contextlib

from proofbook.errors import CouldNotCheck
from proofbook.evaluators.terminal import NeedsUnmet, Result, Terminal
from proofbook.lab.desk import desk
from proofbook.lab.lab import Lab
from proofbook.pages.page import Page
from proofbook.pages.snippets import Snippet
from proofbook.proof.evidence import fresh_sandbox


class Walk:
    """One reader's way down a page; a snippet is reached by running all above it first."""

    def __init__(self, page: Page, lab: Lab) -> None:
        """Note the way; the sandbox is made with the first step."""
        self._page, self._lab = page, lab
        self._stack = contextlib.ExitStack()
        self._terminal: Terminal | None = None
        self._results: dict[int, Result] = {}

    def close(self) -> None:
        """Remove the sandbox."""
        self._stack.close()

    def reach(self, wanted: Snippet) -> Result:
        """Run the page up to and including ``wanted`` and give its result.

        Raises CouldNotCheck when a snippet above it failed, NeedsUnmet when a program is missing.
        """
        for snippet in self._page.snippets:
            if not snippet.runs:
                continue
            is_wanted = snippet.line == wanted.line
            try:
                result = self._step(snippet)
            except NeedsUnmet:
                if is_wanted:
                    raise
                continue
            if is_wanted:
                return result
            if result.problem:
                raise CouldNotCheck(str(wanted), f"not reached: {snippet} failed", "mend that snippet first")
        raise CouldNotCheck(str(wanted), "is no snippet of this page")

    def _step(self, snippet: Snippet) -> Result:
        if snippet.line not in self._results:
            if self._terminal is None:
                sandbox = self._stack.enter_context(fresh_sandbox(self._page, self._lab))
                if self._page.calls_proofbook:
                    self._stack.enter_context(desk(sandbox, self._lab.settings))
                self._terminal = self._stack.enter_context(Terminal(sandbox, timeout=self._lab.settings.timeout))
            self._results[snippet.line] = self._terminal.run(snippet)
        return self._results[snippet.line]
