"""Lets pytest-markdown-docs run the Python fences of guide pages: found by our lexer, run in our sandbox."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from pytest_markdown_docs._runners import _Runner, register_runner
from pytest_markdown_docs.definitions import FenceTestDefinition
from pytest_markdown_docs.plugin import MarkdownTextFile

from proofbook.errors import ProofbookError
from proofbook.pages.page import Page
from proofbook.pages.snippets import Snippet

RUNNERS: dict[str, Callable[[int], None]] = {}


@dataclass(frozen=True, slots=True)
class Token:
    """What that plugin reads of a Markdown token."""

    type: str
    map: tuple[int, int]
    info: str
    content: str


@dataclass(frozen=True, slots=True)
class Parser:
    """Gives the Python fences that a page's reader sees, in that plugin's own option syntax."""

    page: Page
    seen: list[Token] = field(default_factory=list)

    def parse(self, _text: str) -> list[Token]:
        """Give one token per Python snippet that runs."""
        return [
            Token("fence", (snippet.code_lines[0] - 2, snippet.end), "python runner:SandboxRunner", snippet.code)
            for snippet in self.page.snippets
            if snippet.language == "python" and snippet.runs and snippet.code_lines
        ]


@register_runner()
class SandboxRunner(_Runner):
    """Runs a fence once, in a child process with the sandbox's Python."""

    def runtest(self, test: FenceTestDefinition, args: dict[str, Any], asyncio_runner: object = None) -> None:
        """Run the fence by walking the page to it; that plugin calls again on TypeError, so none leaves here."""
        try:
            RUNNERS[str(test.source_path)](test.start_line)
        except TypeError as error:
            raise ProofbookError(f"{test.source_path}:{test.start_line}", f"engine defect: {error}") from error

    def repr_failure(
        self,
        test: FenceTestDefinition,
        excinfo: pytest.ExceptionInfo[BaseException],
        style: object = None,
    ) -> str:
        """Show place, fact and hint."""
        return str(excinfo.value)


class PythonFences(MarkdownTextFile):
    """That plugin's collector for one page."""


def snippet_at(page: Page, line: int) -> Snippet:
    """Give the snippet whose code begins at ``line``."""
    return next(
        snippet for snippet in page.snippets if snippet.code_lines and snippet.code_lines[0] in (line, line + 1)
    )
