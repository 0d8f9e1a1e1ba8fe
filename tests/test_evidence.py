"""Evidence is gathered once, from a broken state that is copied, or injected anew while something in it is alive."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.repository import CASES

from proofbook.errors import CouldNotCheck
from proofbook.lab.lab import Lab
from proofbook.pages.page import parse_page
from proofbook.pages.signatures import Catalogue
from proofbook.proof.evidence import Evidence
from proofbook.proof.obligations import CHECKS

MODULE = """
from contextlib import contextmanager

@contextmanager
def inject(sandbox):
    with open({counter!r}, "a") as counter:
        counter.write("x")
    sandbox.files.edit("status.txt", "service is up", "service is down: reason 7")
    {more}
    yield
    sandbox.files.read("status.txt")
"""


@pytest.fixture
def counter(tmp_path: Path) -> Path:
    return tmp_path / "counter"


@pytest.fixture
def gather(lab: Lab, tmp_path: Path, counter: Path) -> Iterator:
    """Give what makes the evidence of a page whose fault does more than the tiny one."""
    gathered = []

    def make(more: str, page: str = (CASES / "tiny/docs/faults/TNY101.md").read_text()) -> Evidence:
        (tmp_path / "tny101.py").write_text(MODULE.format(counter=str(counter), more=more))
        read = parse_page("docs/faults/TNY101.md", page)
        settings = dataclasses.replace(lab.settings, faults=str(tmp_path))
        gathered.append(Evidence(read, dataclasses.replace(lab, settings=settings), Catalogue([read])))
        return gathered[-1]

    yield make
    for evidence in gathered:
        evidence.close()


def test_a_dead_fault_is_injected_once_and_copied(gather, counter: Path, lab: Lab) -> None:
    with closing(gather("pass")) as evidence:
        for check in CHECKS.values():
            check(evidence)

    assert counter.read_text() == "x"
    assert list((lab.folder / "sandboxes").iterdir()) == []


def test_a_fault_that_holds_a_connection_is_injected_for_each(gather, counter: Path) -> None:
    evidence = gather("sandbox.connect().execute('select 1')")

    evidence.broken()
    evidence.fixed()
    evidence.automatic()
    evidence.wrong_recipes()

    assert counter.read_text() == "xxxx"


LOCKED = """psql -qc "set lock_timeout = '200ms'; delete from item where false"
grep -q "service is up" status.txt"""


def test_what_a_fault_holds_is_felt_by_every_obligation(gather) -> None:
    text = (CASES / "tiny/docs/faults/TNY101.md").read_text().replace('grep -q "service is up" status.txt', LOCKED)
    evidence = gather("sandbox.connect().execute('lock table item in share row exclusive mode')", text)

    assert "lock timeout" in evidence.broken().verify[0].problem
    assert "lock timeout" in evidence.fixed().verify[0].problem


def test_a_table_that_nobody_may_read_is_told(gather, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proofbook.lab.state.PATIENCE", 0.1)
    evidence = gather("sandbox.connect().execute('lock table item')")

    with pytest.raises(CouldNotCheck, match="its state cannot be read: canceling statement due to lock timeout"):
        evidence.fixed()


def test_a_program_that_a_fault_starts_is_ended(gather, lab: Lab) -> None:
    evidence = gather("sandbox.start(['sleep', '67'])")

    evidence.broken()

    assert list((lab.folder / "sandboxes").iterdir()) == []


def test_a_wrong_recipe_does_not_spoil_the_next(gather) -> None:
    text = (CASES / "tiny/docs/faults/TNY101.md").read_text()
    wrong = "Asking again.\n\n```bash\nrm status.txt; touch status.txt\n```\n\n```bash\n"
    evidence = gather("pass", text.replace("Asking again.\n\n```bash\n", wrong))

    first, second = evidence.wrong_recipes()

    assert first.recipe.problem == second.recipe.problem == ""
    assert second.recipe.completed.output == "service is down: reason 7\n"


def test_evidence_and_hindrances_are_kept(gather, counter: Path) -> None:
    evidence = gather("raise KeyError(1)")

    for _ in range(3):
        with pytest.raises(Exception, match="raises KeyError: 1"):
            evidence.broken()

    assert counter.read_text() == "x"
