"""Adds to a page's Markdown what is known of it: its standing, its runbook, who uses it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from posixpath import dirname, relpath
from typing import Any

from proofbook.fences import find_headings
from proofbook.pages.lessons import is_lesson, read_lesson
from proofbook.pages.page import Page
from proofbook.pages.roles import OBLIGATIONS
from proofbook.pages.runbooks import Runbook
from proofbook.pages.wording import counted, readable
from proofbook.proof.obligations import CHECKS
from proofbook.proof.records import SKIPPED, WAIVED, Record, as_json
from proofbook.site import markup
from proofbook.site.backlinks import with_back_links
from proofbook.site.badges import is_unproven, let_off, standing_of, with_badges
from proofbook.site.standing import Ledger

MESSAGE_SHOWN = 600
_TITLE = re.compile(r"\s*# .*\n")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a page is shown with: its records, its runbook, the pages around it, the way to the site's root."""

    ledger: Ledger
    runbook: Runbook | None = None
    used_by: tuple[Page, ...] = ()
    pages: Collection[str] = ()
    home: str = ""
    group: tuple[Page, ...] = ()
    named_by: tuple[Page, ...] = ()


def decorate(page: Page, around: Surroundings) -> str:
    """Give the page's Markdown, without front matter, with all that the site adds."""
    used_by = {each.path for each in around.used_by}
    others = (each for each in around.named_by if each.path not in used_by)
    body = with_back_links(page, with_badges(page, around.ledger), others)
    if page.fault:
        parts = [_fault_head(page, around), *_with_card(page, body, around), *_proof(page, around.ledger)]
    else:
        parts = [*_guide(page, body, around), *_runbook_tail(page, around)]
    return "\n\n".join(part for part in parts if part)


def link(page: str, target: str) -> str:
    """Give the relative link from one page to another, as Markdown wants it."""
    return relpath(target, dirname(page) or ".")


def titled(page: Page) -> str:
    """Give a page's title, after its code when it is about a fault."""
    return f"{page.fault} {page.title}" if page.fault else page.title


def _fault_head(page: Page, around: Surroundings) -> str:
    number = len(OBLIGATIONS) - len(let_off(page))
    extra = counted(number, "obligation") + (f", {len(page.waived)} waived" if page.waived else "")
    parts = (markup.fault_facts(page), _status(page, around, extra), markup.signature(page))
    return _head("\n".join(parts))


def _guide(page: Page, body: str, around: Surroundings) -> Iterator[str]:
    title = _TITLE.match(body)
    running = sum(snippet.runs for snippet in page.snippets)
    unproven = sum(is_unproven(snippet) for snippet in page.snippets)
    extra = f"{counted(running, 'snippet')}" + (f", {unproven} unproven" if unproven else "")
    if title:
        yield title[0].strip()
    parts = [
        _status(page, around, extra) if running else "",
        markup.lesson(read_lesson(page)) if is_lesson(page) else "",
    ]
    if any(parts):
        yield _head("\n".join(filter(None, parts)))
    yield body[title.end() :].strip("\n") if title else body.strip("\n")


def _status(page: Page, around: Surroundings, extra: str) -> str:
    standing = standing_of(page, around.ledger)
    return markup.status(standing, extra, unsure=around.ledger.unsure) if standing else ""


def stated(page: Page, ledger: Ledger) -> str:
    """Give the line under a page's title: what holds today, where, since when; nothing if it proves nothing."""
    standing = standing_of(page, ledger)
    return markup.status(standing, unsure=ledger.unsure) if standing else ""


def _head(inner: str) -> str:
    return f'<div class="pb-head" {markup.UNSEARCHED}>\n{inner}\n</div>'


def _with_card(page: Page, body: str, around: Surroundings) -> Iterator[str]:
    lines, headings = body.splitlines(keepends=True), find_headings(body)
    at = headings[0].line - 1 if headings else len(lines)
    yield "".join(lines[:at]).strip("\n")
    yield _group_table(page, around.group)
    if around.runbook:
        yield "\n\n".join(_card(page, around.runbook, around))
    yield "".join(lines[at:]).strip("\n")


