from __future__ import annotations

import re

import pytest
from tests.shelf import NOW, fault_page, guide_page, proven, record

from proofbook.fences import find_fences
from proofbook.pages.page import parse_page
from proofbook.pages.snippets import make_snippets
from proofbook.proof.records import FAILED, PASSED
from proofbook.site.badges import is_unproven, let_off, standing_of, values_of, with_badges
from proofbook.site.markup import VALUES_HERE
from proofbook.site.standing import CHANGED, NEVER, Ledger

ADDED = re.compile("pb-badge|pb-values")
CLAIM = re.compile(r'pb-claim pb-([\w-]+)"><b>([^<]+)</b>')


def badge_under(markdown: str, line: str) -> str:
    """Give the text between a line of the page and the next heading."""
    return markdown.partition(f"{line}\n")[2].partition("\n##")[0]


def test_a_proven_fault_page_says_so_under_each_snippet_with_versions_and_day():
    shown = with_badges(fault_page(), proven("18.4", "16.14"))

    badge = badge_under(shown, 'wall --build "$WALL"')
    assert ("passed", "Proven") in CLAIM.findall(badge)
    assert "PostgreSQL 18.4 and 16.14" in badge
    assert ">2026&#45;11&#45;22</time>" in badge


def test_the_text_of_the_page_itself_stays_as_it_is():
    page = fault_page()

    shown = with_badges(page, proven("18.4"))

    kept = [line for line in shown.splitlines() if not ADDED.search(line) and line.strip(" >")]
    assert kept == [line for line in page.text.partition("---\n\n")[2].splitlines() if line.strip(" >")]


def test_the_place_for_the_readers_names_stands_right_above_the_fence_of_values():
    shown = with_badges(fault_page(), proven("18.4"))

    assert shown.count("pb-values") == 1
    assert f"{VALUES_HERE}\n\n```bash\nWALL=north\n" in shown


GUIDE = """# A guide

```bash
{first}
```

## A section

```bash
LATER=1
```
"""


@pytest.mark.parametrize(("first", "is_offered"), [("# yours\nSHELF=a", True), ("python a.py --x=1", False)])
def test_a_guides_values_are_assignments_and_nothing_else_above_its_first_section(first, is_offered):
    page = parse_page("docs/migrations/guide.md", GUIDE.format(first=first))

    found = values_of(page)

    assert bool(found) is is_offered
    assert with_badges(page, Ledger()).count(VALUES_HERE) == is_offered


def test_snippets_are_found_again_byte_for_byte_in_what_is_shown():
    page = fault_page()
    text = with_badges(page, proven("18.4"))

    shown = make_snippets("shown.md", text, find_fences(text), lambda _: "")

    assert [(each.language, each.code) for each in shown] == [(each.language, each.code) for each in page.snippets]


def test_a_badge_stands_after_the_expected_output_and_in_the_snippets_own_container():
    lines = with_badges(fault_page(), proven("18.4")).splitlines()

    places = [number for number, line in enumerate(lines) if "pb-badge" in line]
    assert any(lines[place].startswith("    <span") for place in places)
    assert any(lines[place].startswith("> <span") for place in places)
    output = lines.index('ERROR:  shelf "a*b" has no wall')
    assert lines[output - 2] == ""
    assert min(place for place in places if place > output) == output + 3
    assert not [place for place in places if output - 5 < place < output]


def test_a_wrong_recipe_is_never_shown_as_one_that_works():
    shown = badge_under(with_badges(fault_page(), proven("18.4")), "shelf --push")

    assert CLAIM.findall(shown) == [("refuted", "Proven not to work")]


def test_a_waived_obligation_leaves_its_snippets_unproven_with_the_reason():
    shown = badge_under(with_badges(fault_page(), proven("18.4")), 'wall --raze "$WALL"')

    assert CLAIM.findall(shown) == [(NEVER, "Unproven")]
    assert "nobody wants the broken shelf back" in shown


def test_an_unproven_snippet_gives_its_reason_as_plain_text():
    shown = with_badges(fault_page(), proven("18.4"))

    assert "<b>Unproven</b>: needs a &#42;ladder&#42;" in shown


@pytest.mark.parametrize(
    ("ledger", "words"), [(Ledger(), "Not proven"), (proven("18.4", digest="old"), "Changed since proven")]
)
def test_without_a_record_of_today_no_snippet_is_proven(ledger, words):
    claims = CLAIM.findall(with_badges(fault_page(), ledger))

    assert {word for _state, word in claims} == {words, "Unproven"}


def test_on_a_guide_each_snippet_has_its_own_record():
    page = guide_page()
    first, second = (snippet.name for snippet in page.snippets if snippet.runs)

    claims = CLAIM.findall(with_badges(page, Ledger((record(first), record(second, FAILED)), {NOW})))

    assert claims == [(PASSED, "Proven"), ("source", "From source"), (NEVER, "Unproven"), (FAILED, "Failed")]


def test_what_is_unproven_is_what_nothing_vouches_for():
    assert [snippet.language for snippet in guide_page().snippets if is_unproven(snippet)] == ["yaml"]


def test_a_page_stands_as_its_worst_obligation_and_waived_ones_do_not_count():
    page = fault_page()
    records = proven("18.4").records

    assert let_off(page) == {"rollback-works": "nobody wants the broken shelf back"}
    assert standing_of(page, Ledger(records, {NOW})).state == PASSED
    broken = [record("fix-works", FAILED) if each.name == "fix-works" else each for each in records]
    assert standing_of(page, Ledger(tuple(broken), {NOW})).state == FAILED
    without = [each for each in records if each.name != "nothing-lost"]
    assert standing_of(page, Ledger(tuple(without), {NOW})).state == NEVER
    assert standing_of(page, proven("18.4", digest="old")).state == CHANGED


def test_a_recipe_that_works_at_a_price_is_shown_with_the_price():
    page = fault_page()
    text = page.text.replace("```bash\nshelf --push", "```bash {loses=data}\nshelf --push")

    shown = badge_under(with_badges(parse_page(page.path, text), proven("18.4")), "shelf --push")

    assert CLAIM.findall(shown) == [("refuted", "Proven to lose rows")]
    assert "rows are gone" in shown
