"""Shows a run of proofs while it goes, and sums it up for a person and for a program."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from typing import Any

import pytest
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from proofbook.plugin.reports import FAILED, NOT_RUN, PASSED, WAIVED, Case
from proofbook.plugin.run import WAIVED_PREFIX


class ProgressView:
    """A pytest plugin in the place of pytest's own report: one line per page, findings at once, a sum at the end."""

    def __init__(self, console: Console, expected: dict[str, int]) -> None:
        """Show on ``console``; ``expected`` says how many tests each page has."""
        self._console, self._expected = console, expected
        self._left = dict(expected)
        self._seconds: dict[str, float] = defaultdict(float)
        self._failed_on: Counter[str] = Counter()
        self.findings: list[tuple[str, str]] = []
        self.not_run: list[tuple[str, str]] = []
        self.waived: list[tuple[str, str]] = []
        self.claims: list[tuple[str, str]] = []
        self.passed_names: list[str] = []
        self.seconds_of: dict[str, float] = {}
        self.uncollected = 0
        self.broke_off = False
        self.passed = 0
        self._began = time.monotonic()
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        self._bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._bar.add_task("preparing", total=sum(expected.values()))

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Take the place of pytest's own report."""
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        config.pluginmanager.unregister(reporter)
        self._bar.start()

    def tell(self, text: str) -> None:
        """Show a line about the preparation."""
        self._console.print(escape(text), style="dim", highlight=False)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a page that cannot be collected; each worker tells it, it is noted once."""
        if report.failed:
            self.note_uncollected(report.nodeid, str(report.longrepr))

    def note_uncollected(self, page: str, text: str) -> None:
        """Note a page that has no tests because it cannot be read, and show why at once."""
        if (page, text) not in self.findings:
            self.findings.append((page, text))
            self.uncollected += 1
            self._console.print(f"[red]✗[/] {escape(page)}: {escape(text)}", highlight=False)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a test, and show a finding at once."""
        facts: Any = dict(report.user_properties).get("proofbook", {})
        name = facts.get("id", report.nodeid)
        page = name.partition("::")[0]
        self._seconds[page] += report.duration
        self.seconds_of[name] = self.seconds_of.get(name, 0.0) + report.duration
        if report.when == "teardown" and not report.failed:
            return
        if report.failed:
            self._failed_on[page] += 1
            self.findings.append((name, str(report.longrepr)))
            self._console.print(f"[red]✗[/] {escape(name)}", highlight=False)
        elif report.skipped:
            self._note_skip(name, str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr))
        elif report.when == "call":
            self.passed += 1
            self.passed_names.append(name)
        if report.when == "call" or report.failed or report.skipped:
            self._advance(page, name)

    def _note_skip(self, name: str, text: str) -> None:
        reason = text.removeprefix("Skipped: ")
        if reason.startswith(WAIVED_PREFIX):
            self.waived.append((name, reason.removeprefix(WAIVED_PREFIX)))
        else:
            self.not_run.append((name, reason))

    def _advance(self, page: str, name: str) -> None:
        self._bar.update(self._task, advance=1, description=f"{name:<48.48}")
        self._left[page] = self._left.get(page, 1) - 1
        if self._left[page] == 0:
            mark = "[red]✗[/]" if self._failed_on[page] else "[green]✓[/]"
            count = self._expected.get(page, 0)
            self._console.print(
                f"{mark} {escape(page):<40} {count:>3} tests {self._seconds[page]:6.1f} s", highlight=False
            )

    def close(self) -> None:
        """End the bar; what was printed stays."""
        self._bar.stop()

    def show_sum(self, claims: list[str]) -> None:
        """Show what was waived and not run and why, then findings in full, and one closing line of counts."""
        self._show_waived()
        for name, reason in self.not_run:
            self._console.print(f"not run on this machine: {escape(name)}: {escape(reason)}", highlight=False)
        self._show_findings()
        self.claims = [("signatures::all-against-all", claim) for claim in claims]
        for claim in claims:
            self._console.print(f"[red]✗[/] signatures::all-against-all: {escape(claim)}", highlight=False)
        seconds = time.monotonic() - self._began
        failed = len(self.findings) + len(claims)
        self._console.print(f"{len(self.waived)} waived · {seconds:.1f} s", style="dim", highlight=False)
        self._console.print(f"{self.passed} passed, {failed} failed, {len(self.not_run)} skipped", highlight=False)

    def _show_findings(self) -> None:
        """Show each finding in full; those of one text share it."""
        causes: dict[str, list[str]] = defaultdict(list)
        for name, text in self.findings:
            causes[text].append(name)
        for text, names in causes.items():
            self._console.rule(f"[red]{escape(names[0])}", align="left")
            if len(names) > 1:
                others = ", ".join(name.partition("::")[2] for name in names[1:])
                self._console.print(f"and for the same reason: {escape(others)}", style="dim", highlight=False)
            self._console.print(escape(text), highlight=False)

    def _show_waived(self) -> None:
        """Show each reason once, with the pages and obligations that it excuses."""
        pages: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for name, reason in self.waived:
            page, _, own = name.partition("::")
            pages[reason][page].append(own)
        if pages:
            self._console.print("[bold]Waived, each with its reason[/]")
        for reason, named in sorted(pages.items()):
            self._console.print(f"  {escape(reason)}", highlight=False)
            places: dict[str, list[str]] = defaultdict(list)
            for page, names in sorted(named.items()):
                places[", ".join(names)].append(page)
            for excused, every in places.items():
                self._console.print(f"    {escape(excused)}: {escape(', '.join(every))}", style="dim", highlight=False)

    def as_json(self) -> dict[str, Any]:
        """Give the sum for a program."""
        return {
            "passed": self.passed,
            "held": self.passed_names,
            "findings": [{"id": name, "message": text} for name, text in [*self.findings, *self.claims]],
            "not_run": [{"id": name, "reason": reason} for name, reason in self.not_run],
            "waived": [{"id": name, "reason": reason} for name, reason in self.waived],
            "broke_off": self.broke_off,
        }

    def cases(self) -> list[Case]:
        """Give every test with how it ended."""
        passed = [(name, "") for name in self.passed_names]
        every = (
            (PASSED, passed),
            (FAILED, [*self.findings, *self.claims]),
            (NOT_RUN, self.not_run),
            (WAIVED, self.waived),
        )
        return [
            Case(name, state, self.seconds_of.get(name, 0.0), text) for state, tests in every for name, text in tests
        ]
