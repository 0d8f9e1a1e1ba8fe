"""What is written into another repository: pinned, once, and never over what somebody has written there."""

from __future__ import annotations

import re
import subprocess
import textwrap
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from tests.repository import ROOT

from proofbook.adopting import source_of
from proofbook.cli import main
from proofbook.errors import ProofbookError

# apart, for an address with a password may stand in no file
HUB = "github.com"
FROM = "git@github.com:team/proofbook.git"


@pytest.fixture(autouse=True)
def here(monkeypatch):
    monkeypatch.chdir(ROOT)


def call(name: str, into: Path, address: str = FROM):
    return CliRunner().invoke(main, [name, "--into", str(into), "--from", address])


def test_the_hooks_are_pinned_and_are_ours(tmp_path):
    done = call("hooks", tmp_path)

    [repo] = yaml.safe_load((tmp_path / ".pre-commit-config.yaml").read_text())["repos"]
    assert (done.exit_code, repo["repo"], repo["rev"]) == (0, FROM, source_of(ROOT, FROM).commit), done.output
    ours = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    assert {hook["id"] for hook in repo["hooks"]} == ours - {"proofbook-environment"}
    assert "pre-commit install" in done.output


def test_the_hook_that_must_be_told_an_environment_only_has_to_be_let_in(tmp_path):
    call("hooks", tmp_path)
    text = (tmp_path / ".pre-commit-config.yaml").read_text()

    assert "# - id: proofbook-environment\n" in text
    [repo] = yaml.safe_load(re.sub(r"^( +)# (- id|  args)", r"\1\2", text, flags=re.MULTILINE))["repos"]
    let_in = {hook["id"]: hook.get("args", []) for hook in repo["hooks"]}
    assert list(let_in) == [hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())]
    assert let_in["proofbook-environment"] == ["--environment", "prod", "--env-file", "prod.env"]


def test_the_action_is_pinned_and_gets_the_log_of_what_failed(tmp_path):
    done = call("action", tmp_path)

    workflow = yaml.safe_load((tmp_path / ".github/workflows/deploy.yml").read_text())
    _, deploy, name = workflow["jobs"]["deploy"]["steps"]
    assert (done.exit_code, name["if"]) == (0, "failure()"), done.output
    assert name["uses"] == f"team/proofbook@{source_of(ROOT, FROM).commit}"
    assert Path(name["with"]["log"]).name in deploy["run"]
    assert workflow["permissions"] == {"contents": "read"}


def test_the_steps_that_the_page_shows_are_those_that_are_written(tmp_path):
    call("action", tmp_path)

    shown = (ROOT / "tests/cases/adopting/steps.yml").read_text("utf-8")
    pinned = shown.replace("OWNER/NAME@COMMIT", f"team/proofbook@{source_of(ROOT, FROM).commit}")
    assert (tmp_path / ".github/workflows/deploy.yml").read_text().endswith(textwrap.indent(pinned, " " * 6))


@pytest.mark.parametrize(
    ("name", "path"), [("hooks", ".pre-commit-config.yaml"), ("action", ".github/workflows/deploy.yml")]
)
def test_what_somebody_has_written_stays(tmp_path, name, path):
    first, again = call(name, tmp_path), call(name, tmp_path)
    (tmp_path / path).write_text("# mine\n")
    refused = call(name, tmp_path)

    assert (first.exit_code, again.exit_code, refused.exit_code) == (0, 0, 2)
    assert "nothing to do" in again.output
    assert "is there already and is left as it is" in refused.output
    assert (tmp_path / path).read_text() == "# mine\n"


@pytest.mark.parametrize(
    ("known", "written"),
    [
        (f"https://x-access-token:s3cret@{HUB}/team/proofbook.git", "https://github.com/team/proofbook.git"),
        (f"https://s3cret@{HUB}/team/proofbook", "https://github.com/team/proofbook"),
        (f"https://sam:s3cret@here@{HUB}/team/proofbook", "https://github.com/team/proofbook"),
        ("ssh://git@github.com/team/proofbook.git", "ssh://git@github.com/team/proofbook.git"),
        (FROM, FROM),
    ],
)
def test_a_token_in_the_address_stays_here(tmp_path, known, written):
    source = source_of(ROOT, known)
    call("hooks", tmp_path, known)

    assert (source.address, source.slug) == (written, "team/proofbook")
    text = (tmp_path / ".pre-commit-config.yaml").read_text()
    assert "s3cret" not in text
    assert f"repo: {written}\n" in text


def test_an_action_needs_an_address_on_github(tmp_path):
    done = call("action", tmp_path, "https://git.example/team/proofbook")

    assert (done.exit_code, "is not on GitHub" in done.output) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_checkout_cannot_be_pinned(tmp_path):
    with pytest.raises(ProofbookError, match="no checkout"):
        source_of(tmp_path, FROM)


def test_without_git_it_is_told_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ProofbookError, match=r"git: cannot be run: No such file or directory"):
        source_of(ROOT, FROM)


@pytest.mark.parametrize("name", ["hooks", "action"])
def test_from_a_repository_that_is_not_ours_nothing_is_written(tmp_path, monkeypatch, name):
    (tmp_path / "shop").mkdir()
    subprocess.run(["git", "init", "-q", tmp_path / "shop"], check=True)
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    words = ["git", *identity, "commit", "-q", "--allow-empty", "-m", "begin"]
    subprocess.run(words, cwd=tmp_path / "shop", check=True)
    monkeypatch.chdir(tmp_path / "shop")

    done = call(name, tmp_path)

    assert (done.exit_code, "there are no fault pages here" in done.output) == (2, True), done.output
    assert [each.name for each in tmp_path.iterdir()] == ["shop"]


def test_what_cannot_be_read_is_somebodys_own(tmp_path):
    (tmp_path / ".pre-commit-config.yaml").write_bytes("# Grüße\n".encode("latin-1"))

    done = call("hooks", tmp_path)

    assert (done.exit_code, "is there already and is left as it is" in done.output) == (2, True), done.output


@pytest.mark.parametrize("name", [".github", ".github/workflows"])
def test_a_file_where_a_folder_is_needed_is_told(tmp_path, name):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("mine\n")

    done = call("action", tmp_path)

    assert (done.exit_code, "deploy.yml: cannot be written: " in done.output) == (2, True), done.output
    assert (tmp_path / name).read_text() == "mine\n"
