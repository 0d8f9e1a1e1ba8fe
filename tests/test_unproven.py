"""The ratchet: what readers see unproven can only become less."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from proofbook.pages.reading import checked_page, page_files
from proofbook.settings import read_settings

ROOT = Path(__file__).parent.parent


@pytest.mark.lesson("run-what-you-write")
def test_unproven_snippets_only_become_fewer() -> None:
    settings = read_settings(ROOT)
    pages = [checked_page(file, settings) for file in page_files(settings)]
    allowed = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["proofbook-ratchet"]["unproven"]

    unproven = [str(snippet) for page in pages for snippet in page.snippets if snippet.is_unproven]

    assert len(unproven) == allowed, f"set it to {len(unproven)} if that is less: {unproven}"
