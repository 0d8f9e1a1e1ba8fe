from __future__ import annotations

import re
import subprocess
from itertools import combinations

import pytest
from tests.repository import CASES, ROOT
from tests.wiring import WORKFLOW, all_named, is_wired, lessons_named_by, read

from _lessons import LESSONS as NAMED_BY_CHECKS
from proofbook.pages.lessons import CHECKLISTS, FAMILIES, say_the_same
from proofbook.site.edition import read_edition

EDITION = read_edition(ROOT)
LESSONS = {lesson.name: lesson for lesson in EDITION.lessons}
NAMED = [(lesson.name, enforcer) for lesson in LESSONS.values() for enforcer in lesson.enforcers]
AT_LEAST = {"migrations": 8, "deployment": 5, "tenancy": 4, "testing": 6}
DAY = re.compile(r"\b20\d\d-\d\d-\d\d\b")
HEADINGS = ["What happened", "Do", "Do not", "Related"]


def text_under(heading: str, text: str) -> str:
    return text.partition(f"## {heading}\n")[2].partition("\n## ")[0]


def said_twice(rules: list[str]) -> list[tuple[str, str]]:
    return [(one, two) for one, two in combinations(rules, 2) if say_the_same(one, two)]


@pytest.mark.lesson("one-lesson-one-file")
def test_every_page_among_the_lessons_is_one_and_says_something_new():
    files = {path for path in EDITION.pages if path.startswith("docs/lessons/") and not path.endswith("/index.md")}

    assert files == {lesson.page.path for lesson in LESSONS.values()}
    assert len(files) == len(EDITION.lessons)
    assert said_twice([lesson.rule for lesson in EDITION.lessons]) == []


def test_a_lesson_that_is_said_twice_would_be_noticed():
    assert said_twice(["Name every index yourself", "Every index: name yourself", "Limit the wait for locks"])
    assert not said_twice(["Name every index yourself", "Name every variable in one manifest"])


def test_there_are_as_many_as_were_announced():
    count = {family: sum(lesson.family == family for lesson in LESSONS.values()) for family in FAMILIES}

    assert all(count[family] >= AT_LEAST.get(family, 2) for family in FAMILIES), count


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_is_a_page_of_one_form(name):
    lesson = LESSONS[name]

    headings = [heading.text.strip() for heading in lesson.page.headings if heading.level == 2]
    assert headings == HEADINGS
    assert lesson.rule == lesson.page.title
    assert not lesson.rule.endswith(".")
    assert lesson.asks
    told = set(DAY.findall(text_under("What happened", lesson.page.text)))
    assert told == {day.isoformat() for day in lesson.seen}


FAULT = re.compile(r"\]\(\.\./\.\./faults/([A-Z]{3}\d{3})\.md[)#]")
# what somebody claims, and whose key it was, are not to be run here
WITHOUT_A_COUNTER_EXAMPLE = {"measure-before-you-claim", "know-the-host"}


def shows(heading, lesson):
    """Tell whether there is a fence under this heading."""
    return "\n```" in text_under(heading, lesson.page.text)


def includes_its_breach(lesson):
    text = text_under("Do not", lesson.page.text)
    return any(f'"tests/cases/lessons/{lesson.name}/{file.name}"' in text for file in breaches(lesson.name))


def breaches(name):
    return sorted((CASES / "lessons" / name).iterdir())


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_shows_what_to_do_and_what_not_and_leads_to_a_fault(name):
    lesson = LESSONS[name]

    assert shows("Do", lesson)
    assert shows("Do not", lesson) != (name in WITHOUT_A_COUNTER_EXAMPLE)
    assert not lesson.enforcers or includes_its_breach(lesson)
    assert FAULT.search(text_under("Related", lesson.page.text))


@pytest.mark.parametrize(("name", "enforcer"), NAMED)
def test_what_enforces_a_lesson_is_there_and_names_it(name, enforcer):
    assert name in lessons_named_by(enforcer)


@pytest.mark.lesson("wire-every-check")
@pytest.mark.parametrize(("name", "enforcer"), NAMED)
def test_what_enforces_a_lesson_is_run_by_the_pipeline(name, enforcer):
    assert is_wired(enforcer), f"{name}: nothing runs {enforcer}"


def test_what_says_that_it_keeps_a_lesson_is_named_by_it():
    assert [each for each in all_named() if (each[1], each[0]) not in NAMED] == []
    assert set(NAMED_BY_CHECKS.values()) <= set(LESSONS)


@pytest.mark.parametrize(
    "enforcer",
    [
        "tests/test_lessons.py::test_gone",
        "tests/test_gone.py::test_gone",
        "tests/test_lessons.py::text_under",
        "tests/test_lessons.py",
        "runbooks/validate_migrations.py::gone",
        "a wish",
    ],
)
def test_an_enforcer_that_is_not_there_would_be_noticed(enforcer):
    with pytest.raises(LookupError):
        lessons_named_by(enforcer)


CHECK = "runbooks/validate_migrations.py::models"


@pytest.mark.parametrize("enforcer", ["lab/tests/test_a.py::X", "tests/test_a.py::x", CHECK])
def test_an_enforcer_that_is_no_longer_run_would_be_noticed(enforcer):
    assert is_wired(enforcer)
    assert not is_wired(enforcer, lambda path: read(path).replace("\n", "\n# "))
    assert not is_wired(enforcer, lambda _path: "")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("run: .ci/run", "run: echo .ci/run"),
        ("run: .ci/run", "if: false\n        run: .ci/run"),
        ("run: .ci/run", "continue-on-error: true\n        run: .ci/run"),
    ],
)
def test_a_step_that_no_longer_counts_would_be_noticed(old, new):
    assert read(WORKFLOW).count(old) == 1
    assert not is_wired("tests/test_a.py::x", lambda path: read(path).replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("validate_migrations.py --rehearse", "validate_migrations.py --skip models"),
        ("validate_migrations.py --rehearse", "validate_migrations.py --only files leaves"),
        ("validate_migrations.py --rehearse", "migration_graph.py"),
    ],
)
def test_a_check_that_is_left_out_would_be_noticed(old, new):
    assert not is_wired(CHECK, lambda path: read(path).replace(old, new))


def test_what_lies_elsewhere_is_run_by_nothing():
    assert not is_wired("elsewhere/test_a.py::test_b")


@pytest.mark.lesson("break-every-check")
@pytest.mark.parametrize(("name", "enforcer"), NAMED)
def test_every_enforced_lesson_has_a_breach_to_be_tried(name, enforcer):
    kind = "repository" if enforcer.startswith("tests/") else "lab"

    assert list((CASES / "lessons" / name).glob(f"{kind}*"))


PATCHES = sorted((CASES / "lessons").glob("*/repository*.diff"))


@pytest.mark.parametrize("breach", PATCHES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_a_breach_fits_what_it_breaks(breach):
    """A patch that does not apply any more breaks nothing, and of the slow tests that break only some are drawn."""
    done = subprocess.run(["git", "apply", "--check", breach], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def test_there_is_no_breach_of_a_rule_that_is_not_enforced():
    enforced = {name for name, _enforcer in NAMED}

    assert {folder.name for folder in (CASES / "lessons").iterdir()} == enforced


def test_every_checklist_has_a_page_and_something_to_ask():
    for name in CHECKLISTS:
        assert f'checklist("{name}")' in read(f"docs/checklists/{name}.md")
        assert sum(name in ask.lists for lesson in LESSONS.values() for ask in lesson.asks) >= 5
