"""Commands that a page only shows, under Impact, Cause or Related, are inclusions of files that tests know."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from tests.repository import ROOT, Repository, copy_tiny

from proofbook.pages.page import Page
from proofbook.pages.reading import checked_page, page_files
from proofbook.settings import read_settings

PAGE = "docs/faults/TNY101.md"
IN_HOME = re.compile(r"(?:\$HOME|\$\{HOME\}|(?<![\w/])~)/")
SAID = re.compile(r"\bhome folder\b|`\$HOME` stands for|`~/")
SHOWN = '```bash\n--8<-- "runbooks/old_way.sh"\n```\n'


def untested(pages: Iterable[Page], tests: str) -> list[str]:
    """Give the command files that pages show and that no test names."""
    shown = {
        snippet.reason.removeprefix("from source ").partition(":")[0]
        for page in pages
        for snippet in page.snippets
        if snippet.language in ("bash", "sql", "diff") and snippet.reason.startswith("from source ")
    }
    return [path for path in sorted(shown) if Path(path).name not in tests]


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    repository = Repository(copy_tiny(tmp_path / "tiny"))
    repository.write("runbooks/old_way.sh", "# made a mess\nrm status.txt\n")
    return repository


def read(repository: Repository) -> Page:
    return checked_page(repository.root / PAGE, read_settings(repository.root))


@pytest.mark.parametrize("place", ["Nobody is served.", "The status file says so.", "Nothing."])
def test_an_inclusion_is_shown_and_not_run(place: str, repository: Repository) -> None:
    repository.edit(PAGE, place, f"{place}\n\n{SHOWN}")

    (shown,) = (snippet for snippet in read(repository).snippets if "made a mess" in snippet.code)

    assert not shown.runs
    assert shown.reason == "from source runbooks/old_way.sh"


def test_under_every_other_heading_an_inclusion_runs(repository: Repository) -> None:
    repository.edit(PAGE, "## Does not work\n", f"## Does not work\n\n{SHOWN}")

    assert [s.runs for s in read(repository).snippets if "made a mess" in s.code] == [True]


def test_a_shown_file_that_no_test_names_is_told(repository: Repository) -> None:
    repository.edit(PAGE, "Nothing.", SHOWN)

    assert untested([read(repository)], "run('new_way.sh')") == ["runbooks/old_way.sh"]
    assert untested([read(repository)], "run('old_way.sh')") == []


def test_every_command_a_page_only_shows_is_tested() -> None:
    settings = read_settings(ROOT)
    files = [*ROOT.glob("tests/**/test_*.py"), *ROOT.glob("lab/**/test_*.py")]
    text = "\n".join(file.read_text("utf-8") for file in files if file != Path(__file__))

    assert untested((checked_page(file, settings) for file in page_files(settings)), text) == []


def kept_at_home(pages: Iterable[Page]) -> list[str]:
    """Give the pages whose commands write into the reader's home folder without a word of it."""
    return [
        page.path
        for page in pages
        if any(IN_HOME.search(each.code) for each in page.snippets if each.runs and each.language == "bash")
        and not SAID.search(page.text)
    ]


def test_no_page_writes_into_the_home_folder_without_a_word() -> None:
    settings = read_settings(ROOT)
    folders = ("docs/faults/", "docs/runbooks/")
    files = [file for file in page_files(settings) if file.relative_to(ROOT).as_posix().startswith(folders)]

    assert len(files) > 80
    assert kept_at_home(checked_page(file, settings) for file in files) == []


@pytest.mark.parametrize(
    ("command", "said", "is_told"),
    [
        ('date > "$HOME/when"', "", True),
        ("cp a ~/b", "", True),
        ('date > "$SCRATCH/when"', "", False),
        ('cp a "$HOME/b"', "The old file is kept in your home folder.", False),
    ],
)
def test_a_file_that_lands_in_the_home_folder_is_told(
    command: str, said: str, is_told: bool, repository: Repository
) -> None:
    repository.edit(PAGE, "## Does not work\n", f"{said}\n\n```bash\n{command}\n```\n\n## Does not work\n")

    assert bool(kept_at_home([read(repository)])) == is_told
