"""What passes silently in one or another tool fails here: each case is a page of its own, all proven in one run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.repository import CASES, Outcome, Repository, copy_tiny, proven_once

pytestmark = pytest.mark.slow

PAGES = {file.stem: file.read_text() for file in sorted((CASES / "false_greens").glob("*.md"))}
FAILS = re.compile(r"^<!-- (\d+): (.*) -->$", re.MULTILINE)


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory, outside_url: str, plain_environment: dict[str, str]) -> Outcome:
    def prove(root: Path) -> Outcome:
        repository = Repository(copy_tiny(root), {**plain_environment, "PROOFBOOK_DATABASE_URL": outside_url})
        repository.write("lab/check.sh", "echo checking\nexit 3\n")
        for name, text in PAGES.items():
            repository.write(f"docs/{name}.md", text)
        return repository.prove("--json", "outcome.json")

    return proven_once(tmp_path_factory.mktemp("false_greens"), prove)[1]


@pytest.mark.parametrize("name", PAGES)
def test_it_fails_at_its_line(name: str, outcome: Outcome) -> None:
    told = sorted(outcome.found(f"docs/{name}.md").values())

    wanted = sorted(FAILS.findall(PAGES[name]), key=lambda found: f"docs/{name}.md:{found[0]}")
    assert len(told) == len(wanted), told
    for message, (line, text) in zip(told, wanted, strict=True):
        assert message.startswith(f"docs/{name}.md:{line}: ")
        assert text in message


def test_the_run_is_red_and_the_good_pages_are_green(outcome: Outcome) -> None:
    assert outcome.status == 1
    assert outcome.found("docs/guide.md") == {}
    assert outcome.found("docs/faults/") == {}
