"""Records are kept per page and version, and damage is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.repository import ROOT

from proofbook.errors import ProofbookError
from proofbook.proof.records import PASSED, Record, Records, as_json, commit_of, tree_hash

EIGHTEEN = {"PostgreSQL": "18.4", "Django": "5.2"}
RECORD = Record("docs/a.md::fix-works", PASSED, 0.5, "2025-01-02T03:04:05Z", "abc", EIGHTEEN, "h1")


@pytest.fixture
def records(tmp_path: Path) -> Records:
    return Records(tmp_path / "records")


def test_a_record_names_its_page_its_test_and_its_server() -> None:
    assert (RECORD.page, RECORD.name, RECORD.postgres) == ("docs/a.md", "fix-works", "18")


def test_what_is_put_is_found_again(records: Records) -> None:
    records.put([RECORD])

    assert records.of_page("docs/a.md") == [RECORD]
    assert records.of_page("docs/b.md") == []


def test_a_new_record_replaces_the_old_one_of_its_version_only(records: Records) -> None:
    sixteen = replace(RECORD, versions={"PostgreSQL": "16.14"})
    failed = replace(RECORD, state="failed", hash="h2")
    records.put([RECORD, sixteen])

    records.put([failed])

    assert {(record.postgres, record.state) for record in records.of_page("docs/a.md")} == {
        ("18", "failed"),
        ("16", PASSED),
    }


def test_pages_are_kept_apart(records: Records) -> None:
    other = replace(RECORD, id="docs/faults/b.md::x")
    records.put([RECORD, other])

    assert records.of_page("docs/faults/b.md") == [other]
    assert list(records.all()) == [RECORD, other]


@pytest.mark.parametrize("text", ["", "[{", "null", '[{"id": "x"}]', "[1]", '"x"'])
def test_a_damaged_file_is_told(text: str, records: Records, tmp_path: Path) -> None:
    file = tmp_path / "records/docs/a.md.json"
    file.parent.mkdir(parents=True)
    file.write_text(text)

    with pytest.raises(ProofbookError, match="is damaged") as caught:
        records.of_page("docs/a.md")

    assert caught.value.place == str(file)
    assert caught.value.hint == "remove the file; the page is proven again"


def test_nothing_partial_is_left(records: Records, tmp_path: Path) -> None:
    records.put([RECORD])

    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == ["a.md.json"]


def test_the_published_form() -> None:
    published = as_json([RECORD], "2025-01-02", "abc")

    assert published["proofs"][0]["id"] == RECORD.id
    assert published["commit"] == "abc"


def test_a_tree_hash_sees_names_contents_and_what_may_be_run(tmp_path: Path) -> None:
    file = tmp_path / "a/b.txt"
    file.parent.mkdir()
    seen = set()
    for text, mode in (("x", 0o644), ("y", 0o644), ("x", 0o755)):
        file.write_text(text)
        file.chmod(mode)
        seen.add(tree_hash([tmp_path], tmp_path))
    (tmp_path / "a/c.pyc").write_text("x")
    file.rename(tmp_path / "a/d.txt")
    seen.add(tree_hash([tmp_path], tmp_path))

    assert len(seen) == 4


def test_without_git_no_commit_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert commit_of(ROOT)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert commit_of(ROOT) == ""
