"""For every obligation a page that breaks exactly that one; all of them proven in one run."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from tests.repository import CASES, Outcome, Repository, copy_tiny, proven_once

from proofbook.pages.roles import OBLIGATIONS
from proofbook.proof.records import PASSED, Records

pytestmark = pytest.mark.slow

FILES = sorted((CASES / "obligations").glob("*.toml"))
READ = {file.stem: tomllib.loads(file.read_text()) for file in FILES}
CODES = {name: f"TNY{number}" for number, name in enumerate(READ, start=201)}


def replaced(text: str, replacements: list[dict[str, str]], code: str) -> str:
    for pair in replacements:
        assert text.count(pair["old"]) == 1, pair["old"]
        text = text.replace(pair["old"], pair["new"])
    return text.replace("CODE", code).replace("NUMBER", code.removeprefix("TNY"))


def add_fault(root: Path, code: str, case: dict[str, Any]) -> None:
    """Write the case's own page, fault module and runbook beside those of the base."""
    tiny = CASES / "tiny"
    page = (tiny / "docs/faults/TNY101.md").read_text().replace("TNY101", "CODE").replace("reason 7", "reason NUMBER")
    page = page.replace(r"(?P<reason>\d+)", "(?P<reason>NUMBER)").replace("\nrunbook: mend ", "\nrunbook: mend ")
    page = replaced(page, case.get("page", []), code).replace("runbook: mend ", f"runbook: mend_{code} ")
    (root / f"docs/faults/{code}.md").write_text(page)
    fault = (tiny / "lab/faults/tny101.py").read_text().replace("reason 7", "reason NUMBER")
    (root / f"lab/faults/{code.lower()}.py").write_text(replaced(fault, case.get("fault", []), code))
    runbook = replaced((tiny / "runbooks/mend.py").read_text(), case.get("runbook", []), code)
    (root / f"runbooks/mend_{code}.py").write_text(runbook)


@pytest.fixture(scope="module")
def proven(
    tmp_path_factory: pytest.TempPathFactory, outside_url: str, plain_environment: dict[str, str]
) -> tuple[Path, Outcome]:
    def prove(root: Path) -> Outcome:
        copy_tiny(root)
        add_fault(root, "TNY101", {})
        for name, case in READ.items():
            add_fault(root, CODES[name], case)
        return Repository(root, {**plain_environment, "PROOFBOOK_DATABASE_URL": outside_url}).prove()

    return proven_once(tmp_path_factory.mktemp("obligations"), prove)


@pytest.mark.parametrize("name", READ)
def test_a_case_breaks_exactly_what_it_says(name: str, proven: tuple[Path, Outcome]) -> None:
    case, page = READ[name], f"docs/faults/{CODES[name]}.md"

    outcome = proven[1]

    assert list(outcome.found(page)) == case["breaks"], outcome.found(page)
    assert all(case.get("says", "") in message for message in outcome.found(page).values())
    assert outcome.waived(page) == case.get("waived", {})
    assert outcome.not_run(page) == case.get("not_run", {})


@pytest.mark.parametrize("name", READ)
def test_what_is_not_passed_is_not_recorded_as_passed(name: str, proven: tuple[Path, Outcome]) -> None:
    root, outcome = proven
    page = f"docs/faults/{CODES[name]}.md"
    others = {*outcome.found(page), *outcome.waived(page), *outcome.not_run(page)}

    records = Records(root / ".proofbook/records").of_page(page)

    assert {record.name for record in records if record.state != PASSED} == others
    absent = () if "## Does not work" in (root / page).read_text() else ("wrong-recipes-fail",)
    assert {record.name for record in records} == {*OBLIGATIONS} - {*absent}


def test_the_base_is_green_and_the_run_is_red(proven: tuple[Path, Outcome]) -> None:
    outcome = proven[1]

    assert outcome.found("docs/faults/TNY101.md") == {}
    assert outcome.status == 1


def test_every_obligation_has_a_case_that_breaks_it() -> None:
    assert {name for case in READ.values() for name in case["breaks"]} == set(OBLIGATIONS)
