"""The lab's `pipeline` does what a runner would do with the steps of lab/.github/workflows/delivery.yml and others."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from tests.repository import ROOT

PIPELINE = ROOT / "lab" / "bin" / "pipeline"
PYTHON = ROOT / ".venv-lab" / "bin" / "python"


def run(tmp_path: Path, steps: str, *flags: str, head: str = "", **environment: str) -> tuple[int, list[str], str]:
    """Run a job of these steps, and give its status, what it printed, and what it complained of."""
    file = tmp_path / "workflow.yml"
    file.write_text(f"{head}jobs:\n  work:\n    env: {{WORD: file}}\n    steps:\n{steps}")
    done = subprocess.run(
        [PYTHON, PIPELINE, "--file", file, *flags, "work"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.splitlines(), done.stderr


@pytest.mark.parametrize(
    ("shell", "status"), [("", 0), ("        shell: bash\n", 1), ("        shell: sh\n", 0)], ids=["none", "bash", "sh"]
)
def test_only_a_bash_that_is_named_hears_a_pipe(tmp_path: Path, shell: str, status: int) -> None:
    assert run(tmp_path, f"      - run: false | cat\n{shell}")[0] == status


def test_a_shell_for_all_is_one_that_is_named(tmp_path: Path) -> None:
    head = "defaults: {run: {shell: bash}}\n"

    assert run(tmp_path, "      - run: false | cat\n", head=head)[0] == 1


def test_the_first_line_that_fails_ends_a_step_and_the_job(tmp_path: Path) -> None:
    steps = """\
      - uses: actions/checkout@v6
      - name: One
        run: |
          echo before
          false
          echo behind
      - name: Two
        run: echo two
      - name: Three
        if: ${{ always() }}
        run: echo three
"""

    status, said, _ = run(tmp_path, steps)

    assert status == 1
    assert said == ["before", "✗ One: exit code 1", "- Two: not run", "three", "✓ Three"]


def test_a_step_that_may_fail_stops_nobody(tmp_path: Path) -> None:
    steps = "      - {name: One, run: exit 3, continue-on-error: true}\n      - {name: Two, run: 'true'}\n"

    assert run(tmp_path, steps) == (0, ["✗ One: exit code 3, continued", "✓ Two"], "")


def test_what_the_shell_has_set_goes_before_the_file(tmp_path: Path) -> None:
    step = "      - {name: Say, run: 'echo $WORD $MORE', env: {MORE: '${{ secrets.MORE }}!'}}\n"

    assert run(tmp_path, step)[1][0] == "file !"
    assert run(tmp_path, step, WORD="mine")[1][0] == "mine !"


def test_one_step_alone_and_quietly(tmp_path: Path) -> None:
    steps = "      - {name: One, run: exit 1}\n      - {name: Two, run: echo two}\n"

    assert run(tmp_path, steps, "--only", "Two", "--quiet") == (0, ["✓ Two"], "")


@pytest.mark.parametrize("steps", ["EOF\n", "      - uses: actions/checkout@v6\n"], ids=["invalid", "no step to run"])
def test_what_cannot_be_run_ends_with_2(tmp_path: Path, steps: str) -> None:
    status, said, complaint = run(tmp_path, steps)

    assert (status, said) == (2, [])
    assert complaint.startswith("pipeline: ")


@pytest.mark.parametrize("job", ["check", "deploy"])
def test_the_workflow_of_the_lab_has_the_jobs_that_pages_speak_of(job: str) -> None:
    command = [PYTHON, PIPELINE, "--file", "lab/.github/workflows/delivery.yml", "--only", "nothing", job]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (2, f"pipeline: {job} has no such step\n")
