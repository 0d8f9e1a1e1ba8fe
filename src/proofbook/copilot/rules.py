"""The rules as an agent reads them: a line each, from a lesson, and the files that they are about."""

from __future__ import annotations

import re
from collections.abc import Iterable
from posixpath import dirname

from proofbook.copilot.knowledge import Entry, Knowledge, cut
from proofbook.copilot.shelf import Shelf
from proofbook.pages.lessons import FILES, Lesson
from proofbook.pages.wording import listed
from proofbook.site.plain import as_code

RULE = re.compile(
    r"^- \[(?!.\] )(?P<rule>[^\]]+)\]\((?P<href>[^)\s]*lessons/[a-z]+/(?P<name>[a-z0-9-]+)\.md)\)", re.MULTILINE
)
BRIEFLY = 85
TITLES = {
    "migrations": "Migrations",
    "settings": "Settings and environment files",
    "admin": "Admin classes",
    "workflows": "Workflows",
    "docs": "Documentation",
}


def short_rule(file: str, lesson: Lesson, shelf: Shelf) -> str:
    """Give a rule in one line, as the link to its lesson."""
    return f"- {shelf.link(file, lesson.rule, lesson.page.path)}."


def full_rule(file: str, lesson: Lesson, shelf: Shelf) -> str:
    """Give a rule with the reason for it."""
    return f"- {shelf.link(file, lesson.rule, lesson.page.path)}: {lesson.why}."


def instructions_file(kind: str) -> str:
    """Give the path of the instructions for one kind of files."""
    return f".github/instructions/{kind}.instructions.md"


def instructions(kind: str, knowledge: Knowledge, shelf: Shelf) -> str:
    """Give the instructions for one kind of files: every rule that is about them, most often needed first."""
    file = instructions_file(kind)
    rules = [full_rule(file, lesson, shelf) for lesson in knowledge.lessons if kind in lesson.files]
    title = TITLES[kind]
    return "\n".join(
        (
            "---",
            f'applyTo: "{FILES[kind]}"',
            f'description: "{title}: rules that were learnt from failed deployments"',
            "---",
            f"# {title}",
            "",
            "Each rule leads to its lesson: what happened, an example, a counter-example.",
            "",
            *rules,
            "",
        )
    )


def told_of_plans(shelf: Shelf) -> str:
    """Give what an agent must know before it runs a plan: the names in it stand for what its log says."""
    here = " Plans run in `scripts/lab`." if shelf.is_here else ""
    return f"Names such as `$APP` in a plan: set them first, as the first fence of its page does.{here}"


def index_line(file: str, entry: Entry, shelf: Shelf) -> str:
    """Give one line of the index: what is seen, the page to open, what tells it from others, the answer."""
    seen = as_code(cut(entry.sees[0], BRIEFLY)) if entry.sees else entry.page.title
    if entry.sees and entry.is_ambiguous:
        seen += f" ({entry.page.title[:1].lower()}{entry.page.title[1:]})"
    others = listed([shelf.link(file, code, f"{dirname(entry.page.path)}/{code}.md") for code in entry.others], "or")
    which = f" if yes, else {others}: {entry.page.front.get('question')}" if others else "."
    call = f" Plan: `{shelf.calls(entry.call)}`." if entry.call else ""
    return f"- {seen}: open {shelf.link(file, entry.code, entry.page.path)}{which} {shelf.calls(entry.brief)}{call}"


def all_faults(file: str, entries: Iterable[Entry], shelf: Shelf) -> str:
    """Give every fault by its code, with all that is seen of it."""
    parts = [
        "# All faults, by what is seen",
        f"Find the text of the error here. `[name]` stands for a name, `…` for anything. {told_of_plans(shelf)}",
    ]
    ordered = sorted(entries, key=lambda each: each.code)
    parts += ["\n".join(_fault(file, entry, shelf)) for entry in ordered]
    return "\n\n".join(parts) + "\n"


def _fault(file: str, entry: Entry, shelf: Shelf) -> Iterable[str]:
    yield f"## {entry.code}"
    yield ""
    yield f"{entry.page.title}. Open {shelf.link(file, entry.code, entry.page.path)}."
    yield ""
    yield from (f"- In the log: {as_code(text)}" for text in entry.sees)
    if not entry.sees:
        yield f"- No log shows it; shown by {as_code(str(entry.page.front.get('shown_by')))}"
    if entry.others:
        question = entry.page.front.get("question")
        yield f"- The same text: {', '.join(entry.others)}. It is {entry.code} if you say yes: {question}"
    yield f"- Do: {shelf.calls(entry.answer)}"
    if entry.call:
        yield f"- Plan of the repair: `{shelf.calls(entry.call)}`; it acts only with `--apply`"
