"""Faults are known by the text they leave in a log."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from proofbook.errors import PageError
from proofbook.pages.page import Page, parse_page
from proofbook.pages.signatures import Catalogue, check_signatures
from proofbook.proof.prove import check_outputs
from proofbook.settings import Settings


def page(code: str, *signatures: str, same_text: str = "[]", evidence: str = "''") -> Page:
    listed = "\n".join(f"  - '{text}'" for text in signatures)
    return parse_page(
        f"docs/faults/{code}.md",
        f"---\nfault: {code}\nsignature:\n{listed}\nsame_text: {same_text}\nevidence: {evidence}\n---\n",
    )


LOCKED = page("TNY1", r"database (?P<name>\w+) is locked", r"lock on (?P<table>\w+) timed out")
FULL = page("TNY2", "disk is full")


def test_a_claim_has_its_line_and_the_names_in_it() -> None:
    (match,) = Catalogue([LOCKED, FULL]).claims("starting\n\x1b[31mERROR: lock on item timed out\x1b[0m\n")

    assert (match.fault, match.line) == ("TNY1", 2)
    assert match.values == {"table": "item"}
    assert match.text == "ERROR: lock on item timed out"


def test_a_log_without_faults_has_no_claims() -> None:
    assert list(Catalogue([LOCKED, FULL]).claims("all is well\n\n")) == []


def test_a_stranger_is_a_fault_outside_the_group() -> None:
    text = "database x is locked\ndisk is full"
    alone = Catalogue([LOCKED, FULL])
    together = Catalogue([page("TNY1", "is locked", same_text="[TNY2]"), FULL])

    assert [match.fault for match in alone.strangers("TNY1", text)] == ["TNY2"]
    assert together.strangers("TNY1", text) == []


@pytest.mark.parametrize(
    ("others", "fact"),
    [([], "same_text names TNY2, which has no page"), ([FULL], "TNY2 does not name TNY1 back")],
)
def test_a_group_is_named_on_both_pages(others: list[Page], fact: str) -> None:
    first = page("TNY1", "is locked", same_text="[TNY2]")

    with pytest.raises(PageError, match=fact) as caught:
        Catalogue([first, *others]).check_group(first)

    assert caught.value.place == "docs/faults/TNY1.md:5"
    assert caught.value.hint


def test_all_of_a_group_name_the_same_group() -> None:
    pages = [
        page("TNY1", "a", same_text="[TNY2, TNY3]"),
        page("TNY2", "a", same_text="[TNY1]"),
        page("TNY3", "a", same_text="[TNY1, TNY2]"),
    ]

    with pytest.raises(PageError, match="TNY2 does not name TNY3"):
        Catalogue(pages).check_group(pages[0])


def test_evidence_is_in_the_symptom_of_its_own_page_and_of_no_other() -> None:
    first = page("TNY1", "is locked", same_text="[TNY2]", evidence="by (?P<who>\\w+)")
    second = page("TNY2", "is locked", same_text="[TNY1]")
    group = Catalogue([first, second])

    group.check_evidence(first, "x is locked\nby me\n")
    group.check_evidence(second, "x is locked\n")
    with pytest.raises(PageError, match="the evidence is not in the output") as caught:
        group.check_evidence(first, "x is locked\n")
    assert caught.value.place == "docs/faults/TNY1.md:6"
    with pytest.raises(PageError, match="the evidence of TNY1 is in the output of TNY2"):
        group.check_evidence(second, "x is locked\nby me\n")


def test_what_is_seen_near_a_text_is_in_the_symptom_of_its_page() -> None:
    text = "---\nfault: TNY1\nsignature: is locked\nquestion: Was it at night?\nseen_while: ^at night$\n---\n"
    only = Catalogue([parse_page("docs/faults/TNY1.md", text)])

    only.check_seen_while(only.pages["TNY1"], "web-1  | at night\nx is locked\n")
    with pytest.raises(PageError, match="seen_while is not in the output") as caught:
        only.check_seen_while(only.pages["TNY1"], "one day\nx is locked\n")
    assert caught.value.place == "docs/faults/TNY1.md:5"


def test_a_group_that_both_pages_name_is_right() -> None:
    first, second = page("TNY1", "a", same_text="[TNY2]"), page("TNY2", "a", same_text="[TNY1]")

    Catalogue([first, second]).check_group(first)


@pytest.mark.parametrize("pattern", ["(", "(?=x)", "(?!x)", "(?<=x)y", r"(a)\1", "[z-a]", "a{2000}"])
def test_a_signature_that_not_all_engines_share_is_told(pattern: str, capfd: pytest.CaptureFixture[str]) -> None:
    (error,) = check_signatures(page("TNY1", pattern))

    assert error.place == "docs/faults/TNY1.md:3"
    assert "signature cannot be used" in error.fact
    assert capfd.readouterr().err == ""


def test_a_signature_that_cannot_be_used_hinders_no_other() -> None:
    found = Catalogue([page("TNY1", "(?=x)"), FULL]).claims("disk is full")

    assert [match.fault for match in found] == ["TNY2"]


def test_a_hostile_line_takes_linear_time() -> None:
    hostile = Catalogue([page("TNY1", r"(\w+\s*)+!")])

    def work(words: int) -> float:
        began = time.process_time()
        assert list(hostile.claims("a " * words)) == []
        return time.process_time() - began

    few, many = (min(work(words) for _ in range(5)) for words in (20_000, 320_000))
    assert many < 100 * few, "sixteen times the text takes about as many times as long, and no square of that"


def test_a_group_and_its_evidence_are_looked_at_again_after_each_run(tmp_path: Path) -> None:
    first = page("TNY1", "is locked", same_text="[TNY2]", evidence="by me")
    second = page("TNY2", "is locked", same_text="[TNY1, TNY3]")
    (tmp_path / ".proofbook/outputs").mkdir(parents=True)
    (tmp_path / ".proofbook/outputs/TNY2.18.log").write_text("x is locked\nby me\n")

    told = "\n".join(check_outputs(Settings(tmp_path), Catalogue([first, second])))

    assert "TNY1 does not name TNY3" in told
    assert "the evidence of TNY1 is in the output of TNY2" in told


@pytest.mark.parametrize(
    "carried",
    [
        "web-1  | ",
        "2026-11-22T10:00:00.123456789Z ",
        "2026-11-22T10:00:00.123456789Z stderr F ",
        "2026-11-22T10:00:00+01:00 ",
        "[pod/web-7d9f/web] 2026-11-22T10:00:00Z ",
        "web_1    | 2026-11-22T10:00:00Z ",
    ],
)
def test_what_carried_a_line_is_no_part_of_it(carried: str) -> None:
    anchored = Catalogue([page("TNY1", "^disk is full$")])

    (match,) = anchored.claims(f"starting\n{carried}disk is full\n")

    assert (match.line, match.text) == (2, f"{carried}disk is full")


@pytest.mark.parametrize(
    "line", ["the disk is full", "| disk is full", "note: disk is full", "north | disk is full", "2026 disk is full"]
)
def test_what_a_program_wrote_itself_stays(line: str) -> None:
    assert list(Catalogue([page("TNY1", "^disk is full$")]).claims(line)) == []
