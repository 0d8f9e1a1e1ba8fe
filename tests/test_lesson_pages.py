"""What the site builds from lessons, and what is wrong with one that is not as it must be."""

from __future__ import annotations

import pytest

from proofbook.errors import PageError
from proofbook.pages.lessons import Lesson, check_lesson, read_lesson
from proofbook.pages.page import Page, parse_page
from proofbook.site.lessons import checklist, lesson_tables

HERE = "docs/lessons/index.md"
GOOD = {
    "rule": "Name it",
    "why": "or it has none",
    "seen": "[2025-12-01, 2025-11-06]",
    "enforced_by": "tests/a.py::test_b",
    "asks": "[{list: [author, migration], ask: it has a `name`}]",
}


def page(path: str = "docs/lessons/migrations/name-it.md", **changed: str) -> Page:
    front = {key: value for key, value in (GOOD | changed).items() if value}
    return parse_page(path, "---\n" + "".join(f"{key}: {value}\n" for key, value in front.items()) + "---\n# T\n")


def lesson(**changed: str) -> Lesson:
    return read_lesson(page(**changed))


BY_HAND = {"enforced_by": "", "by_hand": "nobody | can"}


def test_a_lesson_is_read_from_its_page():
    read = lesson()

    assert (read.name, read.family, read.rule) == ("name-it", "migrations", "Name it")
    assert [day.isoformat() for day in read.seen] == ["2025-11-06", "2025-12-01"]
    assert read.enforcers == ("tests/a.py::test_b",)
    assert [ask.lists for ask in read.asks] == [("author", "migration")]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"why": ""}, "why is no text"),
        ({"rule": "[a]"}, "rule is no text"),
        ({"path": "docs/lessons/name-it.md"}, "'lessons' is no family of lessons"),
        ({"enforced_by": ""}, "either enforced_by or by_hand"),
        ({"by_hand": "nobody can"}, "either enforced_by or by_hand"),
        ({"enforced_by": "a wish"}, "an enforcer is called PATH::NAME"),
        ({"seen": "[yesterday]"}, "something that is no date"),
        ({"seen": "[2025-11-06 10:00:00]"}, "something that is no date"),
        ({"files": "[models]"}, "'models' is no kind of files"),
        ({"asks": "[a]"}, "'a' is nothing to ask"),
        ({"asks": "[{list: [author]}]"}, "is nothing to ask"),
        ({"asks": "[{list: [auhtor], ask: x}]"}, "there is no checklist 'auhtor'"),
        ({"asks": "[{list: [author], ask: x, by: machine}]"}, "by is 'machine'"),
    ],
)
def test_what_is_wrong_with_a_lesson_is_told(changed, told):
    found = list(check_lesson(page(**changed)))

    assert [error for error in found if told in error.fact], found
    with pytest.raises(PageError):
        read_lesson(page(**changed))


def test_a_page_without_a_rule_has_no_such_form():
    assert list(check_lesson(parse_page("docs/x.md", "---\ntitle: T\n---\n"))) == []


def test_the_index_counts_and_says_what_keeps_each_rule():
    told = lesson_tables(HERE, [lesson(), lesson(**BY_HAND), lesson(path="docs/lessons/testing/t.md")])

    assert told.startswith("3 lessons: 2 enforced, 1 kept by hand.")
    assert told.index("## Migrations\n\n2 lessons: 1 enforced, 1 kept by hand.") < told.index("## Testing\n\n1 lesson:")
    seen = "2 times<br>2025&#45;11&#45;06 to 2025&#45;12&#45;01"
    assert f"| [Name it](migrations/name-it.md) | {seen} | <code>test&#95;b</code> |" in told
    assert "by hand: nobody &#124; can" in told


def test_a_checklist_tells_what_only_people_see_from_what_a_machine_sees_too():
    alone = lesson(asks="[{list: [author], ask: it was tried, by: person}]")

    told = checklist("docs/checklists/author.md", "author", [lesson(), alone, lesson(**BY_HAND)])

    people, _, machine = told.partition("## A machine looks as well")
    assert people.count("- [ ] ") == 2
    assert "- [ ] it has a `name` [name-it](../lessons/migrations/name-it.md)" in machine
    assert "- [ ]" not in checklist("docs/checklists/deployer.md", "deployer", [lesson()])
