"""Faults are known by the text they leave in a log."""

from __future__ import annotations

import time

import pytest

from proofbook.errors import PageError
from proofbook.pages.page import Page, parse_page
from proofbook.pages.signatures import Catalogue, check_signatures


def page(code: str, *signatures: str, same_text: str = "[]") -> Page:
    listed = "\n".join(f"  - '{text}'" for text in signatures)
    return parse_page(
        f"docs/faults/{code}.md", f"---\nfault: {code}\nsignature:\n{listed}\nsame_text: {same_text}\n---\n"
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
    hostile = page("TNY1", r"(\w+\s*)+!")
    began = time.perf_counter()

    assert list(Catalogue([hostile]).claims("a " * 100_000)) == []
    assert time.perf_counter() - began < 5
