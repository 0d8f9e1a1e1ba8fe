"""The pytest plugin: pages are collected, one test per obligation or snippet."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from proofbook.errors import PageError, ProofbookError, SnippetFailure
from proofbook.lab.lab import Lab
from proofbook.pages.reading import is_page
from proofbook.plugin.collecting import PARSING, RUN, SETTINGS, PageFile, lab_of
from proofbook.plugin.python_fences import Parser
from proofbook.plugin.run import Run
from proofbook.proof.prove import check_outputs
from proofbook.settings import find_root, read_settings


@dataclass(frozen=True, eq=False)
class GivenLab:
    """A plugin by which a caller of pytest hands over a lab it has prepared itself."""

    lab: Lab
    is_for_one_page: bool = False


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add our options."""
    group = parser.getgroup("proofbook", "proving pages")
    group.addoption(
        "--proofbook-postgres",
        choices=("16", "18"),
        help="PostgreSQL major version to prove on (default: 18)",
    )
    group.addoption(
        "--proofbook-lab",
        metavar="DIR",
        help="environment of the lab to prove in (default: what [tool.proofbook] names)",
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
        lab = config.getoption("--proofbook-lab")
        settings = settings.with_lab(Path(lab)) if lab else settings
    except ProofbookError as error:
        raise pytest.UsageError(str(error)) from None
    config.stash[SETTINGS] = settings
    major = config.getoption("--proofbook-postgres") or settings.postgres
    run = Run(settings, major, getattr(config, "workerinput", None), _teller(config))
    run.cold = config.getoption("--proofbook-cold")
    for given in config.pluginmanager.get_plugins():
        if isinstance(given, GivenLab):
            run.given, run.is_for_one_page = given.lab, given.is_for_one_page
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
    run.claims = list(check_outputs(settings, run.catalogue()))
    if run.claims and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say what the signatures' own test found."""
    for line in config.stash[RUN].claims:
        terminalreporter.write_line(f"FAILED signatures::all-against-all - {line}", red=True)
