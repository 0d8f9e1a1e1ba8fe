"""A page is read once: front matter, headings, snippets with the role of their heading."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.repository import CASES

from proofbook.errors import PageError
from proofbook.pages.page import Page, is_plain_assignments, parse_page, read_page


@pytest.fixture
def page() -> Page:
    return read_page(CASES / "tiny/docs/faults/TNY101.md", "docs/faults/TNY101.md")


def test_the_front_matter_of_a_fault_page(page: Page) -> None:
    assert (page.fault, page.title) == ("TNY101", "The service is down")
    assert page.signatures == (r"service is down: reason (?P<reason>\d+)",)
    assert (page.runbook, page.runbook_name) == ("mend --to $STATE", "mend")


def test_the_heading_gives_the_role(page: Page) -> None:
    assert [snippet.language for snippet in page.under("Diagnose")] == ["bash", "sql"]
    assert [str(snippet) for snippet in page.under("Roll back")] == ["docs/faults/TNY101.md:74"]


def test_what_does_not_run_is_not_under_its_heading() -> None:
    page = parse_page("x.md", '---\nfault: x\n---\n## Fix\n\n```bash {unproven="a"}\nx\n```\n\n```text\nx\n```\n')

    assert page.under("Fix") == []


def test_values_are_the_fence_that_runs() -> None:
    page = parse_page("x.md", "---\nfault: x\n---\n```text\nA=1\n```\n\n```bash\nA=2\n```\n")

    assert page.values is not None
    assert page.values.code == "A=2\n"


def test_a_page_about_no_fault_has_no_roles() -> None:
    page = parse_page("x.md", "# Fix\n\n## Fix\n\n```bash\nls\n```\n")

    assert [snippet.role for snippet in page.snippets] == [""]


def test_a_key_in_the_text_is_not_taken_for_front_matter() -> None:
    page = parse_page("x.md", "---\ntitle: A\n---\n\nrunbook: none\n")

    assert page.line_of("runbook") == 1


@pytest.mark.parametrize(
    ("code", "is_plain"),
    [
        ("A=1\nB='two words'\nC=\"$\"\n", False),
        ("A=1\nB='two words'\nC=\"x y\"\n\n# why\nD=\n", True),
        ("A=$(id)\n", False),
        ("A=$(mktemp -d)\n", True),
        ("A=$(mktemp -d; id)\n", False),
        ("A=$(mktemp -d)/$(id)\n", False),
        ("A=`id`\n", False),
        ("A=1; rm x\n", False),
        ("A=1 B=2\n", False),
        ("export A=1\n", False),
        ('A="$B"\n', False),
        ("ls\n", False),
    ],
)
def test_plain_assignments(code: str, is_plain: bool) -> None:
    assert is_plain_assignments(code) is is_plain


def test_a_binary_page_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "x.md").write_bytes(b"# A\n\n\x89PNG\xff\n")

    with pytest.raises(PageError, match=r"docs/x\.md:3: is not UTF-8 text\nhint: save it as UTF-8"):
        read_page(tmp_path / "x.md", "docs/x.md")


def test_a_page_with_a_nul_byte_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.md").write_bytes(b"# A\n\0\n")

    with pytest.raises(PageError, match=r"docs/x\.md:2: holds a NUL byte"):
        read_page(tmp_path / "x.md", "docs/x.md")


def test_an_unreadable_page_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.md").symlink_to(tmp_path / "absent")

    with pytest.raises(PageError, match=r"docs/x\.md: cannot be read: No such file"):
        read_page(tmp_path / "x.md", "docs/x.md")


def test_an_inclusion_keeps_its_place_and_its_text() -> None:
    page = parse_page("x.md", '# A\n\n```bash\n--8<-- "a.sh"\nlast\n```\n', {"a.sh": "one\ntwo"}.__getitem__)

    assert page.snippets[0].code == "one\ntwo\nlast\n"
    assert page.snippets[0].code_lines == (4, 4, 5)
