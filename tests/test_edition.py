from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.repository import LAB_PYTHON, copy_tiny

from proofbook.errors import PageError
from proofbook.proof.fingerprint import fingerprint, lab_versions
from proofbook.proof.prove import names_of
from proofbook.proof.records import PASSED, Record, Records
from proofbook.site.edition import Edition, expand, read_edition
from proofbook.site.standing import CHANGED, NEVER

FAULT = "docs/faults/TNY101.md"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return copy_tiny(tmp_path / "tiny")


def prove_all(edition: Edition, **changes: str) -> None:
    """Write the records a run would write for the fault page."""
    page, settings = edition.pages[FAULT], edition.settings
    versions = lab_versions(settings, "18")
    digest = fingerprint(page, settings, versions)
    records = [
        Record(f"{FAULT}::{name}", PASSED, 1.0, "2026-11-22T10:00:00+00:00", "abc", {**versions, **changes}, digest)
        for name in names_of(page)
    ]
    Records(settings.store / "records").put(records)


def state_of(edition: Edition) -> str:
    page = edition.pages[FAULT]
    return edition.ledger(page).together(names_of(page)).state


def test_a_page_is_proven_from_its_records(root):
    prove_all(read_edition(root))

    assert state_of(read_edition(root)) == PASSED
    assert not read_edition(root).ledger(read_edition(root).pages[FAULT]).unsure


def test_a_page_without_records_is_not(root):
    assert state_of(read_edition(root)) == NEVER


@pytest.mark.parametrize("path", [FAULT, "lab/faults/tny101.py", "runbooks/mend.py"])
def test_a_change_to_what_was_proven_shows_without_proving(root, path):
    prove_all(read_edition(root))

    (root / path).write_text((root / path).read_text("utf-8") + "\n", "utf-8")

    assert state_of(read_edition(root)) == CHANGED


def test_without_the_lab_the_rest_is_compared_and_the_doubt_is_kept(root):
    prove_all(read_edition(root))
    settings = (root / "pyproject.toml").read_text("utf-8")
    (root / "pyproject.toml").write_text(settings.replace(str(LAB_PYTHON), "nowhere/bin/python"), "utf-8")

    edition = read_edition(root)
    page = edition.pages[FAULT]

    assert edition.ledger(page).unsure
    assert state_of(edition) == PASSED
    (root / FAULT).write_text(page.text + "\n", "utf-8")
    assert state_of(read_edition(root)) == CHANGED


def test_published_proofs_tell_stale_ones_apart(root):
    prove_all(read_edition(root))
    fresh = read_edition(root).proofs()["proofs"]
    (root / FAULT).write_text((root / FAULT).read_text("utf-8") + "\n", "utf-8")

    assert {proof["current"] for proof in fresh} == {True}
    assert {proof["current"] for proof in read_edition(root).proofs()["proofs"]} == {False}


def test_a_runbook_knows_the_pages_that_name_it_and_those_that_call_it(root):
    (root / "docs/guide.md").write_text("```bash\npython runbooks/mend.py --to up\n```\n", "utf-8")
    (root / "docs/other.md").write_text("The mend runbook is nice.\n", "utf-8")

    assert {page.path for page in read_edition(root).users("mend")} == {FAULT, "docs/guide.md"}


def test_a_page_that_cannot_be_read_is_named(root):
    (root / "docs/broken.md").write_text("---\ntitle: [\n---\n", "utf-8")

    with pytest.raises(PageError, match=r"docs/broken\.md:\d+: front matter is broken"):
        read_edition(root).pages  # noqa: B018


def test_a_folder_that_is_no_repository_has_no_commit(root, tmp_path):
    shutil.rmtree(root / ".git", ignore_errors=True)

    assert read_edition(root).proofs()["commit"] == ""


def test_without_git_there_is_no_commit(root, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    assert read_edition(root).proofs()["commit"] == ""


def test_patterns_in_the_navigation_become_pages_and_empty_sections_go():
    nav = [
        "index.md",
        {"Faults": ["faults/index.md", {"One": ["faults/A*.md"]}, {"Two": ["faults/Z*.md"]}]},
        {"R": ["r/*.md"]},
    ]
    paths = ["faults/A2.md", "faults/A1.md", "faults/index.md", "r/a.md", "r/index.md"]

    assert expand(nav, paths) == [
        "index.md",
        {"Faults": ["faults/index.md", {"One": ["faults/A1.md", "faults/A2.md"]}]},
        {"R": ["r/index.md", "r/a.md"]},
    ]


def test_the_faults_of_one_text_are_shown_together(root):
    text = (root / FAULT).read_text("utf-8")
    for code, other in (("TNY101", "TNY102"), ("TNY102", "TNY101")):
        grouped = text.replace("impact:", f"same_text: [{other}]\nquestion: Is it {code}?\nimpact:")
        (root / f"docs/faults/{code}.md").write_text(grouped.replace("fault: TNY101", f"fault: {code}"), "utf-8")

    shown = read_edition(root).decorated(FAULT, "../../")

    assert "Is it TNY101?" in shown
    assert "| Is it TNY102? | [TNY102 The service is down](TNY102.md) |" in shown


def test_a_page_leads_back_to_those_that_name_it(root):
    (root / FAULT).write_text((root / FAULT).read_text("utf-8").replace("Nothing.", "- [The guide](../guide.md)"))

    assert "- [TNY101 The service is down](faults/TNY101.md) names this page" in read_edition(root).decorated(
        "docs/guide.md", "../"
    )
