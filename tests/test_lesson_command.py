from __future__ import annotations

import json

import pytest
from tests.repository import Repository, copy_tiny

from proofbook.pages.lessons import check_lesson
from proofbook.pages.reading import checked_page
from proofbook.settings import read_settings

NEW = ("lesson", "new", "name-it-well", "--family", "migrations")
RULE = ("--rule", 'Name it: "well"', "--why", "Or it has `none` # of its own.")


@pytest.fixture
def repository(tmp_path, plain_environment) -> Repository:
    return Repository(copy_tiny(tmp_path / "tiny"), plain_environment)


def test_a_new_lesson_is_a_page_that_can_be_read(repository):
    done = repository.run(*NEW, *RULE)

    path = "docs/lessons/migrations/name-it-well.md"
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, path), done.stdout
    page = checked_page(repository.root / path, read_settings(repository.root))
    assert page.title == page.front["rule"] == 'Name it: "well"'
    assert page.front["why"] == "Or it has `none` # of its own"
    assert list(check_lesson(page)) == []
    assert [heading.text.strip() for heading in page.headings][1:] == ["What happened", "Do", "Do not", "Related"]


def test_it_can_be_looked_at_before_it_is_written(repository):
    shown = repository.run(*NEW, *RULE, "--print")

    assert not (repository.root / "docs/lessons").exists()
    repository.run(*NEW, *RULE)
    assert shown.stdout == repository.read("docs/lessons/migrations/name-it-well.md")


def test_it_is_listed(repository):
    repository.run(*NEW, *RULE)

    shown, told = repository.run("lesson", "list"), repository.run("lesson", "list", "--json")

    assert shown.stdout == 'name-it-well  by hand   Name it: "well" (no day on record)\n'
    [one] = json.loads(told.stdout)
    assert (one["name"], one["family"], one["enforced_by"]) == ("name-it-well", "migrations", [])
    assert one["asks"] == [{"list": ["author"], "ask": 'Name it: "well"', "by_person_only": True}]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((*NEW, *RULE), "says it already"),
        (("lesson", "new", "other-name", *NEW[3:], *RULE), "says it already"),
        (("lesson", "new", "Name", *NEW[3:], *RULE), "is no name for a lesson"),
        (("lesson", "new", "../../up-there", *NEW[3:], *RULE), "is no name for a lesson"),
        (("lesson", "new", "a-b", "--family", "wishes", *RULE), "is not one of"),
        (("lesson", "new", "a-b", "--family", "testing"), "Missing option"),
    ],
)
def test_what_cannot_be_written_is_told_and_changes_nothing(repository, words, told):
    repository.run(*NEW, *RULE)
    before = sorted(repository.root.rglob("*.md"))

    done = repository.run(*words)

    assert (done.returncode, told in done.stdout) == (2, True), done.stdout
    assert sorted(repository.root.rglob("*.md")) == before


def test_what_has_been_filled_in_is_not_written_again(repository):
    # a repository that names no pages has no lessons either, as far as we can know
    (repository.root / "pyproject.toml").unlink()
    repository.run(*NEW, *RULE)
    path = "docs/lessons/migrations/name-it-well.md"
    repository.edit(path, "## Do\n", "## Do\n\nThis.\n")
    filled = repository.read(path)

    done = repository.run(*NEW, *RULE)

    assert (done.returncode, f"{path}: is there already" in done.stdout) == (2, True), done.stdout
    assert repository.read(path) == filled


def test_a_file_where_a_folder_is_needed_is_told(repository):
    repository.write("docs/lessons", "mine\n")

    done = repository.run(*NEW, *RULE)

    assert (done.returncode, "cannot be written: " in done.stdout, "Traceback" in done.stdout) == (2, True, False)
