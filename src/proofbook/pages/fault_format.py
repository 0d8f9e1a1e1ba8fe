"""The rules that hold for fault pages: front matter, waivers, headings, and what may stand under each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from proofbook.errors import PageError
from proofbook.pages.page import ABOUT_RUNBOOK, ROLE_LEVEL, RUNBOOK, VALUES, Page, is_plain_assignments, way_title
from proofbook.pages.page_format import known
from proofbook.pages.snippets import LOST, TELLING, Snippet

OBLIGATIONS = (
    "verify-passes-healthy",
    "fault-appears",
    "signature-matches",
    "verify-fails-broken",
    "diagnosis-true",
    "fix-works",
    "nothing-lost",
    "rollback-works",
    "plan-changes-nothing",
    "runbook-fixes",
    "runbook-twice",
    "wrong-recipes-fail",
)
NEVER_WAIVED = ("verify-passes-healthy", "fault-appears", "verify-fails-broken", "fix-works")
WAIVABLE = (RUNBOOK, *(name for name in OBLIGATIONS if name not in (*NEVER_WAIVED, *ABOUT_RUNBOOK)))
RUNNING = ("Symptom", "Diagnose", "Does not work", "Fix", "Verify", "Roll back", "Prevent")
REQUIRED = ("Symptom", "Impact", "Cause", "Diagnose", "Fix", "Verify", "Prevent")
SHOWN_BY = {
    "Symptom": "fault-appears",
    "Diagnose": "diagnosis-true",
    "Fix": "fix-works",
    "Verify": "verify-fails-broken",
    "Roll back": "rollback-works",
}
IMPACTS = ("blocks-deploy", "breaks-users", "leaks-data", "loses-data", "degrades")


def check_fault_page(page: Page, runbooks: Path) -> Iterator[PageError]:
    """Give every breach of the rules for fault pages, in reading order."""
    yield from _check_fault_front(page, runbooks)
    yield from _check_headings(page)
    yield from _check_ways(page)
    for snippet in page.under(VALUES)[1:]:
        yield PageError(str(snippet), "a second fence of values", "join it with the first")
    for snippet in page.snippets:
        yield from _check_role(snippet)


def _check_fault_front(page: Page, runbooks: Path) -> Iterator[PageError]:
    def wrong(key: str, fact: str, hint: str = "") -> PageError:
        return PageError(f"{page.path}:{page.line_of(key)}", fact, hint)

    if page.fault != Path(page.path).stem:
        yield wrong("fault", f"fault {page.fault!r} is not the page's name", "the file is called CODE.md")
    if page.front.get("impact") not in IMPACTS:
        yield wrong("impact", f"impact {page.front.get('impact')!r} is unknown", known(IMPACTS))
    if not page.front.get("signature"):
        yield wrong("signature", "no signature", "give the text a log shows, or `signature: none` and `shown_by:`")
    if page.front.get("signature") == "none" and not page.front.get("shown_by"):
        yield wrong("signature", "signature is none, and nothing says what shows the fault", "add `shown_by: command`")
    if page.runbook_name and not (runbooks / f"{page.runbook_name}.py").is_file():
        names = [file.stem for file in sorted(runbooks.glob("[a-z]*.py"))]
        yield wrong("runbook", f"unknown runbook {page.runbook_name!r}", known(names))
    if page.front.get("same_text") and not page.front.get("question"):
        yield wrong(
            "same_text", "nothing tells it from the faults of the same text", "add `question:`, as a reader asks it"
        )
    for key in ("question", "evidence"):
        if page.front.get(key) and not page.front.get("same_text"):
            yield wrong(key, f"{key} without same_text", "it separates the faults that `same_text` names")
    yield from _check_waivers(page)


def _check_waivers(page: Page) -> Iterator[PageError]:
    def error(fact: str, hint: str) -> PageError:
        return PageError(f"{page.path}:{page.line_of('waived')}", fact, hint)

    written = page.front.get("waived") or {}
    for name, reason in written.items():
        if name in NEVER_WAIVED:
            yield error(f"{name} is never waived", "without it nothing is proven")
        elif name in ABOUT_RUNBOOK:
            yield error(f"{name} is waived alone", f"waive the three about the runbook together: `{RUNBOOK}: reason`")
        elif name not in WAIVABLE:
            yield error(f"unknown obligation {name!r}", known(WAIVABLE))
        elif not str(reason or "").strip():
            yield error(f"{name} is waived without a reason", "say why, so that a reader accepts it")
    if RUNBOOK in written and page.runbook:
        yield error("the runbook is named and waived", "remove one of the two")
    if not page.runbook and not written.keys() & {RUNBOOK, *ABOUT_RUNBOOK}:
        yield error("no runbook, and it is not waived", f"name one, or waive it with the reason: `{RUNBOOK}: reason`")


def _check_headings(page: Page) -> Iterator[PageError]:
    seen = [heading for heading in page.headings if heading.level == ROLE_LEVEL]
    for heading in seen:
        if heading.text.strip() not in (*RUNNING, *TELLING):
            place = f"{page.path}:{heading.line}"
            yield PageError(place, f"unknown heading {heading.text!r}", known((*RUNNING, *TELLING)))
        if heading.text.strip() in (each.text.strip() for each in seen[: seen.index(heading)]):
            place = f"{page.path}:{heading.line}"
            yield PageError(place, f"heading {heading.text!r} stands twice", "join the two sections")
    lines = {heading.text.strip(): heading.line for heading in reversed(seen)}
    required = REQUIRED if "rollback-works" in page.waived else (*REQUIRED, "Roll back")
    for name in required:
        if name not in lines:
            yield PageError(page.path, f"no heading {name!r}", f"a fault page has {', '.join(required)}")
    for name, obligation in SHOWN_BY.items():
        if name in lines and obligation not in page.waived and not page.under(name):
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
