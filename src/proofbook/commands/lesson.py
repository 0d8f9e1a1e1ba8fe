"""``proofbook lesson``: begins a lesson, and lists those there are."""

from __future__ import annotations

import json
import re
from typing import Any

import click

from proofbook.commands._shared import HOLDS, settings_here, shown_errors, tell
from proofbook.errors import ProofbookError, writing
from proofbook.pages.lessons import FAMILIES, Lesson, say_the_same
from proofbook.site.edition import LESSONS, Edition
from proofbook.site.markup import seen

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)+")
DRAFT = """\
---
title: {rule}
description: {why}
rule: {rule}
why: {why}
# the days on which it was needed, each of which the text below tells of: seen: [2025-11-06]
seen: []
# what turns red when somebody breaks the rule, as PATH::NAME; or by_hand: with the reason why nothing can
by_hand: nothing has been written that could enforce it
asks:
  - {{list: [author], ask: {rule}}}
---
# {heading}

## What happened

## Do

## Do not

## Related
"""


@click.group()
def lesson() -> None:
    """Begin a lesson, or list those there are."""


@lesson.command("new")
@click.argument("name")
@click.option("--family", required=True, type=click.Choice(list(FAMILIES)), help="What it is about.")
@click.option("--rule", required=True, help="What to do, as a command: 'Name every index'.")
@click.option("--why", required=True, help="What happens otherwise, in a sentence.")
@click.option("--print", "only_printed", is_flag=True, help="Print the file instead, and write nothing.")
@shown_errors
def new(name: str, family: str, rule: str, why: str, only_printed: bool) -> int:
    """Write docs/lessons/FAMILY/NAME.md, to be filled in. NAME is what enforcers call it by: name-your-indexes."""
    settings = settings_here()
    if not NAME.fullmatch(name):
        raise ProofbookError(name, "is no name for a lesson", "two or more words with hyphens: name-your-indexes")
    for known in Edition(settings).lessons:
        if name == known.name or say_the_same(rule, known.rule):
            raise ProofbookError(known.page.path, f"says it already: {known.rule}", "add what happened there")
    if only_printed:
        click.echo(_draft(rule, why), nl=False)
        return HOLDS
    file = settings.root / LESSONS / family / f"{name}.md"
    if file.exists():
        hint = "fill it in, or give the new one another name"
        raise ProofbookError(str(file.relative_to(settings.root)), "is there already and is left as it is", hint)
    with writing(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as stream:
            stream.write(_draft(rule, why))
    click.echo(file.relative_to(settings.root))
    tell("fill in what happened, then name what enforces it; the index and the checklists are built from this file")
    return HOLDS


@lesson.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
@shown_errors
def list_lessons(as_json: bool) -> int:
    """List the lessons: name, how often it was needed, and the rule."""
    lessons = Edition(settings_here()).lessons
    if as_json:
        click.echo(json.dumps([_as_json(each) for each in lessons], indent=1, ensure_ascii=False))
        return HOLDS
    width = max((len(each.name) for each in lessons), default=0)
    for each in lessons:
        kept = "enforced" if each.enforcers else "by hand "
        click.echo(f"{each.name:<{width}}  {kept}  {each.rule} ({seen(each)})")
    return HOLDS


def _draft(rule: str, why: str) -> str:
    """Give the page; JSON's texts are YAML's too, whatever is in them."""
    plain = {"rule": " ".join(rule.split()).rstrip("."), "why": " ".join(why.split()).rstrip(".")}
    head = {key: json.dumps(text, ensure_ascii=False) for key, text in plain.items()}
    return DRAFT.format(**head, heading=plain["rule"])


def _as_json(lesson: Lesson) -> dict[str, Any]:
    return {
        "name": lesson.name,
        "family": lesson.family,
        "rule": lesson.rule,
        "why": lesson.why,
        "page": lesson.page.path,
        "seen": [day.isoformat() for day in lesson.seen],
        "enforced_by": list(lesson.enforcers),
        "by_hand": lesson.by_hand,
        "asks": [
            {"list": list(ask.lists), "ask": ask.text, "by_person_only": ask.is_for_people_only} for ask in lesson.asks
        ],
    }
