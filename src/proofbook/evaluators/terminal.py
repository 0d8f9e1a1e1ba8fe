"""Runs the snippets of one obligation in one sandbox: its shells, its connections."""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psycopg

from proofbook.errors import CouldNotCheck, SnippetFailure
from proofbook.evaluators.database import Connection
from proofbook.evaluators.patches import hint_for
from proofbook.evaluators.shell import Shell
from proofbook.lab.ownership import give
from proofbook.lab.programs import Completed, run
from proofbook.lab.sandbox import Sandbox
from proofbook.pages.expected import difference, matches
from proofbook.pages.snippets import Snippet

NO_CONNECTION = 2
CANNOT_TELL = frozenset((NO_CONNECTION, 124, 126, 127))
FIRST_SIGNAL = 128


class NeedsUnmet(CouldNotCheck):
    """A snippet needs a program that is not on this machine."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a snippet did, and what was wrong with that; ``line`` is the page line of the failing command."""

    snippet: Snippet
    completed: Completed
    line: int
    problem: str
    unmet: NeedsUnmet | None = None

    @property
    def could_not_check(self) -> bool:
        """Tell whether the status says nothing about the thing checked."""
        status = self.completed.status
        return status in CANNOT_TELL or status >= FIRST_SIGNAL or bool(self.completed.left_behind)

    def raise_problem(self) -> None:
        """Raise SnippetFailure at the page's line when the snippet did not do what the page says.

        Raises NeedsUnmet when it was not run for want of a program.
        """
        self.raise_unmet()
        if self.problem:
            hint = hint_for(self.snippet.code) if self.snippet.language == "diff" else ""
            raise SnippetFailure(f"{self.snippet.path}:{self.line}", self.problem, hint)

    def raise_unmet(self) -> None:
        """Raise NeedsUnmet when the snippet was not run for want of a program."""
        if self.unmet is not None:
            raise self.unmet


class Terminal:
    """What a reader would have open while working through one part of a page."""

    def __init__(self, sandbox: Sandbox, values: Snippet | None = None, timeout: float = 60.0) -> None:
        """Open nothing yet but set the page's values in every shell."""
        self._sandbox, self._values, self._timeout = sandbox, values, timeout
        self._shells: dict[str, Shell] = {}
        self._connections: dict[str, Connection] = {}

    def __enter__(self) -> Self:
        """Give the terminal itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close its connections; an open transaction is rolled back."""
        for connection in self._connections.values():
            with contextlib.suppress(Exception):
                connection.close()

    def run_all(self, snippets: Iterable[Snippet]) -> list[Result]:
        """Run snippets in order and stop after the first with a problem."""
        results: list[Result] = []
        for snippet in snippets:
            results.append(self._run_or_tell(snippet))
            if results[-1].problem:
                break
        return results

    def _run_or_tell(self, snippet: Snippet) -> Result:
        """Run one snippet; one that needs a missing program hinders only those who judge it."""
        try:
            return self.run(snippet)
        except NeedsUnmet as error:
            return Result(snippet, Completed(127, "", 0.0), snippet.line, error.fact, error)

    def run(self, snippet: Snippet) -> Result:
        """Run one snippet and judge its status and output.

        Raises NeedsUnmet when it needs a program that is not here.
        """
        check_needs(snippet)
        timeout = float(snippet.options.get("timeout", self._timeout))
        completed, line = self._evaluate(snippet, timeout)
        return Result(snippet, completed, line, judge(snippet, completed))

    def _evaluate(self, snippet: Snippet, timeout: float) -> tuple[Completed, int]:
        first = snippet.code_lines[0] if snippet.code_lines else snippet.line + 1
        evaluators = {"bash": self._bash, "diff": self._diff, "python": self._python, "sql": self._sql}
        return evaluators[snippet.language](snippet, first, timeout)

    def _sql(self, snippet: Snippet, first: int, timeout: float) -> tuple[Completed, int]:
        name = snippet.options.get("shell", "")
        try:
            if name not in self._connections:
                self._connections[name] = Connection(self._sandbox.url)
        except psycopg.OperationalError as error:
            return Completed(NO_CONNECTION, f"psql: error: {error}\n", 0.0), first
        return self._connections[name].run(snippet.code, timeout=timeout), first

    def _bash(self, snippet: Snippet, first: int, timeout: float) -> tuple[Completed, int]:
        sandbox, page, name = self._sandbox, Path(snippet.path).name, snippet.options.get("shell", "")
        environment = sandbox.full_environment
        if name not in self._shells:
            self._shells[name] = Shell(sandbox.folder / "shells", sandbox.root, sandbox.account)
            if self._values:
                line = self._values.line + 1
                self._shells[name].run(self._values.code, name=page, line=line, environment=environment, timeout=10)
        return self._shells[name].run(snippet.code, name=page, line=first, environment=environment, timeout=timeout)

    def _diff(self, snippet: Snippet, first: int, timeout: float) -> tuple[Completed, int]:
        sandbox = self._sandbox
        command = ["git", "apply", "--whitespace=nowarn", "-"]
        completed = run(
            command,
            cwd=sandbox.root,
            environment=sandbox.full_environment,
            account=sandbox.account,
            timeout=timeout,
            given=snippet.code,
        )
        return completed, first

    def _python(self, snippet: Snippet, first: int, timeout: float) -> tuple[Completed, int]:
        sandbox = self._sandbox
        script = sandbox.folder / "home" / f"{Path(snippet.path).stem}.md"
        # blank lines, so that a traceback shows the page's own line
        script.write_text("\n" * (first - 1) + snippet.code, encoding="utf-8")
        give(script, sandbox.account)
        environment = {**sandbox.full_environment, "PYTHONPATH": str(sandbox.root)}
        command = ["python", str(script)]
        completed = run(command, cwd=sandbox.root, environment=environment, account=sandbox.account, timeout=timeout)
        named = re.findall(rf'File "{re.escape(str(script))}", line (\d+)', completed.output)
        return completed, int(named[-1]) if named else first


def judge(snippet: Snippet, completed: Completed) -> str:
    """Say what is wrong with how a snippet ended, or nothing."""
    wanted = int(snippet.options.get("exit", "0"))
    if completed.timed_out:
        return f"did not end within {completed.seconds:.0f} s and was killed\n{_tail(completed)}"
    if completed.left_behind:
        return f"left a job in the background: {completed.left_behind[0]}"
    if completed.status != wanted:
        return f"ended with {completed.status}, the page says {wanted}\n{_tail(completed)}"
    if snippet.expected is not None and not matches(snippet.expected, completed.output):
        return difference(snippet.expected, completed.output)
    return ""


def _tail(completed: Completed, most: int = 1500) -> str:
    text = completed.output.strip()
    return text if len(text) <= most else "(...)\n" + text[-most:]


def check_needs(snippet: Snippet) -> None:
    """Raise NeedsUnmet when a program the snippet needs is not on this machine."""
    for program in snippet.options.get("needs", "").replace(",", " ").split():
        if shutil.which(program, path="/usr/bin:/bin:/usr/sbin:/sbin") is None:
            raise NeedsUnmet(str(snippet), f"needs {program}, which is not on this machine", f"install {program}")
