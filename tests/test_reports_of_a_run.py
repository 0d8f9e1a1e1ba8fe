"""`scripts/test` hands on what a pipeline wants to be told: JUnit files, annotations, a summary."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.repository import ROOT

STUB = '#!/bin/sh\necho "$(basename "$0") $*" >> "$SAID"\n'


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Give a folder in which `scripts/test` starts programs that only say how they were called."""
    for path in ("scripts/setup", ".venv/bin/pytest", ".venv/bin/proofbook"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(STUB)
        (tmp_path / path).chmod(0o755)
    shutil.copy(ROOT / "scripts/test", tmp_path / "scripts/test")
    return tmp_path


def said(place: Path, **given: str) -> str:
    plain = {name: each for name, each in os.environ.items() if not name.startswith(("PROOFBOOK", "GITHUB"))}
    subprocess.run(["scripts/test"], cwd=place, env={**plain, "SAID": "said", **given}, check=True, capture_output=True)
    return (place / "said").read_text()


def test_a_pipeline_is_told_of_tests_and_of_proofs(place):
    told = said(place, PROOFBOOK_REPORTS="told", GITHUB_STEP_SUMMARY="summary.md")

    assert (place / "told").is_dir()
    for name in ("--junitxml=told/tests.xml", "--junitxml=told/slow-tests.xml"):
        assert told.count(name) == 1, told
    for major in ("18", "16"):
        wanted = f"--postgres {major} --junit told/proofs-{major}.xml --format github --summary summary.md"
        assert told.count(wanted) == 1, told


def test_a_person_is_told_nothing_of_it(place):
    told = said(place)

    assert "xml" not in told
    assert "--format" not in told
