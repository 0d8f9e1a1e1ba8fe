"""The lab's own tests hold, and they execute every line of it that a page shows."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from proofbook.pages.reading import checked_page, page_files
from proofbook.settings import read_settings

ROOT = Path(__file__).parent.parent
COMMAND = """
coverage run manage.py test --parallel 2 > suite.log 2>&1 || {
  cat suite.log
  grep -E '^(FAIL|ERROR|lesson): ' suite.log
  exit 1
}
grep -E '^Ran [0-9]+ tests' suite.log
coverage combine -q
coverage json -q -o -
"""
MARKER = re.compile(r"#\s*--8<--\s*\[(start|end):\s*([\w-]+)\s*\]")

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("lab")]


@pytest.fixture(scope="module")
def suite() -> str:
    """What the lab's tests print, and after it their coverage as JSON."""
    done = subprocess.run(
        [Path(sys.executable).parent / "proofbook", "lab", COMMAND],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    return done.stdout


def test_lab_suite_ran(suite: str) -> None:
    found = re.search(r"Ran (\d+) tests", suite)

    assert found
    assert int(found[1]) > 50


def test_shown_lab_code_is_executed(suite: str) -> None:
    """A section that a page includes is executed by the lab's tests, at least two lines of three."""
    files = json.loads(suite[suite.index("{") :])["files"]

    shown = list(shown_sections())
    unexecuted = [name for name, file, lines in shown if share_executed(files.get(file), lines) < 2 / 3]

    assert shown
    assert unexecuted == []


def shown_sections():
    """Give name, file below the lab and lines of every Python section of the lab that a page includes."""
    settings = read_settings(ROOT)
    for page_file in page_files(settings):
        for snippet in checked_page(page_file, settings).snippets:
            if snippet.language == "python" and snippet.reason.startswith("from source lab/"):
                path, _, section = snippet.reason.removeprefix("from source ").partition(":")
                yield snippet.reason, path.removeprefix("lab/"), lines_of(ROOT / path, section)


def lines_of(file: Path, section: str) -> set[int]:
    """Give the line numbers of a section, or of the whole file."""
    lines = file.read_text("utf-8").splitlines()
    if not section:
        return set(range(1, len(lines) + 1))
    places = [number for number, line in enumerate(lines, 1) if (found := MARKER.search(line)) and found[2] == section]
    return set(range(places[0] + 1, places[1]))


def share_executed(coverage: dict | None, lines: set[int]) -> float:
    """Give the executed share of the statements among ``lines``."""
    if coverage is None:
        return 0.0
    executed, missing = (lines & set(coverage[name]) for name in ("executed_lines", "missing_lines"))
    return len(executed) / max(1, len(executed) + len(missing))
