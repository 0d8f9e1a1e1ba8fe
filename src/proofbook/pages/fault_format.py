"""The rules that hold for fault pages: front matter, headings, and what may stand under each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from proofbook.errors import PageError
from proofbook.pages.fault_front import check_front
from proofbook.pages.page import ROLE_LEVEL, Page, is_plain_assignments, way_title
from proofbook.pages.page_format import known
from proofbook.pages.roles import ROLES, TELLING, VALUES
from proofbook.pages.snippets import LOST, Snippet


def check_fault_page(page: Page, runbooks: Path) -> Iterator[PageError]:
    """Give every breach of the rules for fault pages, in reading order."""
    yield from check_front(page, runbooks)
    yield from _check_headings(page)
    yield from _check_ways(page)
    for snippet in page.under(VALUES)[1:]:
        yield PageError(str(snippet), "a second fence of values", "join it with the first")
    for snippet in page.snippets:
        yield from _check_role(snippet)


def _check_headings(page: Page) -> Iterator[PageError]:
    seen = [heading for heading in page.headings if heading.level == ROLE_LEVEL]
    for heading in seen:
        if heading.text.strip() not in ROLES:
            place = f"{page.path}:{heading.line}"
            yield PageError(place, f"unknown heading {heading.text!r}", known(ROLES))
        if heading.text.strip() in (each.text.strip() for each in seen[: seen.index(heading)]):
            place = f"{page.path}:{heading.line}"
            yield PageError(place, f"heading {heading.text!r} stands twice", "join the two sections")
    lines = {heading.text.strip(): heading.line for heading in reversed(seen)}
    let_off = {name for name, role in ROLES.items() if set(role.shown_by) <= page.waived.keys() and role.shown_by}
    required = [
        name for name, role in ROLES.items() if role.is_required and (name != "Roll back" or name not in let_off)
    ]
    for name in required:
        if name not in lines:
            yield PageError(page.path, f"no heading {name!r}", f"a fault page has {', '.join(required)}")
    for name, role in ROLES.items():
        if name in lines and not role.may_be_prose and name not in let_off and not page.under(name):
            hint = "give the commands as a bash, sql or diff fence"
            yield PageError(f"{page.path}:{lines[name]}", f"{name!r} holds nothing that runs", hint)


def _check_ways(page: Page) -> Iterator[PageError]:
    role, seen = VALUES, set()
    for heading in page.headings:
        place, title = f"{page.path}:{heading.line}", way_title(heading)
        if heading.level == ROLE_LEVEL:
            role = heading.text.strip()
        if not title:
            continue
        if role not in ("Fix", "Roll back"):
            yield PageError(
                place, f"an alternative stands under {role}", "it belongs under Fix, its way back under Roll back"
            )
        elif (role, title) in seen:
            yield PageError(place, f"'Otherwise: {title}' stands twice", "give each alternative a title of its own")
        elif not page.under(role, title):
            yield PageError(
                place, f"'Otherwise: {title}' holds nothing that runs", "give its commands, or tell it in prose"
            )
        elif role == "Roll back" and title not in page.ways:
            yield PageError(place, f"there is no 'Otherwise: {title}' under Fix", "use the same title in both places")
        seen.add((role, title))


def _check_role(snippet: Snippet) -> Iterator[PageError]:
    place = str(snippet)
    if "loses" in snippet.options and (snippet.role != "Does not work" or not snippet.loses_rows):
        fact = f"loses={snippet.options['loses']} under {snippet.role}"
        yield PageError(place, fact, f"{{loses={LOST}}} is for a fence under Does not work")
    if snippet.role == VALUES and snippet.runs:
        if snippet.language != "bash" or not is_plain_assignments(snippet.code):
            yield PageError(place, "the values fence holds more than assignments", "write NAME=value lines in ```bash")
    elif snippet.role in TELLING and snippet.runs:
        hint = "move it under Diagnose, or include it from a file that tests execute"
        yield PageError(place, f"{snippet.role} runs nowhere, so it holds no command", hint)
    elif snippet.language == "python" and snippet.runs:
        yield PageError(place, "a python fence stands on a fault page", "use `python manage.py shell -c`")
    elif snippet.role == "Verify" and "exit" in snippet.options:
        yield PageError(place, "Verify takes no exit=", "its commands must end with 0 when all is well")
    elif snippet.language == "output" and snippet.role in TELLING:
        yield PageError(place, "an output fence without a command", "move it under Symptom")
