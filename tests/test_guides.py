"""A guide is walked from top to bottom in one sandbox, whichever snippet is asked for first."""

from __future__ import annotations

from contextlib import closing

import pytest

from proofbook.errors import CouldNotCheck
from proofbook.evaluators.terminal import NeedsUnmet
from proofbook.lab.lab import Lab
from proofbook.pages.page import Page, parse_page
from proofbook.proof.guides import Walk


def guide(*fences: str) -> Page:
    return parse_page("docs/guide.md", "\n".join(f"```{fence}\n```\n" for fence in fences))


def test_a_snippet_is_reached_by_all_above_it_and_each_runs_once(lab: Lab) -> None:
    page = guide("bash\necho x >> ran", "text\nno", "sql\ndelete from item;", "bash\ncat ran; psql -Atc 'table item'")

    with closing(Walk(page, lab)) as walk:
        last = walk.reach(page.snippets[3])
        first = walk.reach(page.snippets[0])

    assert last.completed.output == "x\n"
    assert first.problem == ""


def test_below_a_failure_nothing_is_reached(lab: Lab) -> None:
    page = guide("bash\nfalse", "bash\ntouch ran")

    with closing(Walk(page, lab)) as walk:
        with pytest.raises(CouldNotCheck, match=r"docs/guide\.md:5: not reached: docs/guide\.md:1 failed\nhint: mend"):
            walk.reach(page.snippets[1])
        assert walk.reach(page.snippets[0]).problem


def test_a_missing_program_hinders_its_own_snippet_only(lab: Lab) -> None:
    page = guide("bash {needs=frobnicate}\nfrobnicate", "bash\necho on")

    with closing(Walk(page, lab)) as walk:
        assert walk.reach(page.snippets[1]).completed.output == "on\n"
        with pytest.raises(NeedsUnmet):
            walk.reach(page.snippets[0])


def test_afterwards_the_sandbox_is_gone(lab: Lab) -> None:
    page = guide("bash\npwd")

    with closing(Walk(page, lab)) as walk:
        walk.reach(page.snippets[0])

    assert list((lab.folder / "sandboxes").iterdir()) == []
