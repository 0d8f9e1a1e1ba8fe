"""Replaces a page's commands by ``false``, one at a time, and sees whether the page's proof notices.

A command that is meant to fail is as good as ``false``: where that is not noticed, ``true`` takes its place.
Where neither is, the command may lie on a way that the proof never takes: what ends the whole shell tells.
"""

from __future__ import annotations

import contextlib
import enum
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
FAILS, SUCCEEDS = b"false", b"true"
ENDS_ALL = b"kill -KILL $$"


class Noticed(enum.Enum):
    """What became of a replaced command."""

    YES = "noticed"
    NO = "survived"
    NEVER_RUN = "never run"


@dataclass(frozen=True, slots=True)
class Mutant:
    """A page with one command replaced, in three ways: where it stood and what it was."""

    page: Page
    otherwise: Page
    ended: Page
    line: int
    command: str

    def __str__(self) -> str:
        """Give the place and the first line of the command."""
        return f"{self.page.path}:{self.line}: {self.command.splitlines()[0]}"


def mutants_of(page: Page) -> Iterator[Mutant]:
    """Give a mutant for every command of every bash snippet that runs."""
    for snippet in page.snippets:
        if snippet.runs and snippet.language == "bash" and snippet.role != VALUES and snippet.code_lines:
            if snippet.role in ROLES and page.waived.keys() >= set(_obligations(snippet.role)):
                continue
            yield from _mutants_of_snippet(page, snippet)


def _obligations(role: str) -> tuple[str, ...]:
    """Give the obligations that run what stands under a heading."""
    return ROLES[role].shown_by


def _mutants_of_snippet(page: Page, snippet: Snippet) -> Iterator[Mutant]:
    code = snippet.code.encode()
    for node in _commands(Parser(BASH).parse(code).root_node):
        text = code[node.start_byte : node.end_byte].decode()
        if _is_as_good_as_false(text.split()) or _tells_of_a_failure(node):
            continue
        line = snippet.code_lines[min(node.start_point.row, len(snippet.code_lines) - 1)]
        fails, succeeds, ends = (_replaced(page, snippet, node, by) for by in (FAILS, SUCCEEDS, ENDS_ALL))
        yield Mutant(fails, succeeds, ends, line, text)


def _replaced(page: Page, snippet: Snippet, node: Node, by: bytes) -> Page:
    code = snippet.code.encode()
    changed = replace(snippet, code=(code[: node.start_byte] + by + code[node.end_byte :]).decode())
    return replace(page, snippets=tuple(changed if entry is snippet else entry for entry in page.snippets))


def _is_as_good_as_false(words: list[str]) -> bool:
    """Tell whether ``false`` changes nothing: a fence ends at the first command that fails, a wait proves nothing."""
    return words[0] in ("false", "true", ":", "sleep") or _is_failure(words)


def _tells_of_a_failure(node: Node) -> bool:
    """Tell whether a command is what is said before the fence ends as failed, which no page documents."""
    after = node.next_named_sibling
    words = (after.text or b"").decode().split() if after else []
    return _is_failure(words)


def _is_failure(words: list[str]) -> bool:
    return words[:1] == ["exit"] and words[1:] not in ([], ["0"])


def _commands(node: Node) -> Iterator[Node]:
    if node.type == "command":
        yield node
    for child in node.children:
        yield from _commands(child)


def draw(page: Page, seed: str = "") -> list[Mutant]:
    """Give one mutant of the page, none when it holds no command; the same one until the page or the seed changes."""
    mutants = list(mutants_of(page))
    return [random.Random(f"{seed} {page.path} {page.text}").choice(mutants)] if mutants else []  # noqa: S311


def judge(mutant: Mutant, lab: Lab, catalogue: Catalogue) -> Noticed:
    """Tell whether the proof of the mutated page fails where the command stood.

    Raises NeedsUnmet when a program is missing, and any other error that does not come from the page itself.
    """
    if any(_fails_at(mutant.line, page, lab, catalogue) for page in (mutant.page, mutant.otherwise)):
        return Noticed.YES
    return Noticed.NO if _fails_at(mutant.line, mutant.ended, lab, catalogue) else Noticed.NEVER_RUN


def _fails_at(line: int, page: Page, lab: Lab, catalogue: Catalogue) -> bool:
    role = next(s.role for s in page.snippets if s.line < line <= s.end)
    try:
        if page.fault:
            with contextlib.closing(Evidence(page, lab, catalogue)) as evidence:
                for name in _obligations(role):
                    if name not in page.waived:
                        obligations.check(name, evidence)
        else:
            with contextlib.closing(Walk(page, lab)) as walk:
                for snippet in page.snippets:
                    if snippet.runs:
                        walk.reach(snippet).raise_problem()
    except NeedsUnmet:
        raise
    except ProofbookError as error:
        if error.place.startswith(page.path):
            return True
        raise
    return False
