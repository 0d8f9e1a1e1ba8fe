"""Patches whose end is lost are told from those that do not fit."""

from __future__ import annotations

import pytest

from proofbook.errors import SnippetFailure
from proofbook.evaluators.patches import hint_for, lost_lines
from proofbook.evaluators.terminal import Terminal
from proofbook.lab.sandbox import Sandbox
from proofbook.pages.page import parse_page

HEAD = "--- a/status.txt\n+++ b/status.txt\n"


@pytest.mark.parametrize(
    ("patch", "lost"),
    [
        ("@@ -1,2 +1,2 @@\n-up\n+down\n \n", 0),
        ("@@ -1,2 +1,2 @@\n-up\n+down\n\n", 0),
        ("@@ -1,2 +1,2 @@\n-up\n+down\n", 1),
        ("@@ -1,2 +1,2 @@\n-up\n+down", 1),
        ("@@ -1 +1 @@\n-up\n+down\n@@ -9,4 +9,4 @@\n a\n-b\n+c\n", 2),
        ("@@ -1,3 +1,2 @@\n-up\n+down\n", 0),
        ("@@ -1 +1 @@\n-up\n+down\n", 0),
        ("@@ -1 +1 @@\n-up\n+down\n a line too many\n", 0),
        ("no patch at all\n", 0),
        ("", 0),
    ],
)
def test_what_the_last_hunk_lacks_is_counted(patch: str, lost: int) -> None:
    assert lost_lines(HEAD + patch) == lost
    assert bool(hint_for(HEAD + patch)) == bool(lost)


@pytest.mark.parametrize(("end", "hint"), [("", "it is a line short"), (" \n", "it is a line short"), ("-no\n", "")])
def test_the_failure_of_a_patch_says_what_to_do_about_its_end(sandbox: Sandbox, end: str, hint: str) -> None:
    sandbox.files.write("status.txt", "service is up\n\n")
    text = f"```diff\n{HEAD}@@ -1,2 +1,2 @@\n-service is up\n+x\n{end}```\n"
    (patch,) = parse_page("docs/page.md", text).snippets

    with Terminal(sandbox) as terminal:
        result = terminal.run(patch)

    with pytest.raises(SnippetFailure) as caught:
        result.raise_problem()
    assert caught.value.hint.startswith(hint)
    assert bool(caught.value.hint) == bool(hint)
    assert "corrupt patch" in caught.value.fact
