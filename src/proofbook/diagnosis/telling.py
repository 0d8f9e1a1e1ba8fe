"""Tells a diagnosis: as text for a person, as JSON for a program, as annotations for GitHub."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from proofbook.diagnosis.found import Diagnosis, Found, Unknown
from proofbook.diagnosis.masking import MASK
from proofbook.explain import runbook_call
from proofbook.github import MOST_ANNOTATIONS, annotation, cell, row
from proofbook.pages.causes import told_cause
from proofbook.pages.page import Page
from proofbook.pages.signatures import Catalogue
from proofbook.pages.wording import listed

SURE = 1.0
ASSIGNMENT = re.compile(r"^(?P<name>[A-Z_][A-Z0-9_]*)=", re.MULTILINE)
# with a default it need not be set
VARIABLE = re.compile(
    r"(?<!\\)\$(?:\{[!#]?(?P<braced>[A-Z_][A-Z0-9_]*)(?:\}|[%#/^,]|:[?\d])|(?P<bare>[A-Z_][A-Z0-9_]*))"
)
SET_BY_COMMAND = re.compile(r"(?:^|[\s;&|(])(?P<name>[A-Z_][A-Z0-9_]*)=", re.MULTILINE)
EVERYWHERE = frozenset(("HOME", "LANG", "PATH", "PWD", "RANDOM", "SECONDS", "TMPDIR", "UID", "USER"))
STANDS_FOR = {
    "DATABASE_URL": "what the application connects to",
    "SUPERUSER_URL": "a connection of a superuser",
    "PGDATA": "the data folder of the PostgreSQL server",
    "PGDATABASE": "the name of the database",
    "PGLOG": "the log of the PostgreSQL server",
}
SEE_PAGE = "the page says what it is"
NOTHING = "no error in this log, as far as these pages know errors"


def as_json(diagnosis: Diagnosis, catalogue: Catalogue) -> dict[str, Any]:
    """Give what a program reads."""
    return {
        "matches": [_match(found, catalogue.pages[found.fault]) for found in diagnosis.found],
        "unknown": [
            {
                "line": each.line,
                "text": each.text,
                "count": each.count,
                "sqlstate": each.sqlstate,
                "perhaps": each.perhaps,
            }
            for each in diagnosis.unknown
        ],
        "more_unknown": diagnosis.more_unknown,
    }


def _match(found: Found, page: Page) -> dict[str, Any]:
    return {
        "fault": found.fault,
        "line": found.line,
        "text": found.text,
        "score": found.score,
        "sqlstate": found.sqlstate,
        "values": found.values,
        "count": found.count,
        "follow_on": found.follow_on,
        "title": page.title,
        "cause": told_cause(page, _shown(found.values)),
        "page": page.path,
        "next": next_command(page, found.values),
        "first": to_set(page, found.values),
    }


def next_command(page: Page, values: Mapping[str, str]) -> str:
    """Give the command to run first, and above it the names that the log tells, as the page's own variables.

    The command stays as it is proven: a value from a log, put between its quotes, would be a program.
    """
    command = first_command(page)
    wanted = read_names(page) & own_names(page)
    known = {name.upper(): value for name, value in _shown(values).items()}
    told = [f"{name}={shlex.quote(known[name])}" for name in sorted(wanted & known.keys())]
    return "\n".join([*told, command])


def first_command(page: Page) -> str:
    """Give the command to run first, as it is proven."""
    command = runbook_call(page)
    if command is None:
        first = next(iter(page.under("Diagnose")), None)
        command = first.code.strip() if first else f"proofbook explain {page.fault}"
    return command


def to_set(page: Page, values: Mapping[str, str]) -> list[str]:
    """Give what a reader sets before the command to run first: all that it reads and the log does not tell."""
    known = {name.upper() for name in _shown(values)}
    left = sorted(read_names(page) & own_names(page) - known)
    own = [f"set {', '.join(left)} first, see the top of the page: the log does not tell"] if left else []
    return [*own, *from_environment(page)]


def from_environment(page: Page) -> list[str]:
    """Give what the command to run first takes from the reader's environment, and what each stands for."""
    names = sorted(read_names(page) - own_names(page))
    return [f"{name} must be in the environment: {STANDS_FOR.get(name, SEE_PAGE)}" for name in names]


def read_names(page: Page) -> set[str]:
    """Give the names that the command to run first reads, sets nowhere itself, and that not every shell has."""
    command = first_command(page)
    return variables(command) - {each["name"] for each in SET_BY_COMMAND.finditer(command)} - EVERYWHERE


def _shown(values: Mapping[str, str]) -> dict[str, str]:
    """Give the values that no mask covers."""
    return {name: value for name, value in values.items() if MASK not in value}


def as_text(diagnosis: Diagnosis, catalogue: Catalogue) -> str:
    """Give what a person reads."""
    lines: list[str] = []
    for number, found in enumerate(diagnosis.found, start=1):
        lines += _told(number, found, catalogue)
    lines += _unknown(diagnosis)
    return "\n".join(lines).rstrip() or NOTHING


