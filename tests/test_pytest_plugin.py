"""Pages as pytest meets them: ids, selection, workers, and no say in repositories that did not ask."""

from __future__ import annotations

import importlib.metadata
import json
from collections import defaultdict
from pathlib import Path

import pytest
from tests.repository import copy_tiny

from proofbook.pages.roles import OBLIGATIONS
from proofbook.pytest_plugin import Recorder

pytestmark = pytest.mark.slow


@pytest.fixture
def tiny_project(pytester: pytest.Pytester, outside_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a tiny repository as the folder that pytest is started in."""
    monkeypatch.setenv("PROOFBOOK_DATABASE_URL", outside_url)
    root = copy_tiny(pytester.path / "tiny")
    monkeypatch.chdir(root)
    return root


def records(root: Path) -> dict[str, str]:
    files = (root / ".proofbook/records").rglob("*.json")
    return {entry["id"]: entry["state"] for file in files for entry in json.loads(file.read_text())}


def test_the_plugin_is_an_entry_point() -> None:
    found = importlib.metadata.entry_points(group="pytest11", name="proofbook")

    assert [entry.value for entry in found] == ["proofbook.pytest_plugin"]


def test_each_obligation_and_each_snippet_is_a_test(pytester: pytest.Pytester, tiny_project: Path) -> None:
    result = pytester.runpytest_inprocess("docs", "--collect-only", "-q")

    ids = [line for line in result.outlines if "::" in line]
    assert ids == [
        *(f"docs/faults/TNY101.md::{name}" for name in OBLIGATIONS),
        *(f"docs/guide.md::guide.md:{line}" for line in (6, 15, 21)),
    ]


@pytest.mark.parametrize(
    "name", ["docs/faults/TNY101.md::rollback-works", "docs/guide.md::guide.md:15", "docs/guide.md::guide.md:21"]
)
def test_a_single_test_works_alone(name: str, pytester: pytest.Pytester, tiny_project: Path) -> None:
    pytester.runpytest_inprocess(name).assert_outcomes(passed=1)

    assert records(tiny_project) == {name: "passed"}


def test_tests_are_chosen_by_name(pytester: pytest.Pytester, tiny_project: Path) -> None:
    result = pytester.runpytest_inprocess("docs", "-k", "verify and not broken")

    result.assert_outcomes(passed=1, deselected=14)


def test_a_page_is_not_split_over_workers(pytester: pytest.Pytester, tiny_project: Path) -> None:
    (tiny_project / "docs/second.md").write_text((tiny_project / "docs/guide.md").read_text())

    result = pytester.runpytest_subprocess("docs", "-n", "2", "--dist", "loadfile", "-v")

    result.assert_outcomes(passed=18)
    workers = defaultdict(set)
    for line in result.outlines:
        if "PASSED" in line:
            workers[line.split()[-1].partition("::")[0]].add(line.split()[0])
    assert {page: len(names) for page, names in workers.items()} == dict.fromkeys(workers, 1)
    assert len(records(tiny_project)) == 18


def test_a_finding_has_its_place_and_none_of_our_frames(pytester: pytest.Pytester, tiny_project: Path) -> None:
    guide = tiny_project / "docs/guide.md"
    guide.write_text(guide.read_text().replace("still here", "gone"))

    result = pytester.runpytest_inprocess("docs/guide.md")

    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["docs/guide.md:22: the page expects:", "  gone"])
    result.stdout.no_fnmatch_line("*terminal.py*")


def test_a_broken_page_is_an_error_at_collection(pytester: pytest.Pytester, tiny_project: Path) -> None:
    (tiny_project / "docs/other.md").write_text("# A\n\n```console\nls\n```\n")

    result = pytester.runpytest_inprocess("docs/other.md")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["docs/other.md:3: 'console' is no language*", "hint: write ```bash*"])
    result.stdout.no_fnmatch_line("*pytest_plugin.py*")
    result.stdout.no_fnmatch_line("*collecting.py*")


def test_a_repository_that_did_not_ask_is_left_alone(pytester: pytest.Pytester) -> None:
    pytester.makepyprojecttoml("[tool.other]\nx = 1\n")
    (pytester.mkdir("docs") / "x.md").write_text("```bash\nfalse\n```\n")
    pytester.makepyfile("def test_own(): pass")

    result = pytester.runpytest_inprocess()

    result.assert_outcomes(passed=1)
    assert not (pytester.path / ".proofbook").exists()


def test_other_markdown_is_not_collected(pytester: pytest.Pytester, tiny_project: Path) -> None:
    (tiny_project / "notes.md").write_text("```bash\nfalse\n```\n")

    result = pytester.runpytest_inprocess("notes.md", "--collect-only")

    result.stdout.fnmatch_lines(["*no tests*"])


def test_a_session_keeps_its_records_to_itself(
    pytester: pytest.Pytester, tiny_project: Path, pytestconfig: pytest.Config
) -> None:
    around = [plugin.run for plugin in pytestconfig.pluginmanager.get_plugins() if isinstance(plugin, Recorder)]

    pytester.runpytest_inprocess("docs/guide.md::guide.md:6").assert_outcomes(passed=1)

    assert len(records(tiny_project)) == 1
    assert not any(record.id.startswith("docs/guide.md") for run in around for record in run.recorded)


def test_an_unreadable_setting_is_told(pytester: pytest.Pytester, tiny_project: Path) -> None:
    settings = tiny_project / "pyproject.toml"
    settings.write_text(settings.read_text() + "colour = 3\n")

    result = pytester.runpytest_subprocess("docs")

    assert result.ret != 0
    text = "\n".join([*result.outlines, *result.errlines])
    assert "unknown key 'colour'" in text
    assert "Traceback" not in text
