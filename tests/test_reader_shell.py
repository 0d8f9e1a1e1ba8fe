"""What the commands of the migration pages do in a reader's shell: no errexit, other settings, more migrations."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from tests.repository import ROOT

from proofbook.pages.page import Page
from proofbook.pages.reading import checked_page, page_files
from proofbook.pages.roles import VALUES
from proofbook.pages.shell_tree import parse, statements, text, words
from proofbook.pages.snippets import Snippet
from proofbook.settings import read_settings

SETTINGS = read_settings(ROOT)
# the families whose Verify says in a word that it holds
PAGES = [checked_page(file, SETTINGS) for file in page_files(SETTINGS) if re.fullmatch(r"MIG\d+", file.stem)]
AIMED = [
    each
    for page in PAGES
    for each in page.snippets
    if re.search(r"DATABASE_URL=.*?manage\.py migrate", each.code, re.DOTALL)
]
FORGETTING = [
    (page, each)
    for page in PAGES
    for each in page.snippets
    if each.role == "Roll back" and re.search(r"migrate .*--fake", each.code)
]
PROGRAMS = ("python", "createdb", "dropdb", "pg_dump", "psql", "git")
CANNOT_FAIL_FOR_ITSELF = re.compile(r'\w+=.*|dropdb --if-exists "\$\w+"|echo .*', re.DOTALL)


def says(code: str, expected: str | None) -> bool:
    """Tell whether a Verify ends with its word, and whether a failure before it keeps the word back."""
    *before, last = statements(parse(code))
    heard = all(CANNOT_FAIL_FOR_ITSELF.fullmatch(text(each)) for each in before)
    spoken = last.type == "list" and text(last).endswith('&& echo "verified"')
    by_psql = words(last.named_children[0])[:1] == ["psql"] and "ON_ERROR_STOP" in text(last)
    return heard and (spoken or by_psql) and (expected or "").splitlines()[-1:] == ["verified"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: Path(page.path).stem)
def test_verify_says_a_word_and_only_where_it_holds(page: Page) -> None:
    last = [each for each in page.snippets if each.role == "Verify" and each.language == "bash"][-1]

    assert says(last.code, last.expected)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("python manage.py migrate --check\n", None),
        ('python manage.py migrate --check\npython manage.py check && echo "verified"\n', "verified"),
        ("python manage.py migrate --check\necho verified\n", "verified"),
        ('test "$may" = t\npython manage.py migrate --check && echo "verified"\n', "verified"),
        ('python manage.py migrate --check && echo "verified"\n', "No changes detected"),
    ],
)
def test_a_verify_that_is_silent_is_found(code: str, expected: str | None) -> None:
    assert not says(code, expected)


def called(snippet: Snippet, folder: Path, answer: str, values: str = "") -> list[str]:
    """Give what a fence calls in an interactive reader's shell, whose programs answer every question alike."""
    (folder / "bin").mkdir()
    for name in PROGRAMS:
        program = folder / "bin" / name
        program.write_text(
            f'#!/bin/bash\ncat > /dev/null\necho "{name} $*" >> {folder}/calls\nprintf "%s\\n" "{answer}"\n'
        )
        program.chmod(0o755)
    environment = {
        "PATH": f"{folder}/bin:{os.environ['PATH']}",
        "PGDATABASE": "real",
        "DATABASE_URL": "postgresql:///real",
    }
    subprocess.run(
        ["bash", "-c", f"{values}\n{snippet.code}"], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
        capture_output=True, check=False,
    )  # fmt: skip
    return (folder / "calls").read_text().splitlines()


@pytest.mark.parametrize(
    "snippet", [each for each in AIMED if "SUPERUSER_URL" not in each.code], ids=lambda each: each.name
)
def test_no_other_database_is_migrated_where_the_settings_name_it(snippet: Snippet, tmp_path: Path) -> None:
    asked = called(snippet, tmp_path, "real", "APP=orders; BEFORE=0014; MIGRATION=0015_x; NEW=v2; TABLE=t")

    assert any("current_database()" in call for call in asked)
    assert not [call for call in asked if "manage.py migrate" in call]


@pytest.mark.parametrize(("planned", "forgets"), [(1, True), (2, False)])
@pytest.mark.parametrize(("page", "snippet"), FORGETTING, ids=lambda each: getattr(each, "name", None))
def test_only_the_record_that_the_fix_wrote_is_forgotten(
    page: Page, snippet: Snippet, planned: int, forgets: bool, tmp_path: Path
) -> None:
    plan = "\n".join(["Planned operations:", *(f"orders.00{15 + n}_x\n    Undo it" for n in range(planned))])
    values = next(each for each in page.snippets if each.role == VALUES)

    asked = called(snippet, tmp_path, plan, values.code)

    assert any("--fake" in call for call in asked) is forgets


def test_there_are_such_pages() -> None:
    assert len(PAGES) > 30
    assert len(AIMED) >= 7
    assert len(FORGETTING) == 3
