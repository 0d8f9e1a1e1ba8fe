"""Guides, runbooks, lessons and faults lead to each other, and back."""

from __future__ import annotations

from posixpath import dirname, relpath

import pytest
from tests.repository import ROOT

from proofbook.site.backlinks import named_under_related
from proofbook.site.edition import read_edition

EDITION = read_edition(ROOT)
PAGES = EDITION.pages
FOLDERS = {"runbook": "docs/runbooks/", "lesson": "docs/lessons/", "fault": "docs/faults/"}
OF_GUIDES = ("docs/migrations/", "docs/deployment/")
GUIDES = [path for path in PAGES if path.startswith(OF_GUIDES) and not path.endswith("/index.md")]
LESSONS = [lesson.page.path for lesson in EDITION.lessons]


def targets(path: str) -> set[str]:
    """Give the runbooks, lessons, faults and guides that a page names under Related."""
    named = {each for each in named_under_related(PAGES[path]) if each in PAGES and not each.endswith("/index.md")}
    return {each for each in named if each.startswith((*FOLDERS.values(), *OF_GUIDES))}


def kinds(path: str) -> set[str]:
    return {kind for kind, folder in FOLDERS.items() if any(each.startswith(folder) for each in targets(path))}


def leads_to(source: str, target: str) -> bool:
    """Tell whether a page as the site shows it has a link to another, its anchor aside."""
    href = relpath(target, dirname(source))
    return any(f"]({href}{end}" in EDITION.decorated(source, "") for end in (")", "#"))


@pytest.mark.parametrize("path", GUIDES)
def test_a_guide_names_its_runbook_its_lesson_and_the_faults_it_prevents(path):
    assert kinds(path) == set(FOLDERS)


@pytest.mark.parametrize("path", LESSONS)
def test_a_lesson_names_a_runbook_or_fault_and_a_page_that_tells_more(path):
    assert kinds(path) & {"runbook", "fault"}
    assert len(targets(path)) >= 2


@pytest.mark.parametrize("path", [*GUIDES, *LESSONS])
def test_what_a_page_names_leads_back_to_it(path):
    assert [each for each in sorted(targets(path)) if not leads_to(each, path)] == []


def test_every_fault_has_a_lesson_behind_it_or_is_named_by_a_guide():
    named = set().union(*map(targets, [*GUIDES, *LESSONS]))
    first = {"BAK101", "ENV101", "MIG101", "MIG102", "MIG106", "MIG201", "MIG207", "MIG215", "TEN101"}

    assert {f"docs/faults/{code}.md" for code in first} <= named


def test_a_link_that_is_missing_would_be_noticed():
    assert leads_to("docs/faults/MIG106.md", "docs/lessons/migrations/commit-the-migration.md")
    assert not leads_to("docs/faults/MIG106.md", "docs/lessons/tenancy/number-per-tenant.md")
