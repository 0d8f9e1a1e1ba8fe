"""What a fault page has its readers paste fits other projects than the lab, and leaves nothing of what it tries."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import pytest
from tests.repository import ROOT

from proofbook.pages.page import Page, parse_page
from proofbook.pages.reading import checked_page, page_files
from proofbook.settings import read_settings

TO_A_NUMBER = re.compile(r"\bmigrate\s+(?!-)\S+\s+[\"']?(?:\d{4}|zero\b)")
LOGS_IN = re.compile(r"\bforce_login\(")
TAKEN_BACK = re.compile(r"\bset_rollback\(True\)")


def back_to_a_number(pages: Iterable[Page]) -> Iterator[str]:
    """Give the commands that would unapply a reader's migrations down to a number of the lab's."""
    for page in pages:
        for heading in ("Fix", "Roll back"):
            yield from (str(each) for each in page.under(heading) if TO_A_NUMBER.search(each.code))


def left_logged_in(pages: Iterable[Page]) -> Iterator[str]:
    """Give the commands that log a reader's user in and keep the session."""
    for page in pages:
        code = (each for each in page.snippets if each.runs and LOGS_IN.search(each.code))
        yield from (str(each) for each in code if not TAKEN_BACK.search(each.code))


@pytest.fixture(scope="module")
def fault_pages() -> list[Page]:
    settings = read_settings(ROOT)
    files = (file for file in page_files(settings) if file.parent == ROOT / "docs/faults")
    return [page for page in (checked_page(file, settings) for file in files) if page.fault]


def test_no_way_back_ends_at_a_migration_of_the_lab(fault_pages: list[Page]) -> None:
    assert len(fault_pages) > 90
    assert list(back_to_a_number(fault_pages)) == []


def test_nobody_is_left_logged_in(fault_pages: list[Page]) -> None:
    assert list(left_logged_in(fault_pages)) == []


@pytest.mark.parametrize(
    ("command", "is_told"),
    [
        ("python manage.py migrate orders 0015 && rm x", True),
        ("python manage.py migrate $APP 0015", True),
        ("python manage.py migrate orders zero", True),
        ('python manage.py migrate "$APP" "$BEFORE"', False),
        ("python manage.py migrate --check", False),
        ("python manage.py migrate orders", False),
    ],
)
def test_a_number_is_told(command: str, is_told: bool) -> None:
    page = parse_page("x.md", f"---\nfault: x\n---\n## Roll back\n\n```bash\n{command}\n```\n")

    assert bool(list(back_to_a_number([page]))) == is_told


@pytest.mark.parametrize(
    ("code", "is_told"),
    [("client.force_login(user)", True), ("client.force_login(user)\ntransaction.set_rollback(True)", False)],
)
def test_a_session_that_stays_is_told(code: str, is_told: bool) -> None:
    page = parse_page("x.md", f"---\nfault: x\n---\n## Symptom\n\n```bash\n{code}\n```\n")

    assert bool(list(left_logged_in([page]))) == is_told
