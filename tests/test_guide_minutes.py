"""A page of the guides is read in five minutes, the first hour in less than one. Words are counted, not time."""

from __future__ import annotations

import re

import pytest
from tests.repository import ROOT

from proofbook.pages.reading import loader
from proofbook.site.edition import read_edition
from proofbook.site.plain import plain_page

MOST, WORDS, LINES = 5.0, 220, 40
FIRST, HOUR, MACHINE = "docs/onboarding.md", 60.0, 180.0
PAGES = read_edition(ROOT).pages
GUIDES = [path for path in PAGES if path.startswith(("docs/migrations/", "docs/deployment/"))]
FENCE = re.compile(r"^([ ]*)(`{3,})[^`\n]*\n(?P<code>.*?)^\1\2[ ]*$", re.DOTALL | re.MULTILINE)
# what is between the words: comments, drawings, other marks of HTML, where links lead, the line of a macro
UNREAD = re.compile(r"<!--.*?-->|<svg.*?</svg>|<[^<>]*>|(?<=\])\([^)\s]*\)|^\{\{.*\}\}$", re.DOTALL | re.MULTILINE)


def read_for(text: str) -> tuple[float, int, int]:
    """Give the minutes for which somebody reads a page, its words, and its lines of code and output."""
    words = len(re.findall(r"\w[\w'.-]*", UNREAD.sub("", FENCE.sub("", text))))
    lines = sum(bool(line.strip()) for fence in FENCE.finditer(text) for line in fence["code"].splitlines())
    return words / WORDS + lines / LINES, words, lines


def shown(path: str) -> str:
    """Give a page as its readers see it, inclusions in place, without what its records say."""
    return plain_page(PAGES[path], PAGES[path].text, loader(ROOT), "")


def too_long(path: str, text: str, most: float = MOST) -> str:
    """Say how long a page takes, if that is too long."""
    minutes, words, lines = read_for(text)
    if minutes <= most:
        return ""
    return (
        f"{path} takes {minutes:.1f} minutes to read: {words} words, and {lines} lines of code and output. "
        f"It may take {most:.0f} at most: move what explains, or another task, to a page of its own"
    )


@pytest.mark.parametrize("path", GUIDES)
def test_a_page_of_the_guides_is_read_in_five_minutes(path):
    assert too_long(path, shown(path)) == ""


def test_the_first_hour_is_one_for_who_reads_and_three_minutes_for_the_machine():
    text = shown(FIRST)
    figures = (ROOT / "docs/reference/figures-first-hour.txt").read_text("utf-8")
    [taken] = re.findall(rf"^│ {FIRST} │ +\d+ │ +([\d.]+) │ +[\d.]+ │$", figures, re.MULTILINE)

    assert too_long(FIRST, text, HOUR) == ""
    assert too_long(FIRST, text + "word " * WORDS * 60, HOUR)
    assert float(taken) < MACHINE
    assert "[less than three minutes](reference/performance.md)" in PAGES[FIRST].text


def test_a_page_that_is_too_long_is_told_with_its_words_and_its_code():
    words = "word " * (4 * WORDS) + "[one more](where/it#leads) <!-- not read -->\n"
    code = "```bash {exit=1}\n" + "line\n\n" * LINES + "```\n"

    assert read_for(words + code) == pytest.approx((5 + 2 / WORDS, 4 * WORDS + 2, LINES))
    assert too_long("docs/x.md", words) == ""
    assert too_long("docs/x.md", words + code).startswith(
        "docs/x.md takes 5.0 minutes to read: 882 words, and 40 lines of code and output. "
    )


def test_included_code_is_read_too():
    included = "docs/migrations/creating.md"
    lines = read_for(PAGES[included].text)[2]

    assert read_for(shown(included))[2] > lines
