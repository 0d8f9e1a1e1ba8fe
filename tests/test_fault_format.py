"""Every breach of the rules for fault pages is told at collection, with place, fact and hint."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from tests.repository import CASES, Repository, copy_tiny

from proofbook.pages.reading import PageErrors, checked_page
from proofbook.settings import read_settings

READ = tomllib.loads((CASES / "page_format/fault_pages.toml").read_text())
PAGE = "docs/faults/TNY101.md"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(copy_tiny(tmp_path / "tiny"))


@pytest.mark.parametrize("name", READ)
def test_a_breach_is_told(name: str, repository: Repository) -> None:
    for pair in READ[name]["page"]:
        repository.edit(PAGE, pair["old"], pair["new"])

    with pytest.raises(Exception, match=PAGE) as caught:
        checked_page(repository.root / PAGE, read_settings(repository.root))

    told = str(caught.value).replace(PAGE, "PAGE").splitlines()
    assert [line[: len(said)] for line, said in zip(told, READ[name]["says"], strict=True)] == READ[name]["says"]


def test_the_base_page_breaks_no_rule(repository: Repository) -> None:
    assert checked_page(repository.root / PAGE, read_settings(repository.root)).fault == "TNY101"


def test_all_that_is_wrong_is_told_at_once(repository: Repository) -> None:
    repository.edit(PAGE, "breaks-users", "annoys")
    repository.edit(PAGE, "## Related", "## See also")

    with pytest.raises(PageErrors) as caught:
        checked_page(repository.root / PAGE, read_settings(repository.root))

    assert len(caught.value.errors) == 2
