"""Replaces a page's commands by ``false``, one at a time, and sees whether the page's proof notices."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

from proofbook.errors import ProofbookError
from proofbook.evaluators.terminal import NeedsUnmet
from proofbook.lab.lab import Lab
from proofbook.pages.page import Page
from proofbook.pages.roles import ROLES, VALUES
from proofbook.pages.signatures import Catalogue
from proofbook.pages.snippets import Snippet
from proofbook.proof import obligations
from proofbook.proof.evidence import Evidence
from proofbook.proof.guides import Walk

BASH = Language(tree_sitter_bash.language())
REPLACEMENT = b"false"


@dataclass(frozen=True, slots=True)
class Mutant:
    """A page with one command replaced: where it stood and what it was."""

    page: Page
    line: int
    command: str

    def __str__(self) -> str:
        """Give the place and the first line of the command."""
        return f"{self.page.path}:{self.line}: {self.command.splitlines()[0]}"


def mutants_of(page: Page) -> Iterator[Mutant]:
    """Give a mutant for every command of every bash snippet that runs."""
    for snippet in page.snippets:
        if snippet.runs and snippet.language == "bash" and snippet.role != VALUES and snippet.code_lines:
            if snippet.role in ROLES and _judge(snippet.role) in page.waived:
                continue
            yield from _mutants_of_snippet(page, snippet)


def _judge(role: str) -> str:
    """Give the obligation that runs what stands under a heading."""
    return ROLES[role].shown_by[0]


def _mutants_of_snippet(page: Page, snippet: Snippet) -> Iterator[Mutant]:
    code = snippet.code.encode()
    for node in _commands(Parser(BASH).parse(code).root_node):
        text = code[node.start_byte : node.end_byte].decode()
        if _is_as_good_as_false(text.split()):
            continue
        changed = code[: node.start_byte] + REPLACEMENT + code[node.end_byte :]
        mutated = replace(snippet, code=changed.decode())
        snippets = tuple(mutated if entry is snippet else entry for entry in page.snippets)
        line = snippet.code_lines[min(node.start_point.row, len(snippet.code_lines) - 1)]
        yield Mutant(replace(page, snippets=snippets), line, text)


def _is_as_good_as_false(words: list[str]) -> bool:
    """Tell whether ``false`` in its place would change nothing: a fence ends at the first command that fails."""
    return words[0] in ("false", "true", ":") or (words[0] == "exit" and words[1:] not in ([], ["0"]))


def _commands(node: Node) -> Iterator[Node]:
    if node.type == "command":
        yield node
    for child in node.children:
        yield from _commands(child)


def draw(page: Page, seed: str) -> list[Mutant]:
    """Give one mutant of the page, drawn by the seed; none when the page holds no command."""
    mutants = list(mutants_of(page))
    return [random.Random(f"{seed} {page.path}").choice(mutants)] if mutants else []  # noqa: S311


def is_noticed(mutant: Mutant, lab: Lab, catalogue: Catalogue) -> bool:
    """Tell whether the proof of the mutated page fails where the command stood.

    Raises NeedsUnmet when a program is missing, and any other error that does not come from the page itself.
    """
    role = next(s.role for s in mutant.page.snippets if s.line < mutant.line <= s.end)
    try:
        if mutant.page.fault:
            with contextlib.closing(Evidence(mutant.page, lab, catalogue)) as evidence:
                obligations.check(_judge(role), evidence)
        else:
            with contextlib.closing(Walk(mutant.page, lab)) as walk:
                for snippet in mutant.page.snippets:
                    if snippet.runs:
                        walk.reach(snippet).raise_problem()
    except NeedsUnmet:
        raise
    except ProofbookError as error:
        if error.place.startswith(mutant.page.path):
            return True
        raise
    return False
