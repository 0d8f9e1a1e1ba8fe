"""The pytest plugin: pages are collected, one test per obligation or snippet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from proofbook.errors import PageError, ProofbookError, SnippetFailure
from proofbook.evaluators.terminal import NeedsUnmet
from proofbook.lab.lab import Lab
from proofbook.pages.page import Page
from proofbook.pages.reading import checked_page, is_page, read_catalogue
from proofbook.pages.snippets import Snippet
from proofbook.plugin.python_fences import RUNNERS, Parser, PythonFences, snippet_at
from proofbook.plugin.run import WAIVED_PREFIX, Run
from proofbook.proof import obligations
from proofbook.proof.evidence import Evidence
from proofbook.proof.guides import Walk
from proofbook.proof.prove import check_outputs, obligations_of, snippets_of
from proofbook.settings import Settings, find_root, read_settings

RUN = pytest.StashKey[Run]()
SETTINGS = pytest.StashKey[Settings]()
PARSING: list[Page] = []


@dataclass(frozen=True, eq=False)
class GivenLab:
    """A plugin by which a caller of pytest hands over a lab it has prepared itself."""

    lab: Lab


def lab_of(run: Run) -> Lab:
    """Give the run's lab; without one nothing can be checked, so the session ends with status 2."""
    try:
        return run.lab()
    except ProofbookError as error:
        pytest.exit(f"proofbook: {error}", returncode=2)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add our options."""
    group = parser.getgroup("proofbook", "proving pages")
    group.addoption(
        "--proofbook-postgres",
        choices=("16", "18"),
        help="PostgreSQL major version to prove on (default: 18)",
    )
    group.addoption(
        "--proofbook-cold",
        action="store_true",
        help="start a new interpreter for each program, none that is preloaded",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Read the repository's settings once."""
    try:
        settings = read_settings(find_root(config.rootpath))
    except ProofbookError as error:
        raise pytest.UsageError(str(error)) from None
    config.stash[SETTINGS] = settings
    major = config.getoption("--proofbook-postgres") or settings.postgres
    run = Run(settings, major, getattr(config, "workerinput", None), _teller(config))
    run.cold = config.getoption("--proofbook-cold")
    run.given = next((entry.lab for entry in config.pluginmanager.get_plugins() if isinstance(entry, GivenLab)), None)
    config.stash[RUN] = run
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(run))


def _teller(config: pytest.Config) -> Any:
    def tell(text: str) -> None:
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.write_line(f"proofbook: {text}")

    return tell


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Start the lab once, before the first xdist worker, and tell each worker where it is."""
    run: Run = node.config.stash[RUN]
    if run.is_wanted(node.config.args):
        lab_of(run)
        node.workerinput.update(run.as_workerinput())


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove all that the run made."""
    if RUN in config.stash:
        config.stash[RUN].close()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the repository's pages, and no other Markdown."""
    if is_page(file_path, parent.config.stash[SETTINGS]):
        return PageFile.from_parent(parent, path=file_path)
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_markdown_docs_markdown_it() -> Any:
    """Hand our lexer to pytest-markdown-docs while one of our pages is being collected."""
    return Parser(PARSING[-1]) if PARSING else None


