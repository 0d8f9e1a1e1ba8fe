"""Bash snippets: strict, one after another, each failure at its own line."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator

import pytest
from tests.repository import CASES

from proofbook.evaluators.shell import Shell
from proofbook.lab.lab import Lab
from proofbook.lab.programs import Completed
from proofbook.lab.sandbox import Sandbox

PAIRS = tomllib.loads((CASES / "bash/pairs.toml").read_text())
FAILURES = tomllib.loads((CASES / "bash/failures.toml").read_text())


@pytest.fixture(scope="module")
def shared(lab: Lab) -> Iterator[Sandbox]:
    with lab.sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def shell(shared: Sandbox) -> Shell:
    return Shell(shared.folder / "shells", shared.root, shared.account)


def run(shell: Shell, sandbox: Sandbox, code: str, line: int = 1) -> tuple[Completed, int]:
    environment = sandbox.full_environment
    return shell.run(code + "\n", name="page.md", line=line, environment=environment, timeout=10)


@pytest.mark.parametrize("name", PAIRS)
def test_what_a_fence_sets_is_there_for_the_next(name: str, shell: Shell, shared: Sandbox) -> None:
    case = PAIRS[name]

    first, _ = run(shell, shared, case["first"])
    second, _ = run(shell, shared, case["second"])

    assert first.status == case.get("exit", 0), first.output
    assert second.output.strip("\n") == case["prints"]
    assert second.status == case.get("exit_of_second", 0)


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_stops_the_fence_and_has_its_line(name: str, shell: Shell, shared: Sandbox) -> None:
    case = FAILURES[name]
    run(shell, shared, case.get("before", "true"))

    completed, line = run(shell, shared, case["code"], line=11)

    assert completed.status == case["status"], completed.output
    assert line == case["line"], completed.output
    assert "later" not in completed.output


def test_two_shells_share_nothing_but_the_project(shell: Shell, shared: Sandbox) -> None:
    other = Shell(shared.folder / "shells", shared.root, shared.account)

    run(shell, shared, "A=1; cd /")
    completed, _ = run(other, shared, 'echo "${A-none} $PWD"')

    assert completed.output == f"none {shared.root}\n"


def test_both_streams_are_one(shell: Shell, shared: Sandbox) -> None:
    completed, _ = run(shell, shared, "echo one; echo two >&2; echo three")

    assert completed.output == "one\ntwo\nthree\n"


def test_there_is_no_terminal_and_no_input(shell: Shell, shared: Sandbox) -> None:
    completed, _ = run(shell, shared, 'test ! -t 0 && test ! -t 1 && cat && echo "done"')

    assert completed.output == "done\n"


def test_a_large_here_document(shell: Shell, shared: Sandbox) -> None:
    lines = "\n".join(f"line {number} of $5 `x`" for number in range(20_000))

    completed, _ = run(shell, shared, f"wc -l <<'EOF'\n{lines}\nEOF")

    assert completed.output == "20000\n"


def test_windows_line_ends_are_the_bytes_of_the_page(shell: Shell, shared: Sandbox) -> None:
    completed, _ = run(shell, shared, "printf 'a\rb' | od -An -c")

    assert completed.output.split() == ["a", "\\r", "b"]


def test_nothing_of_ours_is_seen(shell: Shell, shared: Sandbox) -> None:
    run(shell, shared, "A=1")
    completed, _ = run(shell, shared, "env; set; declare -F; bash -c 'env; set'")

    lines = [line for line in completed.output.splitlines() if "proofbook" in line.lower()]
    assert [line for line in lines if line.startswith(("BASH_ENV", "PROOFBOOK_SHELL"))] == []


def test_a_script_that_is_called_is_not_made_strict(shell: Shell, shared: Sandbox) -> None:
    run(shell, shared, "printf 'false\\necho \"<$ABSENT>\"\\n' > lax.sh")

    completed, _ = run(shell, shared, "bash lax.sh")

    assert completed.output == "<>\n"


def test_a_strict_umask_hinders_nobody(shared: Sandbox, shell: Shell) -> None:
    run(shell, shared, "umask 077")

    completed, _ = run(shell, shared, "touch made; stat -c %a made")

    assert completed.output == "644\n"
