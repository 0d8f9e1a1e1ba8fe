"""Finds fences of any Markdown file that are not what they look like; whose options they are is not asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from proofbook.errors import PageError
from proofbook.pages.foreign import snippets_below
from proofbook.pages.page_format import NOT_COMMANDS
from proofbook.pages.shell_lint import lint
from proofbook.pages.snippets import Snippet

# deeper is a code block by its indent, where a fence is only shown
OPENING = re.compile(r"^ {0,3}(?:`{3,}|~{3,})")


def lint_file(file: Path) -> Iterator[PageError]:
    """Give all that is wrong with the fences of a file, in reading order."""
    snippets, errors = snippets_below([file])
    if errors:
        yield from errors
        return
    yield from _unseen(file, snippets)
    for snippet in snippets:
        if not snippet.language:
            yield PageError(
                str(snippet), "fence has no language", "write ```bash, or ```text if it is not meant to run"
            )
        elif snippet.language == "bash" and snippet.runs:
            yield from lint(snippet)
        elif snippet.language in NOT_COMMANDS and not snippet.expected:
            hint = f"write ```{NOT_COMMANDS[snippet.language]}, without prompts: what is copied should run"
            yield PageError(str(snippet), f"{snippet.language!r} is no language of commands", hint)


def _unseen(file: Path, snippets: Iterable[Snippet]) -> Iterator[PageError]:
    """Find what looks like the first or last line of a fence, and is none to who renders it."""
    inside = {line for snippet in snippets for line in range(snippet.line, snippet.end + 1)}
    # other marks that end a line for Python end none for who renders it
    for number, line in enumerate(file.read_text("utf-8").split("\n"), 1):
        if OPENING.match(line) and number not in inside:
            hint = "look for an option that is not in braces, or a fence that is not closed"
            yield PageError(f"{file}:{number}", "this opens no fence, and closes none", hint)
