"""Each item and each defect of the scripts that the runbooks replace has a test by name, and the name is right."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from tests.runbooks.conftest import ROOT

LISTED = yaml.safe_load(Path(__file__).with_name("cases").joinpath("old_scripts.yml").read_text())
ENTRIES = [
    pytest.param(entry, id=f"{script}: {entry.get('was') or entry.get('does')}")
    for script, entries in LISTED.items()
    for entry in entries
]


@pytest.fixture(scope="session")
def collected():
    """Every test of the files that are named, as pytest collects it."""
    files = {name.partition("::")[0] for entry in ENTRIES for name in entry.values[0]["tests"]}
    paths = [f"tests/runbooks/{name}" for name in sorted(files)]
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *paths]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return [line.removeprefix("tests/runbooks/") for line in done.stdout.splitlines() if "::" in line]


@pytest.mark.parametrize("entry", ENTRIES)
def test_it_has_a_test_that_is_collected(entry, collected):
    assert len(entry) == 2
    assert entry["tests"]
    for name in entry["tests"]:
        assert [each for each in collected if each == name or each.startswith(f"{name}[")], name


def test_every_script_has_items_and_defects():
    kinds = {script: {kind for entry in entries for kind in entry} for script, entries in LISTED.items()}

    assert list(kinds) == [
        "validate-migrations.sh", "validate-environment.sh", "backup-database.sh", "the scripts that came after it",
    ]  # fmt: skip
    assert all("was" in kind for kind in kinds.values())
    assert len(ENTRIES) > 70


@pytest.mark.parametrize("file", ["test_old_backup_script.py"])
def test_every_test_of_a_defect_is_listed(file, collected):
    """A file that holds nothing else than such tests must not hold one that nobody can look up."""
    known = {name for entry in ENTRIES for name in entry.values[0]["tests"]}
    names = {each.partition("[")[0] for each in collected if each.startswith(file)}

    assert sorted(names - known) == []
