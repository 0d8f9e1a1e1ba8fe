"""Gives the page of a fault as text for a terminal, or as JSON for a program."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from proofbook.pages import ROLE_LEVEL, VALUES, Page
from proofbook.snippets import Snippet
from proofbook.wording import IMPACT, readable

COMMANDS = ("Diagnose", "Fix", "Verify", "Roll back")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")


def explain(page: Page) -> str:
    """Give what is needed at the terminal: cause, commands, runbook."""
    return "\n".join(_lines(page)).rstrip()


def explain_json(page: Page) -> dict[str, Any]:
    """Give the same for a program."""
    return {
        "fault": page.fault,
        "title": page.title,
        "page": page.path,
        "impact": page.front.get("impact"),
        "signatures": list(page.signatures),
        "shown_by": page.front.get("shown_by"),
        "cause": first_paragraph(page, "Cause"),
        "values": page.values.code if page.values else "",
        **{_key(role): [_as_json(snippet) for snippet in page.under(role)] for role in COMMANDS},
        "runbook": runbook_call(page),
    }


def runbook_call(page: Page) -> str | None:
    """Give the command that plans the repair, or None where no program should make it."""
    if not page.runbook:
        return None
    name, _, arguments = page.runbook.partition(" ")
    return f"python runbooks/{name}.py {arguments}".rstrip()


def first_paragraph(page: Page, heading: str) -> str:
    """Give the first paragraph under a heading as plain text, without links."""
    paragraphs = "\n".join(_section(page, heading)).strip().split("\n\n")
    return _LINK.sub(r"\1", " ".join(paragraphs[0].split()))


def _section(page: Page, heading: str) -> Iterator[str]:
    places = [each for each in page.headings if each.level == ROLE_LEVEL]
    for this, following in zip(places, [*places[1:], None], strict=False):
        if this.text.strip() == heading:
            yield from page.text.splitlines()[this.line : following.line - 1 if following else None]


def _lines(page: Page) -> Iterator[str]:
    yield f"{page.fault}  {page.title}"
    yield f"{IMPACT.get(str(page.front.get('impact')), '')}; {page.path}"
    for signature in page.signatures:
        yield f"in the log: {readable(signature)}"
    if not page.signatures:
        yield f"no log shows it; shown by: {page.front.get('shown_by')}"
    yield f"\n{first_paragraph(page, 'Cause')}"
    for role, title in ((VALUES, "Values: put in your own"), *((role, role) for role in COMMANDS)):
        snippets = [page.values] if role == VALUES and page.values else page.under(role)
        yield from _commands(title, snippets)
    yield from _runbook(page)


def _commands(title: str, snippets: list[Snippet]) -> Iterator[str]:
    if snippets:
        yield f"\n{title}"
    for snippet in snippets:
        if snippet.language != "bash":
            yield f"  # {snippet.language}"
        yield from (f"  {line}" if line else "" for line in snippet.code.splitlines())


def _runbook(page: Page) -> Iterator[str]:
    call = runbook_call(page)
    if call:
        yield "\nRunbook: says what it would do; --apply does it"
        yield f"  {call}"


def _as_json(snippet: Snippet) -> dict[str, Any]:
    return {"line": snippet.line, "language": snippet.language, "code": snippet.code, "output": snippet.expected}


def _key(role: str) -> str:
    return role.lower().replace(" ", "_")