def _told(number: int, found: Found, catalogue: Catalogue) -> Iterator[str]:
    page = catalogue.pages[found.fault]
    yield f"{number}. {found.fault}  {page.title}"
    yield f"   line {found.line}{_often(found.count)}: {found.text}"
    cause = told_cause(page, _shown(found.values))
    if cause != page.title:
        yield f"   cause: {cause}"
    if found.values:
        yield f"   names: {', '.join(f'{name} {value}' for name, value in sorted(found.values.items()))}"
    if found.sqlstate:
        yield f"   {_by_sqlstate(found)}"
    elif found.score < SURE:
        others = "others print" if len(page.group) > 1 else "other causes have"
        yield f"   {found.score:.0%} sure, for {others} the same text: {page.front.get('question', 'see the page')}"
    if found.follow_on:
        yield f"   after it, and likely because of it: {', '.join(found.follow_on)}"
    command = next_command(page, found.values)
    yield f"   next:  {command.replace(chr(10), chr(10) + '          ')}"
    yield from (f"          {each}" for each in to_set(page, found.values))
    yield f"   page:  {page.path}  (proofbook explain {found.fault})"
    yield ""


def _by_sqlstate(found: Found) -> str:
    return f"{found.score:.0%} sure: by its SQLSTATE {found.sqlstate}; the text is not English"


def _unnamed(unknown: Unknown) -> str:
    """Give the line of an error that has no name, and the faults that its SQLSTATE leaves."""
    if not unknown.perhaps:
        return unknown.text
    return f"{unknown.text}  (SQLSTATE {unknown.sqlstate}: perhaps {listed(unknown.perhaps, 'or')})"


def _often(count: int) -> str:
    return f", {count} times" if count > 1 else ""


def variables(command: str) -> set[str]:
    """Give the names that a command reads."""
    return {each["braced"] or each["bare"] for each in VARIABLE.finditer(command)}


def own_names(page: Page) -> set[str]:
    """Give the names that a page's values fence sets."""
    return set(ASSIGNMENT.findall(page.values.code)) if page.values else set()


def _unknown(diagnosis: Diagnosis) -> Iterator[str]:
    if not diagnosis.unknown:
        return
    yield "Errors that no page knows:" if diagnosis.found else "Errors are there, and no page knows them:"
    for each in diagnosis.unknown:
        yield f"   line {each.line}{_often(each.count)}: {_unnamed(each)}"
    if diagnosis.more_unknown:
        yield f"   and {diagnosis.more_unknown} more"


def as_github(diagnosis: Diagnosis, catalogue: Catalogue) -> str:
    """Give annotations, as many as GitHub shows of a step; the last says what is left out."""
    every = [
        *(
            annotation(f"{each.fault} {catalogue.pages[each.fault].title}", _body(each, catalogue))
            for each in diagnosis.found
        ),
        *(
            annotation("An error that no page knows", f"line {each.line}: {_unnamed(each)}")
            for each in diagnosis.unknown
        ),
    ]
    left = len(every) + diagnosis.more_unknown - MOST_ANNOTATIONS
    if left <= 0:
        return "\n".join(every)
    more = annotation("More", f"{left + 1} more: run proofbook diagnose on this log")
    return "\n".join([*every[: MOST_ANNOTATIONS - 1], more])


def _body(found: Found, catalogue: Catalogue) -> str:
    page = catalogue.pages[found.fault]
    cause = told_cause(page, _shown(found.values))
    lines = [f"line {found.line}: {found.text}"]
    lines += [f"cause: {cause}"] if cause != page.title else []
    lines += [_by_sqlstate(found)] if found.sqlstate else []
    lines += [f"next: {next_command(page, found.values)}", *to_set(page, found.values)]
    return "\n".join([*lines, f"page: {page.path}"])


def as_summary(diagnosis: Diagnosis, catalogue: Catalogue, pages_at: str = "") -> str:
    """Give a job's summary: the root cause first, each fault with its page, and what no page knows."""
    lines = ["### What the log says", ""]
    if not diagnosis.found and not diagnosis.unknown:
        return "\n".join([*lines, NOTHING, ""])
    if diagnosis.found:
        lines += [row("", "fault", "in the log", "do this first"), row("---:", "---", "---", "---")]
        lines += [_row(number, each, catalogue, pages_at) for number, each in enumerate(diagnosis.found, start=1)]
        lines += [""]
    told = list(_unknown(diagnosis))
    lines += [told[0], "", *(f"- {cell(each)}" for each in told[1:]), ""] if told else []
    return "\n".join(lines)


def _row(number: int, found: Found, catalogue: Catalogue, pages_at: str) -> str:
    page = catalogue.pages[found.fault]
    where = f"[{found.fault}]({pages_at.rstrip('/')}/{page.path})" if pages_at else f"{found.fault}, {page.path}"
    lines = [f"<code>{cell(line)}</code>" for line in next_command(page, found.values).splitlines()]
    first = "<br>".join([*lines, *map(cell, to_set(page, found.values))])
    sure = f"<br>{_by_sqlstate(found)}" if found.sqlstate else ""
    return row(str(number), f"{where}: {cell(page.title)}", f"line {found.line}: {cell(found.text)}{sure}", first)
