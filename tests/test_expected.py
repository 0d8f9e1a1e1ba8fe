"""An output fence holds when it says what was printed; cases are in `cases/expected`."""

from __future__ import annotations

import tomllib

import pytest
from tests.repository import CASES

from proofbook.pages.expected import difference, matches

READ = tomllib.loads((CASES / "expected/cases.toml").read_text())


@pytest.mark.parametrize("name", READ)
def test_matches(name: str) -> None:
    case = READ[name]

    assert matches(case["expects"], case["printed"]) is case["fits"]


def test_difference_names_the_first_line_without_a_partner() -> None:
    text = difference("one\n...\nthree\nfour", "one\ntwo\nthree\nfive\n")

    assert text.startswith("the page expects:\n  four\n")
    assert "  five" in text


def test_difference_says_when_too_much_was_printed() -> None:
    assert "(end of output)" in difference("one", "one\ntwo")


def test_difference_of_a_long_output_is_short() -> None:
    text = difference("x", "\n".join(map(str, range(1000))))

    assert len(text.splitlines()) < 60
    assert "(...)" in text
