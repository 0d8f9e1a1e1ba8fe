"""The pieces of HTML that the site adds to a page; every word in them is also there without colour."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator

from proofbook.pages.lessons import Lesson
from proofbook.pages.page import Page
from proofbook.pages.runbooks import Runbook
from proofbook.pages.wording import IMPACT, counted, readable
from proofbook.proof.records import FAILED, PASSED
from proofbook.site.standing import NEVER, WORDS, Claim, Standing, oldest, ran_on

UNSEARCHED = "data-search-exclude"
REFUTED = "Proven not to work"
COSTLY = "Proven to lose rows"
STATED_ON = (WORDS[PASSED], WORDS[FAILED], WORDS[NEVER])
VALUES_HERE = '<div class="pb-values" hidden></div>'
_CODE = re.compile(r"`([^`]+)`")
_MARKDOWN = re.compile(r"[!#$*+:<>@\[\\\]^_`{|}~&\"'=-]")
# of a style sheet
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def quoted(text: str) -> str:
    """Write text so that neither HTML nor Markdown reads anything into it."""
    return _MARKDOWN.sub(lambda found: f"&#{ord(found[0])};", text)


def plain(text: str) -> str:
    """Write text as one line that neither HTML nor Markdown reads anything into."""
    return quoted(" ".join(text.split()))


def prose(text: str) -> str:
    """Write text as one line of plain words, in which backticks alone mean what they do in Markdown: code."""
    words, parts = " ".join(text.split()), []
    for number, part in enumerate(_CODE.split(words)):
        parts.append(f"<code>{quoted(part)}</code>" if number % 2 else quoted(part))
    return "".join(parts)


def code(text: str) -> str:
    """Write text as code, whatever is in it."""
    return f"<code>{plain(text)}</code>"


def dated(claims: list[Claim], *, commit: bool = False) -> str:
    """Give where and when claims were recorded: ``PostgreSQL 18.4 · 2026-11-22``; with ``commit`` all versions too."""
    record = oldest(claims)
    others = (
        [f"{name} {version}" for name, version in record.versions.items() if name != "PostgreSQL"] if record else []
    )
    when = f'<time datetime="{plain(record.date)}">{plain(record.date[:10])}</time>' if record else ""
    made_at = f"commit {code(record.commit[:7])}" if record and commit and record.commit else ""
    lab = plain(", ".join(others)) if commit else ""
    return " · ".join(filter(None, (plain(ran_on(claims)), lab, when, made_at)))


def badge(standing: Standing, role: str = "", *, said: str = "") -> str:
    """Give the small line under a snippet: what its record says, and of which run.

    Of a recipe that is proven to be wrong that is ``said``; it must not look like one that works.
    """
    instead = {WORDS[PASSED]: ("refuted", said)} if said else {}
    parts = []
    for words, claims in standing.groups():
        state, word = instead.get(words, (claims[0].state, words))
        text = " · ".join(filter(None, (f"<b>{word}</b>", plain(role), dated(claims))))
        parts.append(f'<span class="pb-claim pb-{state}">{text}</span>')
        role = ""
    return f'<span class="pb-badge" {UNSEARCHED}>{" ".join(parts)}</span>'


def note(state: str, word: str, reason: str) -> str:
    """Give the small line under a snippet that is not run: why not."""
    text = f"<b>{word}</b>: {plain(reason)}" if reason else f"<b>{word}</b>"
    return f'<span class="pb-badge" {UNSEARCHED}><span class="pb-claim pb-{state}">{text}</span></span>'


def status(standing: Standing, extra: str = "", *, unsure: bool = False) -> str:
    """Give the lines under the title: what holds today, where, since when."""
    lines = [
        f'<span class="pb-claim pb-{claims[0].state}">{_stated(words, claims)}</span>'
        for words, claims in standing.groups()
    ]
    doubt = "the lab's versions are not known here, so they were not compared" if unsure else ""
    lines += [f'<span class="pb-more">{plain(text)}</span>' for text in (extra, doubt) if text]
    return f'<p class="pb-status">{" ".join(lines)}</p>'


def _stated(words: str, claims: list[Claim]) -> str:
    where = dated(claims, commit=True)
    if not where:
        return "<b>Never proven here</b>"
    return f"<b>{words}</b>{' on ' if words in STATED_ON else ': '}{where}"


def signature_lines(page: Page) -> Iterator[str]:
    """Give each signature of a fault as code, the names in it as variables."""
    for each in page.signatures:
        yield f"<code>{readable(each, lambda name: f'<var>{quoted(name)}</var>', quoted)}</code>"


def signature(page: Page) -> str:
    """Give how a fault shows, as a person would read it."""
    shown = "".join(signature_lines(page))
    if shown:
        return f'<div class="pb-signature"><span>In the log</span>{shown}</div>'
    shown_by = code(str(page.front.get("shown_by", "")))
    return f'<div class="pb-signature"><span>No log shows it; shown by</span>{shown_by}</div>'


def fault_facts(page: Page) -> str:
    """Give a fault's code and what it does to people."""
    impact = str(page.front.get("impact"))
    return (
        f'<p class="pb-facts"><span class="pb-impact pb-{plain(impact)}">{plain(IMPACT.get(impact, impact))}</span></p>'
    )


