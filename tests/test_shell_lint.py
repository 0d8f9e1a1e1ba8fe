"""What hides a failure, what nobody can run and what destroys is told at collection, at its line."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from tests.repository import CASES, ROOT

from proofbook.errors import PageError
from proofbook.pages.page import parse_page
from proofbook.pages.page_format import check_page
from proofbook.pages.reading import checked_page, page_files
from proofbook.settings import read_settings

READ = tomllib.loads((CASES / "shell_lint/cases.toml").read_text())
ABOVE = 9


def errors(case: dict[str, str]) -> list[PageError]:
    fence = f"```{case.get('language', 'bash')}{case.get('options', '')}\n{case['code'].rstrip()}\n```\n"
    text = f"---\ntitle: A page\nfault: T1\n---\nText.\n\n## {case.get('role', 'Fix')}\n\n{fence}"
    return list(check_page(parse_page("docs/T1.md", text)))


@pytest.mark.parametrize("name", READ)
def test_a_flaw_is_told_at_its_line(name: str) -> None:
    says = [(int(row) + ABOVE, fact) for row, _, fact in (line.partition(": ") for line in READ[name].get("says", []))]

    told = errors(READ[name])

    assert [(error.place, error.fact) for error in told] == [(f"docs/T1.md:{line}", fact) for line, fact in says]
    assert all(error.hint for error in told)


@pytest.mark.parametrize("language", ["diff", "output", "text"])
def test_what_is_no_command_is_left_alone(language: str) -> None:
    told = errors({"language": language, "code": "set +e\nkill -9 1\ndelete from item"})

    assert not {error.fact for error in told} & {"set +e hides failures", "kill -9", "DELETE without WHERE"}


def test_no_page_has_a_flaw() -> None:
    settings = read_settings(ROOT)

    assert [checked_page(file, settings).path for file in page_files(settings)]


def test_the_syntax_is_known_to_the_locked_requirements() -> None:
    assert "tree-sitter-bash==" in (ROOT / "requirements/site.txt").read_text()
    assert "tree-sitter-bash" in Path(ROOT / "pyproject.toml").read_text()
