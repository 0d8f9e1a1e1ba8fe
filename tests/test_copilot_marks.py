from __future__ import annotations

import pytest

from proofbook.copilot.marks import find_region, find_whole, with_region, with_whole, without_region
from proofbook.errors import ProofbookError

OWN = "# Mine\n\nMy words.\n"


def test_a_region_is_added_below_what_is_there_and_found_again():
    text = with_region("a.md", OWN, "ours", "here")

    assert text.startswith(OWN)
    region, *_ = find_region("a.md", text)
    assert (region.text, region.where, region.is_as_written) == ("ours", "here", True)
    assert text.splitlines()[region.line - 1] == "ours"


def test_a_region_is_replaced_in_its_place_and_taken_out_again():
    text = with_region("a.md", OWN, "ours", "here") + "\nBelow.\n"

    again = with_region("a.md", text, "new", "here")

    assert again.endswith("\n\nBelow.\n")
    assert "ours" not in again
    assert without_region("a.md", again) == OWN + "\nBelow.\n"
    assert without_region("a.md", OWN) == OWN


def test_a_change_within_the_marks_is_noticed_and_one_outside_is_not():
    text = with_region("a.md", OWN, "ours", "here")

    assert not find_region("a.md", text.replace("ours", "mine"))[0].is_as_written
    assert find_region("a.md", text.replace("My words", "Other words"))[0].is_as_written


@pytest.mark.parametrize(
    ("old", "new"),
    [("<!-- proofbook:end -->", ""), ("<!-- proofbook:begin", "<!-- begin"), ("ours", "<!-- proofbook:end -->")],
)
def test_damaged_marks_are_told_with_their_line(old, new):
    text = with_region("a.md", OWN, "ours", "here")
    assert old in text

    with pytest.raises(ProofbookError, match=r"a\.md:\d+: the marks of the generated part are damaged"):
        find_region("a.md", text.replace(old, new))


@pytest.mark.parametrize(
    ("text", "is_yaml"), [("---\nname: x\n---\n# X\n", False), ("# X\n", False), ("on: push\n", True)]
)
def test_a_whole_file_is_marked_below_its_front_matter(text, is_yaml):
    marked = with_whole(text, "here", is_yaml=is_yaml)

    assert marked.startswith(text.partition("# X")[0] if "---" in text else marked[:1])
    found = find_whole(marked)
    assert found.is_as_written
    lines = found.text.splitlines()
    assert [marked.splitlines()[found.line_of(at) - 1] for at in range(len(lines))] == lines
    assert not find_whole(marked + "more\n").is_as_written
    assert find_whole(text) is None