def lesson(lesson: Lesson) -> str:
    """Give why a lesson's rule is one, how often it was needed, and what keeps it."""
    kept = "<br>".join(code(name) for name in lesson.enforcers)
    rows = [("Why", plain(lesson.why)), ("Seen", plain(seen(lesson)))]
    rows.append(("Enforced by", kept) if kept else ("Kept by hand", plain(lesson.by_hand)))
    return f'<dl class="pb-lesson">{"".join(f"<dt>{term}</dt><dd>{text}</dd>" for term, text in rows)}</dl>'


def seen(lesson: Lesson) -> str:
    """Give how often a lesson was needed, and when: ``3 times, 2025-11-06 to 2025-12-06``."""
    days = [day.isoformat() for day in lesson.seen]
    if not days:
        return "no day on record"
    if len(days) == 1:
        return f"once, {days[0]}"
    when = f"{days[0]} to {days[-1]}" if days[0] != days[-1] else days[0]
    return f"{counted(len(days), 'time')}, {when}"


def step_list(runbook: Runbook) -> str:
    """Give a runbook's steps; those that can change something say so."""
    acts = ' <span class="pb-acts">changes, with --apply</span>'
    items = "".join(f"<li>{plain(step.title)}{acts if step.acts else ''}</li>" for step in runbook.steps)
    return f"<details><summary>{counted(len(runbook.steps), 'step')}</summary><ol>{items}</ol></details>"


def proof_table(rows: Iterable[tuple[str, str, str]]) -> str:
    """Give the table of obligations: name, what is shown, and the state as HTML."""
    return "\n".join(_proof_lines(rows))


def _proof_lines(rows: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    yield f'<table class="pb-proof" {UNSEARCHED}>'
    yield '<thead><tr><th scope="col">Obligation</th><th scope="col">State</th></tr></thead><tbody>'
    for number, (name, shown, state) in enumerate(rows, start=1):
        what = f'<span class="pb-number">{number}</span><b>{plain(name)}</b><span>{plain(shown)}</span>'
        yield f'<tr><th scope="row">{what}</th><td>{state}</td></tr>'
    yield "</tbody></table>"


def messages(texts: Iterable[str]) -> str:
    """Give what failed runs said."""
    return "".join(f'<span class="pb-message">{html.escape(text)}</span>' for text in texts)


def lean(script: str) -> str:
    """Give a script or a style sheet without what only its authors read: indents, empty lines, lines of comment."""
    lines = (line.strip() for line in script.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//")) + "\n"
