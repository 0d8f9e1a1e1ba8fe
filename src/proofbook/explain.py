"""Gives the page of a fault as text for a terminal, or as JSON for a program."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from proofbook.pages.page import FRONT, ROLE_LEVEL, Page
from proofbook.pages.snippets import OUTPUT, Snippet
from proofbook.pages.wording import IMPACT, listed, readable

COMMANDS = ("Diagnose", "Fix", "Verify", "Roll back")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")


def explain(page: Page) -> str:
    """Give what is needed at the terminal: what to do first, commands with all that is said about them, the runbook."""
    return "\n".join(_lines(page)).rstrip()


def hints(page: Page) -> list[str]:
    """Give what a person needs to repair it, one step at a time: first how it is known, at last what to do."""
    return list(_hints(page))


def seen(page: Page) -> str:
    """Give what an alarm would tell: the first command under Symptom, with the values it uses, and what it prints."""
    first = page.under("Symptom")[0]
    values = page.values.code.splitlines() if page.values else []
    used = [
        line for line in values if "=" in line and re.search(rf"\b{re.escape(line.partition('=')[0])}\b", first.code)
    ]
    printed = [f"    | {line}".rstrip() for line in (first.expected or "").splitlines()]
    return "\n".join([*(f"    {line}" for line in used), _code(first), "", *printed])


def _hints(page: Page) -> Iterator[str]:
    texts = [f"    {readable(signature)}" for signature in page.signatures]
    if texts:
        ask = "what says it, piped into `proofbook diagnose`, names the page"
        yield "\n".join(["it is known by this text:", "", *texts, "", ask])
    impact = IMPACT.get(str(page.front.get("impact")), "")
    yield f"it is {page.fault}: {page.title}. It {impact}.\n{page.path}, or: proofbook explain {page.fault}"
    yield "its cause\n\n" + "\n".join(_told(page, _section(page, "Cause"))).strip("\n")
    values = f"\n\nthe commands below use\n\n{_code(page.values)}" if page.values else ""
    for number, text in enumerate(_steps(page, "Diagnose")):
        yield f"to be sure{values if not number else ''}\n\n{text}"
    for text in _steps(page, "Fix"):
        yield f"to fix it\n\n{text}"
    if page.runbook:
        yield f"or let the runbook say what it would do; --apply does it:\n\n    {runbook_call(page)}"


def _code(snippet: Snippet) -> str:
    return "\n".join(f"    {line}".rstrip() for line in snippet.code.splitlines())


def _steps(page: Page, heading: str) -> Iterator[str]:
    """Give a section in pieces, each with one command that runs, all that is said before it and what it prints."""
    ends = {each.end for each in page.snippets if each.runs or each.language == OUTPUT}
    more = {each.line for each in page.snippets if each.language == OUTPUT}
    piece: list[tuple[int, str]] = []
    for number, line in _section(page, heading):
        piece.append((number, line))
        # the output of a command belongs to its piece, also after an empty line
        if number in ends and not more & {number + 1, number + 2}:
            yield from _piece(page, piece)
            piece = []
    yield from _piece(page, piece)


def _piece(page: Page, lines: list[tuple[int, str]]) -> Iterator[str]:
    text = "\n".join(_told(page, lines)).strip("\n")
    if text:
        yield text


def explain_json(page: Page) -> dict[str, Any]:
    """Give the same for a program."""
    return {
        "fault": page.fault,
        "title": page.title,
        "page": page.path,
        "impact": page.front.get("impact"),
        "signatures": list(page.signatures),
        "shown_by": page.front.get("shown_by"),
        "same_text": sorted(page.group - {page.fault}),
        "question": page.front.get("question"),
        "evidence": page.front.get("evidence"),
        "seen_while": page.front.get("seen_while"),
        "sqlstates": dict(page.sqlstates),
        "cause": first_paragraph(page, "Cause"),
        "values": page.values.code if page.values else "",
        **{_key(role): [_as_json(snippet) for snippet in page.under(role)] for role in COMMANDS},
        "otherwise": {way: [_as_json(snippet) for snippet in page.under("Fix", way)] for way in page.ways},
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
    paragraphs = "\n".join(line for _number, line in _section(page, heading)).strip().split("\n\n")
    return _LINK.sub(r"\1", " ".join(paragraphs[0].split()))


def _section(page: Page, heading: str) -> Iterator[tuple[int, str]]:
    places = [each for each in page.headings if each.level == ROLE_LEVEL]
    for this, following in zip(places, [*places[1:], None], strict=False):
        if this.text.strip() == heading:
            yield from _numbered(page, this.line + 1, following.line if following else len(page.text))


def _lines(page: Page) -> Iterator[str]:
    yield f"{page.fault}  {page.title}"
    yield f"{IMPACT.get(str(page.front.get('impact')), '')}; {page.path}"
    for signature in page.signatures:
        yield f"in the log: {readable(signature)}"
    if not page.signatures:
        yield f"no log shows it; shown by: {page.front.get('shown_by')}"
    if page.front.get("question"):
        others = listed(sorted(page.group - {str(page.fault)}), "or") or "another fault"
        yield f"if not, it is {others}: {page.front['question']}"
    yield ""
    yield from _told(page, _lead(page))
    for role in COMMANDS:
        # with every sentence: a warning stands between two commands because both are needed
        yield f"\n{role}\n"
        yield from _told(page, _section(page, role))
    yield from _runbook(page)


def _lead(page: Page) -> Iterator[tuple[int, str]]:
    """Give the lines between the front matter and the first heading."""
    front = FRONT.match(page.text)
    first = page.text[: front.end()].count("\n") + 1 if front else 1
    until = next((each.line for each in page.headings if each.level == ROLE_LEVEL), len(page.text))
    yield from _numbered(page, first, until)


def _numbered(page: Page, first: int, until: int) -> Iterator[tuple[int, str]]:
    yield from enumerate(page.text.splitlines()[first - 1 : until - 1], start=first)


def _told(page: Page, lines: Iterable[tuple[int, str]]) -> Iterator[str]:
    """Give prose as it stands without its links, and the code of fences indented in their place."""
    fences = {line: snippet for snippet in page.snippets for line in range(snippet.line, snippet.end + 1)}
    text: list[str] = []
    for number, line in lines:
        snippet = fences.get(number)
        if snippet is None:
            text.append(_LINK.sub(r"\1", line))
        elif number == snippet.line:
            if not snippet.runs and snippet.options.get("unproven"):
                text.append(f"    (left out, nothing proves it: {snippet.reason})")
                continue
            if snippet.runs and snippet.language != "bash":
                text.append(f"    # {snippet.language}")
            mark = "    | " if snippet.language == OUTPUT else "    "
            text.append("\n".join(f"{mark}{code}".rstrip() for code in snippet.code.splitlines()))
    yield re.sub(r"\n{3,}", "\n\n", "\n".join(text)).strip("\n")


def _runbook(page: Page) -> Iterator[str]:
    call = runbook_call(page)
    if call:
        yield "\nRunbook: says what it would do; --apply does it"
        yield f"  {call}"


def _as_json(snippet: Snippet) -> dict[str, Any]:
    return {"line": snippet.line, "language": snippet.language, "code": snippet.code, "output": snippet.expected}


def _key(role: str) -> str:
    return role.lower().replace(" ", "_")
