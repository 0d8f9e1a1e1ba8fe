"""The generated tables of the site: faults, signatures, runbooks, obligations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from proofbook.pages.page import Page
from proofbook.pages.roles import NEVER_WAIVED, OBLIGATIONS
from proofbook.pages.runbooks import Runbook
from proofbook.pages.wording import IMPACT
from proofbook.proof.obligations import CHECKS
from proofbook.site import markup
from proofbook.site.badges import let_off, standing_of
from proofbook.site.publish import link
from proofbook.site.standing import Ledger, ran_on


def fault_table(here: str, faults: Iterable[tuple[Page, Ledger]], runbook_pages: Iterable[str]) -> str:
    """Give the table of all faults: code, title, impact, what is proven, runbook."""
    known = set(runbook_pages)
    rows = [
        (
            f"[{page.fault}]({link(here, page.path)})",
            f"[{markup.plain(page.title)}]({link(here, page.path)})",
            IMPACT.get(str(page.front.get("impact")), ""),
            _proven(page, ledger),
            _runbook_cell(here, page, known),
        )
        for page, ledger in faults
    ]
    return table(("Code", "What happens", "Impact", "Proven", "Runbook"), rows, "No fault page is written yet.")


def signature_table(here: str, faults: Iterable[Page]) -> str:
    """Give the table of error texts, each with the page that knows it."""
    rows = [
        (
            _signature_cell(page),
            f"[{page.fault} {markup.plain(page.title)}]({link(here, page.path)})",
        )
        for page in faults
    ]
    return table(("What the log says", "The page that knows it"), rows, "No fault page is written yet.")


def runbook_table(
    here: str, runbooks: Iterable[Runbook], users: Mapping[str, Sequence[Page]], pages: Iterable[str]
) -> str:
    """Give the table of runbooks: what each is for, and which faults it repairs."""
    known = set(pages)
    rows = []
    for runbook in runbooks:
        target = f"docs/runbooks/{runbook.name}.md"
        name = f"[`{runbook.name}`]({link(here, target)})" if target in known else f"`{runbook.name}`"
        faults = (f"[{page.fault}]({link(here, page.path)})" for page in users.get(runbook.name, ()) if page.fault)
        rows.append((name, markup.plain(runbook.summary), ", ".join(faults)))
    return table(("Runbook", "What it is for", "Faults"), rows, "No runbook is written yet.")


def obligation_table(pages: Sequence[Page]) -> str:
    """Give the twelve obligations: what each shows, and how many pages waive it."""
    rows = [
        (
            f"`{name}`",
            (CHECKS[name].__doc__ or "").strip(),
            "never" if name in NEVER_WAIVED else _waived_by(name, pages),
        )
        for name in OBLIGATIONS
    ]
    return table(("Obligation", "What is shown", "Waived on"), rows, "")


def _waived_by(name: str, pages: Sequence[Page]) -> str:
    codes = [str(page.fault) for page in pages if name in page.waived]
    return f"{len(codes)} of {len(pages)}: {', '.join(codes)}" if codes else f"0 of {len(pages)}"


def _proven(page: Page, ledger: Ledger) -> str:
    standing = standing_of(page, ledger)
    if standing is None:
        return ""
    waived = f" ({len(let_off(page).keys() & page.waived.keys())} waived)" if page.waived else ""
    said = (
        f'<span class="pb-claim pb-{claims[0].state}"><b>{words}</b> {markup.plain(ran_on(claims))}</span>'
        for words, claims in standing.groups()
    )
    return f'<span class="pb-badge">{" ".join(said)}{waived}</span>'


def _runbook_cell(here: str, page: Page, known: set[str]) -> str:
    if not page.runbook_name:
        return "no runbook"
    target = f"docs/runbooks/{page.runbook_name}.md"
    return f"[`{page.runbook_name}`]({link(here, target)})" if target in known else f"`{page.runbook_name}`"


def _signature_cell(page: Page) -> str:
    shown_by = markup.code(str(page.front.get("shown_by", "")))
    return "<br>".join(markup.signature_lines(page)) or f"No log shows it; shown by {shown_by}"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], otherwise: str) -> str:
    """Give a table as Markdown, or the sentence that stands for an empty one."""
    return "\n".join(_lines(heads, rows)) if rows else otherwise


def _lines(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
