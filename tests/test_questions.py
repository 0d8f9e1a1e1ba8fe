"""A decision tree is grown from a file of questions and the answers that fault pages name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from proofbook.errors import PageError, ProofbookError
from proofbook.pages.page import Page, parse_page
from proofbook.pages.questions import check_path, grow, read_trees
from proofbook.site.tree import GAP, STEP, WIDTH, as_drawing, as_list

CASES = Path(__file__).parent / "cases" / "questions"
ASKED = read_trees(CASES / "good.toml")["shelves"]


def fault(code: str, tree: str) -> Page:
    return parse_page(f"docs/faults/{code}.md", f"---\nfault: {code}\ntitle: The {code} & more\ntree: {tree}\n---\n")


HIGH, LOW, LOST = (
    fault("TNY1", "{stands: crooked, side: left}"),
    fault("TNY2", "{stands: crooked, side: right}"),
    fault("TNY3", "{stands: not-at-all}"),
)


def test_a_tree_is_grown_from_the_pages() -> None:
    root = grow("shelves", ASKED, [LOW, LOST, HIGH])

    crooked, absent = root.branches
    assert root.question == ASKED["stands"]
    assert [[page.fault for page in each.pages] for each in crooked.branches] == [["TNY1"], ["TNY2"]]
    assert [page.fault for page in absent.pages] == ["TNY3"]


def test_two_pages_may_share_all_answers() -> None:
    twin = fault("TNY0", "{stands: not-at-all}")

    root = grow("shelves", ASKED, [HIGH, LOW, LOST, twin])

    assert [page.fault for page in root.branches[1].pages] == ["TNY0", "TNY3"]


@pytest.mark.parametrize(
    ("output", "answer"),
    [("it is crooked, to the left", "crooked"), ("nothing\nno shelf there", "not-at-all"), ("", None)],
)
def test_the_first_answer_that_fits_is_given(output: str, answer: str | None) -> None:
    given = ASKED["stands"].answer(output)

    assert (given and given.key) == answer


def test_an_answer_without_a_pattern_fits_what_is_left() -> None:
    assert [ASKED["side"].answer(text).key for text in ("to the left", "no idea")] == ["left", "right"]


@pytest.mark.parametrize(
    ("pages", "fact"),
    [
        ([HIGH, LOST], "answer 'right' of 'side' leads to no page"),
        ([HIGH, LOW, LOST, fault("TNY4", "{stands: crooked}")], "stops where another page asks 'side'"),
        ([HIGH, fault("TNY4", "{stands: crooked, again: yes}")], "asks 'again' where another page asks 'side'"),
        ([fault("TNY4", "{side: left}")], "asks 'side' where another page asks 'stands'"),
    ],
)
def test_a_tree_that_leads_nowhere_is_told(pages: list[Page], fact: str) -> None:
    with pytest.raises(ProofbookError, match=fact):
        grow("shelves", ASKED, pages)


@pytest.mark.parametrize(
    ("tree", "fact"),
    [("{nobody: left}", "nothing asks 'nobody'"), ("{stands: upside-down}", "'upside-down' is no answer to 'stands'")],
)
def test_an_unknown_step_has_its_place(tree: str, fact: str) -> None:
    (error,) = check_path(fault("TNY1", tree), ASKED)

    assert isinstance(error, PageError)
    assert (error.place, error.fact) == ("docs/faults/TNY1.md:4", fact)


@pytest.mark.parametrize(
    ("case", "fact"),
    [
        ("no-command.toml", "the question is not whole"),
        ("bad-pattern.toml", "the pattern of answer 'crooked'"),
        ("fits-all-first.toml", "an answer without `matches` fits all"),
        ("no-toml.toml", "cannot be read"),
    ],
)
def test_bad_questions_are_told(case: str, fact: str) -> None:
    with pytest.raises(ProofbookError, match=fact):
        read_trees(CASES / case)


def test_without_a_file_there_are_no_trees(tmp_path: Path) -> None:
    assert read_trees(tmp_path / "none.toml") == {}


def test_the_list_reads_without_a_script() -> None:
    root = grow("shelves", ASKED, [HIGH, LOW, LOST])

    text = as_list("docs/guide/tree.md", root)

    assert text.splitlines()[0].startswith("- **How does the shelf stand?** <code>look &#45;&#45;at shelf</code>")
    assert "            - to the left → [TNY1 The TNY1 &#38; more](../faults/TNY1.md)" in text
    assert "    - crooked → go on:\n\n        - **" in text
    assert text.index("no shelf") > text.index("TNY2")


def test_the_drawing_holds_every_question_and_links_every_page() -> None:
    root = grow("shelves", ASKED, [HIGH, LOW, LOST])

    drawn = as_drawing("docs/guide/tree.md", root)

    assert drawn.count("<rect") == 5
    assert drawn.count("<path") == 4
    assert [f'href="../../faults/{code}/"' in drawn for code in ("TNY1", "TNY2", "TNY3")] == [True, True, True]


def test_the_drawing_grows_down_and_not_wide() -> None:
    """Whatever is asked on stands below; only what is found stands beside its question."""
    drawn = as_drawing("docs/guide/tree.md", grow("shelves", ASKED, [HIGH, LOW, LOST]))

    places = [int(x) for x in re.findall(r'<rect x="(\d+)"', drawn)]

    assert sorted(set(places)) == [0, STEP, WIDTH + GAP, STEP + WIDTH + GAP]
