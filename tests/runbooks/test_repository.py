"""What a runbook sees of a repository is what lies in it, at whatever moment it was written."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from _repository import Repository

THEN = 1_700_000_000


def test_an_edit_of_the_second_in_which_git_last_looked_is_seen(tmp_path: Path) -> None:
    """Git knows a file by its size and its second; it reads one again that may be younger than its index."""
    file = tmp_path / "a.py"
    file.write_text("20\n")
    os.utime(file, (THEN, THEN))
    own = ["-c", "user.name=Sam", "-c", "user.email=sam@shop.example"]
    for words in (
        ["init", "--quiet"],
        ["config", "core.trustctime", "false"],
        ["add", "a.py"],
        [*own, "commit", "--quiet", "--message", "a"],
    ):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    file.write_text("40\n")
    for each in (file, tmp_path / ".git/index"):
        os.utime(each, (THEN, THEN))

    (change,) = Repository(tmp_path).changes("HEAD", ["."])

    assert (change.kind, change.path) == ("M", "a.py")
