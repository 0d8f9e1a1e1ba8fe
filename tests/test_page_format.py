"""Every breach of the rules for any page is told, with place, fact and hint."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from tests.repository import CASES

from proofbook.errors import PageError
from proofbook.pages.reading import checked_page
from proofbook.settings import Settings

READ = tomllib.loads((CASES / "page_format/guides.toml").read_text())


def told_of(text: str, root: Path) -> list[str]:
    file = root / "docs/guide.md"
    file.parent.mkdir()
    file.write_bytes(text.encode())
    try:
        checked_page(file, Settings(root))
    except PageError as error:
        return str(error).replace("docs/guide.md", "PAGE").splitlines()
    return []


@pytest.mark.parametrize("name", READ)
def test_a_breach_is_told(name: str, tmp_path: Path) -> None:
    says = READ[name].get("says", [])

    told = told_of(READ[name]["text"], tmp_path)

    assert len(told) == len(says), told
    assert [line[: len(said)] for line, said in zip(told, says, strict=True)] == says