def _group_table(page: Page, group: Iterable[Page]) -> str:
    """Give the table by which the faults of one text are told apart: the same on each of their pages."""
    members = list(group)
    if len(members) == 1 or not members:
        return ""
    return "\n".join(("**The same text has more than one cause.** Which is yours?", "", *_group_rows(page, members)))


def _group_rows(page: Page, members: Iterable[Page]) -> Iterator[str]:
    yield "| Ask | then it is |"
    yield "|---|---|"
    for member in members:
        name = markup.plain(titled(member))
        shown = f"**{name}** (this page)" if member.fault == page.fault else f"[{name}]({link(page.path, member.path)})"
        evidence = member.front.get("evidence")
        decides = f"<br>The log holds <code>{readable(str(evidence), text=markup.quoted)}</code>" if evidence else ""
        yield f"| {markup.prose(str(member.front.get('question') or ''))}{decides} | {shown} |"


def _card(page: Page, runbook: Runbook, around: Surroundings) -> Iterator[str]:
    call = f"python runbooks/{runbook.name}.py {(page.runbook or '').partition(' ')[2]}".rstrip()
    target = f"docs/runbooks/{runbook.name}.md"
    name = f"[`{runbook.name}`]({link(page.path, target)})" if target in around.pages else f"`{runbook.name}`"
    planned = around.ledger.of("plan-changes-nothing")
    applied = around.ledger.together(("runbook-fixes", "runbook-twice"))
    yield f'<div class="pb-card" markdown {markup.UNSEARCHED}>'
    yield f'<span class="pb-eyebrow">Runbook</span> {name} {markup.plain(runbook.summary)}'
    yield f"See what it would do:\n\n```bash\n{call}\n```"
    yield markup.badge(planned, "changes nothing")
    yield f"Then let it act:\n\n```bash\n{call} --apply\n```"
    yield markup.badge(applied, "Verify passes after it, nothing is lost, a second run is harmless")
    yield markup.step_list(runbook)
    yield _source(runbook, around.home)
    yield "</div>"


def _source(runbook: Runbook, home: str) -> str:
    href = f"{home}runbooks/{runbook.name}.py"
    link = f'<a href="{href}">Source of {runbook.name}.py</a>'
    return f'<p class="pb-more">{link}; copy the whole folder <code>runbooks/</code>, it reads its siblings</p>'


def _proof(page: Page, ledger: Ledger) -> Iterator[str]:
    yield "## Proof"
    yield "Shown each time this page is proven, in fresh sandboxes, each with a database of its own."
    yield markup.proof_table(_proof_rows(page, ledger))


def _proof_rows(page: Page, ledger: Ledger) -> Iterator[tuple[str, str, str]]:
    reasons = let_off(page)
    for name in OBLIGATIONS:
        if reasons.get(name):
            state = markup.note(WAIVED, "Waived", reasons[name])
        elif name in reasons:
            state = markup.note(SKIPPED, "Not applicable", "this page names no wrong recipe")
        else:
            standing = ledger.of(name)
            state = markup.badge(standing) + markup.messages(text[:MESSAGE_SHOWN] for text in standing.messages)
        yield name, (CHECKS[name].__doc__ or "").strip(), state


def _runbook_tail(page: Page, around: Surroundings) -> Iterator[str]:
    if around.runbook is None:
        return
    yield "## Used by"
    users = [f"- [{markup.plain(titled(user))}]({link(page.path, user.path)})" for user in around.used_by]
    yield "\n".join(users) or "No page uses this runbook yet."
    yield _source(around.runbook, around.home)


def proofs(records: Iterable[Record], current: Collection[str], generated: str, commit: str) -> dict[str, Any]:
    """Give what ``proofs.json`` holds: each record, and whether it speaks of what is there now."""
    published = as_json(records, generated, commit)
    for entry in published["proofs"]:
        entry["current"] = entry["hash"] in current
    return published
