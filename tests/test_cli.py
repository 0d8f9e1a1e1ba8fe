"""The commands of `proofbook`: their help, their exit statuses, their errors."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.repository import ROOT, Repository, copy_tiny

from proofbook.cli import main


@pytest.fixture
def tiny_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = copy_tiny(tmp_path / "tiny")
    monkeypatch.chdir(root)
    return root


def test_help_lists_every_command_with_a_sentence() -> None:
    result = CliRunner().invoke(main, ["-h"])

    assert result.exit_code == 0
    for name, command in main.commands.items():
        assert f"  {name}" in result.output
        assert (command.help or "").partition("\n")[0].endswith((".", ":", "\f")) or command.help


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_command_and_option_says_what_it_is_for(name: str) -> None:
    result = CliRunner().invoke(main, [name, "--help"])

    assert result.exit_code == 0
    assert main.commands[name].help
    options = [entry for entry in main.commands[name].params if entry.param_type_name == "option"]
    assert [entry.name for entry in options if not entry.help] == []


@pytest.mark.parametrize("words", [["nonsense"], ["prove", "--nonsense"], ["prove", "--postgres", "9"], ["explain"]])
def test_wrong_use_is_status_two(words: list[str], tiny_folder: Path) -> None:
    result = CliRunner().invoke(main, words)

    assert result.exit_code == 2
    assert "Usage: " in result.stderr


def test_letters_that_a_terminal_lacks_are_spelled(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text('psycopg.errors.UndefinedTable: relation "größe文" does not exist\n', "utf-8")
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "src"), "PYTHONIOENCODING": "iso-8859-1"}
    command = [sys.executable, "-c", "from proofbook.cli import main; main()", "diagnose", str(log)]

    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)

    assert "größe\\u6587".encode("iso-8859-1") in done.stdout, done.stderr


def test_a_folder_without_pages_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    result = CliRunner().invoke(main, ["prove"])

    assert result.exit_code == 2
    assert result.stderr == f"proofbook: {tmp_path}: there is no page here\nhint: set `pages` in [tool.proofbook]\n"


def test_a_page_of_no_fault_is_told(tiny_folder: Path) -> None:
    result = CliRunner().invoke(main, ["explain", "XYZ1"])

    assert result.exit_code == 2
    assert result.stderr == "proofbook: XYZ1: there is no page for this fault\nhint: known are TNY101\n"


def test_a_fault_is_explained_whatever_its_case(tiny_folder: Path) -> None:
    text = CliRunner().invoke(main, ["explain", "tny101"])
    told = CliRunner().invoke(main, ["explain", "TNY101", "--json"])

    assert (text.exit_code, told.exit_code) == (0, 0)
    assert "The service is down" in text.stdout
    assert json.loads(told.stdout)["fault"] == "TNY101"


def test_what_is_wrong_with_the_settings_is_told(tiny_folder: Path) -> None:
    (tiny_folder / "pyproject.toml").write_text("[tool.proofbook]\ncolour = 1\n")

    result = CliRunner().invoke(main, ["prove"])

    assert result.exit_code == 2
    assert "[tool.proofbook]: unknown key 'colour'" in result.stderr


@pytest.mark.slow
def test_exit_statuses_of_prove(tiny: Repository) -> None:
    holds = tiny.prove("docs/guide.md")
    tiny.edit("docs/guide.md", "still here", "gone")
    finding = tiny.prove("docs/guide.md")
    (tiny.root / "lab/faults/tny101.py").unlink()
    unknown = tiny.prove("docs/faults")
    both = tiny.prove()

    assert [outcome.status for outcome in (holds, finding, unknown, both)] == [0, 1, 2, 1]


@pytest.mark.slow
def test_a_broken_page_and_an_unknown_one_are_a_finding(tiny: Repository) -> None:
    (tiny.root / "lab/faults/tny101.py").unlink()
    tiny.write("docs/other.md", "```sh\nls\n```\n")

    assert tiny.prove("docs/faults", "docs/other.md").status == 1


@pytest.mark.slow
def test_a_claim_of_a_stranger_is_in_the_outcome(tiny: Repository) -> None:
    tiny.write(".proofbook/outputs/TNY102.18.log", "service is down: reason 7\n")
    text = tiny.read("docs/faults/TNY101.md").replace("TNY101", "TNY102").replace("service is down", "gone")
    tiny.write("docs/faults/TNY102.md", text)

    outcome = tiny.prove("docs/guide.md")

    assert outcome.status == 1
    assert "TNY101 claims the symptom of TNY102, line 1" in outcome.found()["all-against-all"]


@pytest.mark.slow
def test_a_command_is_run_in_a_sandbox(tiny: Repository) -> None:
    done = tiny.run("lab", "psql -Atc 'select count(*) from item'; exit 5")

    assert done.returncode == 5
    assert done.stdout.splitlines()[-1] == "40"
    assert tiny.leftovers() == []


@pytest.mark.slow
def test_the_lab_is_broken_when_that_is_asked_for(tiny: Repository) -> None:
    done = tiny.run("lab", "--broken", "tny101", "cat status.txt")

    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "service is down: reason 7"


@pytest.mark.slow
def test_the_lab_is_broken_by_a_known_fault_only(tiny: Repository) -> None:
    done = tiny.run("lab", "--broken", "TNY999", "true")

    assert done.returncode == 2
    assert "there is no such fault page" in done.stdout
    assert "known are TNY101" in done.stdout


@pytest.mark.parametrize("option", ["--json", "--junit", "--summary"])
@pytest.mark.parametrize(
    ("name", "why"),
    [("missing/x", "its folder is not there"), ("docs", "is a folder"), ("README/x", "its folder is not there")],
)
def test_a_place_that_cannot_be_written_is_told_before_anything_is_proven(
    option: str, name: str, why: str, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("proofbook.commands.prove.prove_pages", lambda *_, **__: pytest.fail("it has been proven"))
    (tiny_folder / "README").write_text("x")

    result = CliRunner().invoke(main, ["prove", option, name])

    assert (result.exit_code, result.stderr.splitlines()[0]) == (2, f"proofbook: {name}: {why}")


def test_a_page_that_is_only_begun_is_no_drill(tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proofbook.commands.drill.prepared_lab", lambda *_, **__: pytest.fail("it was opened"))
    page = tiny_folder / "docs/faults/TNY101.md"
    page.write_text(page.read_text().replace("```bash {exit=1}\n", "```text\n", 1))

    result = CliRunner().invoke(main, ["drill", "TNY101"])

    assert result.exit_code == 2
    assert "docs/faults/TNY101.md:" in result.stderr
    assert not (tiny_folder / ".proofbook").exists()
