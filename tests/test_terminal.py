"""What a reader would have open: shells and connections that last, patches, Python, and a judgement of each snippet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from proofbook.errors import SnippetFailure
from proofbook.evaluators.terminal import NeedsUnmet, Terminal, judge
from proofbook.lab.programs import Completed
from proofbook.lab.sandbox import Sandbox
from proofbook.pages.page import parse_page
from proofbook.pages.snippets import Snippet


def snippets(text: str) -> list[Snippet]:
    return [snippet for snippet in parse_page("docs/page.md", text).snippets if snippet.runs]


def bash(code: str, options: str = "", output: str = "") -> Snippet:
    follows = f"\n```output\n{output}\n```\n" if output else ""
    return snippets(f"```bash {options}\n{code}\n```\n{follows}")[0]


@pytest.fixture
def terminal(sandbox: Sandbox) -> Iterator[Terminal]:
    with Terminal(sandbox, bash("ITEM=7\nNAME='two words'"), timeout=10) as terminal:
        yield terminal


def test_values_are_set_in_every_shell(terminal: Terminal) -> None:
    for options in ("", "{shell=other}"):
        assert terminal.run(bash('echo "$ITEM $NAME"', options, output="7 two words")).problem == ""


def test_shells_by_name_are_apart_and_last(terminal: Terminal) -> None:
    terminal.run(bash("A=1; cd runbooks"))
    terminal.run(bash("A=2", "{shell=other}"))

    assert terminal.run(bash('echo "$A $(basename "$PWD")"')).completed.output == "1 runbooks\n"
    assert terminal.run(bash('echo "$A $(basename "$PWD")"', "{shell=other}")).completed.output == "2 project\n"


def test_connections_by_name_are_apart_and_last(terminal: Terminal) -> None:
    hold, wait, count = snippets(
        "```sql\nbegin; delete from item;\n```\n\n```sql {shell=other timeout=0.5}\ndelete from item;\n```\n\n"
        "```sql {shell=other}\nselect count(*) from item;\n```\n"
    )

    assert terminal.run(hold).problem == ""
    assert "did not end within" in terminal.run(wait).problem
    assert "40" in terminal.run(count).completed.output


def test_a_patch_is_applied_from_the_root_of_the_project(terminal: Terminal, sandbox: Sandbox) -> None:
    patch, again = snippets("```diff\n--- a/status.txt\n+++ b/status.txt\n@@ -1 +1 @@\n-service is up\n+x\n```\n\n" * 2)
    terminal.run(bash("cd runbooks"))

    assert terminal.run(patch).problem == ""
    assert sandbox.files.read("status.txt") == "x\n"
    assert "patch does not apply" in terminal.run(again).problem


def test_python_is_the_sandbox_s_own_and_at_the_line_of_the_page(terminal: Terminal, sandbox: Sandbox) -> None:
    code = (
        "import os, sys, runbooks.mend\nprint(sys.prefix, os.getcwd(), os.environ['PGDATABASE'])\n\nraise ValueError(1)"
    )
    (snippet,) = snippets(f"# A\n\n```python\n{code}\n```\n")

    result = terminal.run(snippet)

    assert result.line == 7
    assert result.completed.status == 1
    assert f"{sandbox.root} {sandbox.database}" in result.completed.output


def test_what_the_fault_sets_in_the_environment_is_seen_by_later_snippets(terminal: Terminal, sandbox: Sandbox) -> None:
    terminal.run(bash("true"))
    sandbox.environment["MODE"] = "broken"

    assert terminal.run(bash("echo $MODE")).completed.output == "broken\n"


def test_the_page_s_limit_is_the_snippet_s_limit(terminal: Terminal) -> None:
    result = terminal.run(bash("sleep 66", "{timeout=0.3}"))

    assert result.problem.startswith("did not end within 0 s and was killed")
    assert result.could_not_check


def test_what_a_snippet_needs_is_looked_for(terminal: Terminal) -> None:
    with pytest.raises(NeedsUnmet, match="needs frobnicate, which is not on this machine\nhint: install frobnicate"):
        terminal.run(bash("true", '{needs="bash,frobnicate"}'))

    assert terminal.run(bash("true", "{needs=bash}")).problem == ""


def test_the_first_problem_ends_a_walk(terminal: Terminal) -> None:
    results = terminal.run_all([bash("true"), bash("false"), bash("true")])

    assert [bool(result.problem) for result in results] == [False, True]


def test_a_missing_program_ends_a_walk_and_is_told_to_who_judges_it(terminal: Terminal) -> None:
    first, second = terminal.run_all([bash("true"), bash("true", "{needs=frobnicate}"), bash("true")])

    first.raise_problem()
    with pytest.raises(NeedsUnmet):
        second.raise_problem()


def test_a_problem_is_raised_at_the_line_of_the_command(terminal: Terminal) -> None:
    result = terminal.run(bash("true\nfalse"))

    with pytest.raises(SnippetFailure, match=r"docs/page\.md:3: ended with 1, the page says 0"):
        result.raise_problem()


@pytest.mark.parametrize(("status", "cannot_tell"), [(0, False), (1, False), (2, True), (3, False), (124, True)])
@pytest.mark.parametrize("more", [0, 3])
def test_a_status_that_says_nothing(status: int, cannot_tell: bool, more: int, terminal: Terminal) -> None:
    status += 123 * bool(more and status == 3)

    result = terminal.run(bash(f"exit {status}"))

    assert result.could_not_check is (cannot_tell or status in (126, 127))


@pytest.mark.parametrize(
    ("completed", "problem"),
    [
        (Completed(0, "x\n", 0.1), ""),
        (Completed(1, "x\n", 0.1), "ended with 1, the page says 0"),
        (Completed(0, "y\n", 0.1), "the page expects:"),
        (Completed(0, "x\n", 0.1, left_behind=("sleep 9",)), "left a job in the background: sleep 9"),
        (Completed(124, "x\n", 9.0, timed_out=True), "did not end within 9 s"),
    ],
)
def test_a_judgement(completed: Completed, problem: str) -> None:
    told = judge(bash("true", output="x"), completed)

    assert told.startswith(problem)
    assert bool(told) is bool(problem)


@pytest.mark.parametrize(("status", "problem"), [(0, "ended with 0, the page says 1"), (1, ""), (2, "ended with 2")])
def test_a_declared_failure_is_this_one_and_no_other(status: int, problem: str) -> None:
    told = judge(bash("false", "{exit=1}"), Completed(status, "", 0.1))

    assert told.startswith(problem)
    assert bool(told) is bool(problem)
