"""The composite action: each of its scripts runs here, as a runner runs it."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from tests.repository import CASES, ROOT, Repository
from tests.workflows import EXPRESSION, read_action

STEPS = {step["name"]: step for step in read_action()["runs"]["steps"]}
PAGES_AT = "https://git.example/team/proofbook/blob/v1"


class Runner:
    """What a runner gives to the steps of a composite action."""

    def __init__(self, temp: Path) -> None:
        self.temp, self.summary = temp, temp / "summary.md"

    def run(self, name: str, cwd: Path, **given: str) -> subprocess.CompletedProcess[str]:
        self.summary.unlink(missing_ok=True)
        own = {"RUNNER_TEMP": str(self.temp), "GITHUB_ACTION_PATH": str(ROOT), "GITHUB_STEP_SUMMARY": str(self.summary)}
        plain = {
            name: value for name, value in os.environ.items() if not name.startswith(("PROOFBOOK", "PYTEST", "PYTHON"))
        }
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEPS[name]["run"]],
            cwd=cwd, env={**plain, **own, **given}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, check=False,
        )  # fmt: skip


def test_every_step_names_its_shell_and_has_no_expression_in_its_script():
    assert list(STEPS) == ["Install", "Prove", "Diagnose"]
    assert {step["shell"] for step in STEPS.values()} == {"bash"}
    assert [name for name, step in STEPS.items() if EXPRESSION.search(step["run"])] == []


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    """Give a runner on which the action has been installed, by the action itself."""
    runner = Runner(tmp_path_factory.mktemp("runner"))
    done = runner.run("Install", runner.temp)
    assert done.returncode == 0, done.stdout
    return runner


@pytest.mark.slow
def test_what_has_another_hash_is_not_installed(tmp_path):
    (tmp_path / "action/requirements").mkdir(parents=True)
    locks = (ROOT / "requirements/site.txt").read_text("utf-8")
    [name] = re.findall(r"^sqlparse==\S+", locks, re.MULTILINE)
    (tmp_path / "action/requirements/site.txt").write_text(f"{name} --hash=sha256:{'0' * 64}\n")

    done = Runner(tmp_path).run("Install", tmp_path, GITHUB_ACTION_PATH=str(tmp_path / "action"))

    assert done.returncode == 1, done.stdout
    assert "DO NOT MATCH THE HASHES" in done.stdout
    assert not (tmp_path / "proofbook/bin/proofbook").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("log", "page"), [("MIG101/compose.log", "MIG101"), ("DBC101", "DBC101"), ("ENV101", "ENV101")]
)
def test_a_log_ends_in_the_right_page_in_the_summary(runner, tmp_path, log, page):
    case = CASES / "signatures" / log
    file = case if case.is_file() else next(iter(sorted(case.glob("*.log"))))

    done = runner.run("Diagnose", tmp_path, LOG=str(file), PAGES_AT=PAGES_AT)

    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith(f"::error title={page} ")
    assert f"| 1 | [{page}]({PAGES_AT}/docs/faults/{page}.md): " in runner.summary.read_text()


@pytest.mark.slow
def test_a_log_in_which_nothing_is_wrong_says_so(runner, tmp_path):
    (tmp_path / "deploy.log").write_text("Applying suppliers.0016_website... OK\n")

    done = runner.run("Diagnose", tmp_path, LOG="deploy.log", PAGES_AT=PAGES_AT)

    assert (done.returncode, done.stdout) == (0, ""), done.stdout
    assert "no error in this log" in runner.summary.read_text()


@pytest.mark.slow
def test_a_log_that_is_not_there_is_red(runner, tmp_path):
    done = runner.run("Diagnose", tmp_path, LOG="gone.log", PAGES_AT=PAGES_AT)

    assert done.returncode not in (0, 1), done.stdout


@pytest.mark.slow
def test_pages_are_proven_and_a_finding_is_red_at_its_line(runner, tiny: Repository):
    url = tiny.environment["PROOFBOOK_DATABASE_URL"]
    given = {"PAGES": "docs/guide.md docs/faults/TNY101.md", "PROOFBOOK_DATABASE_URL": url}

    whole = runner.run("Prove", tiny.root, **given)
    tiny.edit("docs/guide.md", "still here", "gone since")
    broken = runner.run("Prove", tiny.root, **given)

    assert whole.returncode == 0, whole.stdout
    assert broken.returncode == 1, broken.stdout
    assert "::error file=docs/guide.md,line=" in broken.stdout
    assert "| ✗ | docs/guide.md:" in runner.summary.read_text()
    assert (runner.temp / "proofs.xml").exists()
