"""What the site builds from the lessons: their index with its counts, and the checklists."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from proofbook.pages.lessons import FAMILIES, Ask, Lesson
from proofbook.pages.wording import counted
from proofbook.site import markup
from proofbook.site.publish import link
from proofbook.site.tables import table

HEADS = ("Rule", "Seen", "Enforced by")


def lesson_tables(here: str, lessons: Sequence[Lesson]) -> str:
    """Give all lessons, family by family, under a line that counts them."""
    parts = [_counts(lessons)]
    for family, title in FAMILIES.items():
        of_family = [lesson for lesson in lessons if lesson.family == family]
        if of_family:
            rows = [_row(here, lesson) for lesson in of_family]
            parts += [f"## {title}", _counts(of_family), table(HEADS, rows, "")]
    return "\n\n".join(parts)


def _counts(lessons: Sequence[Lesson]) -> str:
    enforced = sum(bool(lesson.enforcers) for lesson in lessons)
    by_hand = len(lessons) - enforced
    return f"{counted(len(lessons), 'lesson')}: {enforced} enforced, {by_hand} kept by hand."


def _row(here: str, lesson: Lesson) -> tuple[str, str, str]:
    kept = "<br>".join(_short(name) for name in lesson.enforcers) or f"by hand: {markup.plain(lesson.by_hand)}"
    rule = f"[{markup.plain(lesson.rule)}]({link(here, lesson.page.path)})"
    return rule, markup.plain(markup.seen(lesson)).replace(", ", "<br>"), kept


def _short(enforcer: str) -> str:
    """Give an enforcer by its own name, with a file's name where that is a program's."""
    path, _, name = enforcer.partition("::")
    if path.startswith("runbooks/"):
        return f"{markup.code(name)} of {markup.code(PurePosixPath(path).stem)}"
    return markup.code(name.rpartition("::")[2])


def checklist(here: str, name: str, lessons: Sequence[Lesson]) -> str:
    """Give one checklist: first what nobody but the reader looks at, then what a machine looks at as well."""
    asked = [(lesson, ask) for lesson in lessons for ask in lesson.asks if name in ask.lists]
    parts = []
    for title, only in (("Only you look", True), ("A machine looks as well: see that it ran", False)):
        items = [_item(here, lesson, ask) for lesson, ask in asked if ask.is_for_people_only == only]
        if items:
            parts += [f"## {title}", "\n".join(items)]
    return "\n\n".join(('<div class="pb-checklist" markdown>', *parts, "</div>"))


def _item(here: str, lesson: Lesson, ask: Ask) -> str:
    return f"- [ ] {ask.text} [{lesson.name}]({link(here, lesson.page.path)}){{ .pb-lesson-name }}"