class PageFile(pytest.File):
    """A page; its tests share what was gathered about it."""

    page: Page
    evidence: Evidence | None = None
    walk: Walk | None = None

    @property
    def run(self) -> Run:
        """The run this page is proven in."""
        return self.config.stash[RUN]

    def collect(self) -> Iterator[pytest.Item]:
        """Give one test per obligation, or per snippet of a guide page."""
        settings = self.config.stash[SETTINGS]
        self.page = checked_page(self.path, settings)
        if self.page.fault:
            for name in obligations_of(self.page):
                yield ObligationItem.from_parent(self, name=name)
            return
        items: list[tuple[int, pytest.Item]] = [
            (snippet.line, SnippetItem.from_parent(self, name=snippet.name, snippet=snippet))
            for snippet in snippets_of(self.page)
            if snippet.language != "python"
        ]
        items += [(item.start_line, item) for item in self._python_items()]
        yield from (item for _line, item in sorted(items, key=lambda pair: pair[0]))

    def _python_items(self) -> list[Any]:
        RUNNERS[str(self.path)] = lambda line: self.reach(snippet_at(self.page, line)).raise_problem()
        PARSING.append(self.page)
        try:
            fences = PythonFences.from_parent(self, path=self.path)
            return [self._renamed(item) for item in fences.collect()]  # type: ignore[no-untyped-call]
        finally:
            PARSING.pop()

    def _renamed(self, item: Any) -> Any:
        """Give an item of that plugin under the name that every other snippet has, and its record too."""
        name = snippet_at(self.page, item.start_line).name
        renamed = type(item).from_parent(self, name=name, test_definition=item.test_definition)
        renamed.user_properties.append(("proofbook", self.properties(name)))
        return renamed

    def reach(self, snippet: Snippet) -> Any:
        """Walk the page down to a snippet."""
        if self.walk is None:
            self.walk = Walk(self.page, lab_of(self.run))
        try:
            return self.walk.reach(snippet)
        except NeedsUnmet as error:
            pytest.skip(error.fact)

    def gathered(self) -> Evidence:
        """Give the evidence of a fault page."""
        if self.evidence is None:
            self.evidence = Evidence(self.page, lab_of(self.run), read_catalogue(self.config.stash[SETTINGS]))
        return self.evidence

    def properties(self, name: str) -> dict[str, Any]:
        """Give what a record of one of the page's tests needs."""
        return {"id": f"{self.page.path}::{name}", "hash": self.run.fingerprint(self.page)}

    def teardown(self) -> None:
        """Remove the page's sandboxes."""
        for gathered in (self.evidence, self.walk):
            if gathered is not None:
                gathered.close()
        self.evidence = self.walk = None

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show place, fact and hint instead of our own frames."""
        return str(excinfo.value) if isinstance(excinfo.value, ProofbookError) else super().repr_failure(excinfo)


class _PageItem(pytest.Item):
    parent: PageFile

    def setup(self) -> None:
        """Note what the record of this test needs."""
        self.user_properties.append(("proofbook", self.parent.properties(self.name)))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show place, fact and hint instead of our own frames."""
        if isinstance(excinfo.value, ProofbookError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)


class ObligationItem(_PageItem):
    """One obligation of a fault page."""

    def runtest(self) -> None:
        """Judge the obligation on the page's evidence."""
        reason = self.parent.page.waived.get(self.name)
        if reason:
            pytest.skip(f"{WAIVED_PREFIX}{reason}")
        evidence = self.parent.gathered()
        try:
            obligations.check(self.name, evidence)
        except NeedsUnmet as error:
            pytest.skip(error.fact)
        if self.name == "signature-matches":
            self.user_properties.append(("proofbook_output", obligations.symptom_output(evidence)))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Give the page and the obligation's name."""
        return self.path, 0, self.name


class SnippetItem(_PageItem):
    """One snippet of a guide page."""

    def __init__(self, *, snippet: Snippet, **words: Any) -> None:
        """Keep the snippet."""
        super().__init__(**words)
        self.snippet = snippet

    def runtest(self) -> None:
        """Run the page down to this snippet and judge it."""
        self.parent.reach(self.snippet).raise_problem()

    def reportinfo(self) -> tuple[Path, int, str]:
        """Give the snippet's own line."""
        return self.path, self.snippet.line - 1, self.name


def is_unknown(error: BaseException) -> bool:
    """Tell whether an error says that nothing could be checked; one of the page or its snippets says more."""
    return isinstance(error, ProofbookError) and not isinstance(error, SnippetFailure | PageError)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Tell a check that could not be made from one that failed."""
    report = yield
    if call.excinfo is not None and call.when != "teardown":
        report.user_properties.append(("proofbook_unknown", is_unknown(call.excinfo.value)))
    return report


@dataclass(frozen=True, eq=False)
class Recorder:
    """A plugin of one session, so that a session inside another keeps its records to itself."""

    run: Run

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Write the record of a test."""
        self.run.record(report)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Match every signature against every kept symptom; a stranger's claim fails the run."""
    run = session.config.stash[RUN]
    if hasattr(session.config, "workerinput"):
        return
    if not run.recorded:
        return
    settings = session.config.stash[SETTINGS]
    run.claims = list(check_outputs(settings, read_catalogue(settings)))
    if run.claims and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say what the signatures' own test found."""
    for line in config.stash[RUN].claims:
        terminalreporter.write_line(f"FAILED signatures::all-against-all - {line}", red=True)
