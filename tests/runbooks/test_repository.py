"""What the runbooks know of a git repository is what stands in the folder, however fast it came there."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from _repository import Repository

LONG_AGO = 1_600_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet")
    # this test cannot turn back the time of a file's last change, only that of its text
    git(tmp_path, "config", "core.trustctime", "false")
    return tmp_path


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=Sam", "-c", "user.email=sam@shop.example")
    subprocess.run(["git", *who, *words], cwd=folder, check=True)


def write(file: Path, text: str) -> None:
    file.write_text(text, "utf-8")
    os.utime(file, (LONG_AGO, LONG_AGO))


def test_an_edit_in_the_second_of_the_commit_is_seen(folder: Path) -> None:
    write(folder / "0001_initial.py", "max_length = 20\n")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "A model")
    os.utime(folder / ".git/index", (LONG_AGO, LONG_AGO))
    write(folder / "0001_initial.py", "max_length = 40\n")

    changes = Repository(folder).changes("HEAD", [str(folder)])

    assert [(change.kind, change.path) for change in changes] == [("M", "0001_initial.py")]
