"""What a run of proofs tells to others: JUnit, annotations at the line of the page, a table."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from tests.repository import Repository

from proofbook.github import annotation, cell
from proofbook.plugin.reports import (
    FAILED,
    MOST_ROWS,
    NOT_RUN,
    PASSED,
    WAIVED,
    Case,
    as_annotations,
    as_junit,
    as_summary,
)

WRONG = "docs/a.md:12: prints something else\nhint: see | above\x1b[0m"
CASES = [
    Case("docs/a.md::fix-works", PASSED, 1.25),
    Case("docs/a.md::nothing-lost", FAILED, 0.5, WRONG),
    Case("docs/b.md", FAILED, 0.0, "docs/b.md:3: fence has no language"),
    Case("docs/b.md::diagnosis-true", NOT_RUN, 0.0, "needs curl"),
    Case("docs/b.md::rollback-works", WAIVED, 0.0, "nothing to take back"),
]


def test_junit_has_a_suite_for_each_page_and_no_skip_passes():
    suites = {suite.get("name"): suite for suite in ET.fromstring(as_junit(CASES))}

    numbers = {name: [suite.get(each) for each in ("tests", "failures", "skipped")] for name, suite in suites.items()}
    assert numbers == {"docs/a.md": ["2", "1", "0"], "docs/b.md": ["3", "1", "2"]}
    failed = suites["docs/a.md"][1]
    assert (failed.get("file"), failed.get("line"), failed[0].get("message")) == (
        "docs/a.md", "12", "docs/a.md:12: prints something else",
    )  # fmt: skip
    assert [test[0].tag for test in suites["docs/b.md"]] == ["failure", "skipped", "skipped"]
    assert suites["docs/b.md"][2][0].get("message") == "waived: nothing to take back"


def test_a_finding_is_annotated_at_its_line():
    first, second = as_annotations(CASES)

    assert first.startswith("::error file=docs/a.md,line=12,title=nothing-lost::docs/a.md:12: prints")
    assert first.count("\n") == 0
    assert second == "::error file=docs/b.md,line=3,title=can be read::docs/b.md:3: fence has no language"


@pytest.mark.parametrize(("count", "last"), [(10, "title=t9"), (11, "title=More::2 more: "), (40, "31 more: ")])
def test_of_many_findings_the_last_annotation_tells_the_rest(count, last):
    told = list(as_annotations([Case(f"docs/a.md::t{n}", FAILED, 0.0, "x") for n in range(count)]))

    assert len(told) == 10
    assert last in told[-1]


def test_nothing_in_a_text_can_begin_another_command_or_property():
    told = annotation("a: b,\nc", "100%\r\n::add-mask::x", file="docs/a,b.md", line=3)

    assert told == "::error file=docs/a%2Cb.md,line=3,title=a%3A b%2C c::100%25%0D%0A::add-mask::x"


def test_the_summary_counts_each_state_and_shows_what_did_not_pass():
    told = as_summary(CASES, "18", 2)

    assert "| 1 | 2 | 1 | 1 |" in told
    assert "| ✗ | docs/a.md:12 | nothing-lost | prints something else hint: see &#124; above" in told
    assert "| not run | docs/b.md:1 | diagnosis-true | needs curl |" in told
    assert "2 pages are unchanged" in told


def test_a_long_summary_says_what_it_leaves_out():
    told = as_summary([Case(f"docs/a.md::t{n}", FAILED) for n in range(MOST_ROWS + 7)], "18", 0)

    assert told.count("| ✗ |") == MOST_ROWS
    assert "and 7 more" in told


@pytest.mark.parametrize("text", ["<img src=x onerror=y>", "[a](javascript:b)", "@everyone", "#7", "a | b", "`x`"])
def test_a_text_is_no_markup_in_a_table(text):
    assert not re.search(r"[<\[`|@]|(?<!&)#", cell(text))


def test_a_run_writes_all_of_it(tiny: Repository):
    tiny.edit("docs/guide.md", "still here", "gone since")
    line = next(n for n, text in enumerate(tiny.read("docs/guide.md").splitlines(), 1) if "gone since" in text)

    done = tiny.run("prove", "--junit", "j.xml", "--summary", "s.md", "--format", "github", "docs/guide.md")

    assert done.returncode == 1, done.stdout
    [annotated] = [each for each in done.stdout.splitlines() if each.startswith("::error ")]
    place = re.match(r"::error file=docs/guide\.md,line=(\d+),", annotated)
    assert place
    assert abs(int(place[1]) - line) <= 4, done.stdout
    assert ET.fromstring(tiny.read("j.xml")).find(".//failure") is not None
    assert "| ✗ | docs/guide.md:" in tiny.read("s.md")
