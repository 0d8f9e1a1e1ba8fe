"""The rules for the front matter of fault pages: code, impact, how it is known, runbook, waivers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from proofbook.errors import PageError
from proofbook.pages.causes import check_cause
from proofbook.pages.page import Page
from proofbook.pages.page_format import known
from proofbook.pages.roles import ABOUT_RUNBOOK, NEVER_WAIVED, RUNBOOK, WAIVABLE

IMPACTS = ("blocks-deploy", "breaks-users", "leaks-data", "loses-data", "degrades")


def check_front(page: Page, runbooks: Path) -> Iterator[PageError]:
    """Give every breach of the rules for the front matter of a fault page."""
    if page.fault != Path(page.path).stem:
        yield _wrong(page, "fault", f"fault {page.fault!r} is not the page's name", "the file is called CODE.md")
    if page.front.get("impact") not in IMPACTS:
        yield _wrong(page, "impact", f"impact {page.front.get('impact')!r} is unknown", known(IMPACTS))
    yield from _check_signature(page)
    yield from check_cause(page)
    if page.runbook_name and not (runbooks / f"{page.runbook_name}.py").is_file():
        names = [file.stem for file in sorted(runbooks.glob("[a-z]*.py"))]
        yield _wrong(page, "runbook", f"unknown runbook {page.runbook_name!r}", known(names))
    yield from _check_group(page)
    yield from _check_waivers(page)


def _wrong(page: Page, key: str, fact: str, hint: str) -> PageError:
    return PageError(f"{page.path}:{page.line_of(key)}", fact, hint)


def _check_signature(page: Page) -> Iterator[PageError]:
    signature, command = page.front.get("signature"), page.front.get("shown_by")
    if not signature:
        yield _wrong(
            page, "signature", "no signature", "give the text a log shows, or `signature: none` and `shown_by:`"
        )
    if signature == "none" and not command:
        fact = "signature is none, and nothing says what shows the fault"
        yield _wrong(page, "signature", fact, "add `shown_by: command`")
    elif signature == "none" and not (page.shown_by and page.shown_by.expected):
        hint = "quote the command as it stands there, and put an ```output fence after it"
        yield _wrong(page, "shown_by", "shown_by is no command under Symptom whose output is documented", hint)
    if command and page.signatures:
        yield _wrong(page, "shown_by", "shown_by beside a signature", "it is for `signature: none`")


def _check_group(page: Page) -> Iterator[PageError]:
    if page.front.get("same_text") and not page.front.get("question"):
        fact = "nothing tells it from the faults of the same text"
        yield _wrong(page, "same_text", fact, "add `question:`, as a reader asks it")
    if page.front.get("seen_while") and not page.front.get("question"):
        fact = "nothing tells it from the same text printed elsewhere"
        yield _wrong(page, "seen_while", fact, "add `question:`, as a reader asks it")
    if page.front.get("evidence") and not page.front.get("same_text"):
        yield _wrong(page, "evidence", "evidence without same_text", "it separates the faults that `same_text` names")
    if page.front.get("question") and not (page.front.get("same_text") or page.front.get("seen_while")):
        hint = "it separates the faults that `same_text` names, or what `seen_while` does not see"
        yield _wrong(page, "question", "question without same_text", hint)


def _check_waivers(page: Page) -> Iterator[PageError]:
    written = page.front.get("waived") or {}
    for name, reason in written.items():
        breach = _breach_of_waiver(name, str(reason or ""))
        if breach:
            yield _wrong(page, "waived", *breach)
    if RUNBOOK in written and page.runbook:
        yield _wrong(page, "waived", "the runbook is named and waived", "remove one of the two")
    if not page.runbook and not written.keys() & {RUNBOOK, *ABOUT_RUNBOOK}:
        hint = f"name one, or waive it with the reason: `{RUNBOOK}: reason`"
        yield _wrong(page, "waived", "no runbook, and it is not waived", hint)


def _breach_of_waiver(name: str, reason: str) -> tuple[str, str] | None:
    if name in NEVER_WAIVED:
        return f"{name} is never waived", "without it nothing is proven"
    if name in ABOUT_RUNBOOK:
        return f"{name} is waived alone", f"waive the three about the runbook together: `{RUNBOOK}: reason`"
    if name not in WAIVABLE:
        return f"unknown obligation {name!r}", known(WAIVABLE)
    if not reason.strip():
        return f"{name} is waived without a reason", "say why, so that a reader accepts it"
    return None
