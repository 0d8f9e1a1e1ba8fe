"""``proofbook prove``: pytest with our plugin, a progress view and parallel workers."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

import click
import pytest
from rich.console import Console

from proofbook.commands._shared import (
    FINDING,
    HOLDS,
    UNKNOWN,
    Ended,
    add_to,
    check_place,
    chosen_files,
    put,
    settings_here,
    shown_errors,
)
from proofbook.errors import ProofbookError
from proofbook.lab.preparing import prepared_lab
from proofbook.pages.reading import checked_page
from proofbook.plugin.collecting import RUN
from proofbook.plugin.progress import ProgressView
from proofbook.plugin.reports import as_annotations, as_junit, as_summary
from proofbook.proof.fingerprint import lab_versions
from proofbook.proof.prove import names_of, pages_to_prove
from proofbook.proof.records import COULD_NOT_CHECK, FAILED, Records
from proofbook.pytest_plugin import GivenLab
from proofbook.settings import Settings


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the outcome to this file.")
@click.option("--postgres", type=click.Choice(["16", "18"]), help="PostgreSQL major version (default: 18).")
@click.option(
    "--lab", type=click.Path(path_type=Path), help="Another environment of the lab; its proofs are kept apart."
)
@click.option("--fresh", is_flag=True, help="Prove again what is unchanged, too.")
@click.option("--workers", default=2, show_default=True, help="Pages proven at the same time.")
@click.option("--cold", is_flag=True, help="Start a new interpreter for each program, none that is preloaded.")
@click.option("--junit", "junit_file", type=click.Path(path_type=Path), help="Write a JUnit file.")
@click.option("--summary", "summary_file", type=click.Path(path_type=Path), help="Add a table to this file.")
@click.option("--format", "form", type=click.Choice(["text", "github"]), default="text", help="github: annotate pages.")
@shown_errors
def prove(
    paths: tuple[Path, ...],
    json_file: Path | None,
    postgres: str | None,
    lab: Path | None,
    *,
    fresh: bool,
    workers: int,
    cold: bool,
    junit_file: Path | None,
    summary_file: Path | None,
    form: str,
) -> int:
    """Prove pages: provoke each fault, run each command, show each fix to work.

    Exit status: 0 all holds, 1 a finding, 2 something could not be checked.
    """
    told = Told(json_file, junit_file, summary_file, annotates=form == "github")
    told.check()
    settings = settings_here().with_lab(lab) if lab else settings_here()
    return prove_pages(settings, paths, told, postgres, fresh=fresh, workers=workers, cold=cold)


@dataclass(frozen=True, slots=True)
class Told:
    """To whom the outcome is told, beside the person at the terminal."""

    json_file: Path | None = None
    junit_file: Path | None = None
    summary_file: Path | None = None
    annotates: bool = False

    def check(self) -> None:
        """Raise ProofbookError when nothing could be written in one of the places."""
        for file in filter(None, (self.json_file, self.junit_file, self.summary_file)):
            check_place(file)

    def tell(self, view: ProgressView, expected: list[str], postgres: str, kept: int) -> None:
        """Write what was asked for; who reads the JSON sees by ``expected`` what the run never came to."""
        if self.json_file:
            told = {**view.as_json(), "expected": expected, "postgres": postgres, "kept": kept}
            put(self.json_file, json.dumps(told, indent=1) + "\n")
        if self.junit_file:
            put(self.junit_file, as_junit(view.cases()))
        if self.summary_file:
            add_to(self.summary_file, as_summary(view.cases(), postgres, kept))
        if self.annotates:
            for line in as_annotations(view.cases()):
                click.echo(line)


def prove_pages(
    settings: Settings,
    paths: tuple[Path, ...] = (),
    told: Told | None = None,
    postgres: str | None = None,
    *,
    fresh: bool = False,
    workers: int = 2,
    cold: bool = False,
) -> int:
    major = postgres or settings.postgres
    files = chosen_files(settings, paths)
    wanted = pages_to_prove(settings, files, major, fresh=fresh)
    console = Console(highlight=False, soft_wrap=True)
    kept = len(files) - len(wanted)
    if kept:
        text = f"{kept} of {len(files)} pages hold as proven on PostgreSQL {major}, or have nothing to run"
        console.print(text, style="dim")
    expected = _expected(settings, wanted)
    view = ProgressView(console, {page: len(names) for page, names in expected.items()})
    outcome = _run_pytest(settings, view, wanted, major, min(workers, len(wanted)), cold=cold) if wanted else HOLDS
    if told:
        told.tell(view, [f"{page}::{name}" for page, names in expected.items() for name in names], major, kept)
    return outcome


def _expected(settings: Settings, files: list[Path]) -> dict[str, list[str]]:
    expected = {}
    for file in files:
        try:
            page = checked_page(file, settings)
        except ProofbookError:
            continue
        expected[page.path] = names_of(page)
    return expected


def _present(settings: Settings, view: ProgressView, files: list[Path]) -> list[Path]:
    """Give the files that are there; pytest would refuse the whole run for a link that leads nowhere."""
    for file in files:
        if not file.exists():
            view.note_uncollected(str(file.relative_to(settings.root)), _reason(file, settings))
    return [file for file in files if file.exists()]


def _reason(file: Path, settings: Settings) -> str:
    try:
        checked_page(file, settings)
    except ProofbookError as error:
        return str(error)
    return "is gone"


def _longest_first(settings: Settings, files: list[Path]) -> list[Path]:
    """Put the pages that took longest at the front, and those never proven: the last to end ends the run."""
    records = Records(settings.kept / "records")

    def seconds(file: Path) -> float:
        known = records.of_page(str(file.relative_to(settings.root)))
        return sum(record.seconds for record in known) if known else math.inf

    return sorted(files, key=seconds, reverse=True)


class _Holder:
    """Keeps pytest's configuration, so that the run can be asked after it."""

    ended_by: BaseException | None = None

    def pytest_configure(self, config: pytest.Config) -> None:
        self.run = config.stash[RUN]

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        # its own, of other types, say that the lab cannot be had
        if type(excinfo.value) in (KeyboardInterrupt, Ended):
            self.ended_by = excinfo.value


def _run_pytest(
    settings: Settings, view: ProgressView, files: list[Path], major: str, workers: int, *, cold: bool
) -> int:
    present = _present(settings, view, files)
    if not present:
        view.show_sum([])
        return FINDING
    arguments = [str(file) for file in _longest_first(settings, present)]
    arguments += [f"--rootdir={settings.root}", f"--proofbook-postgres={major}", "-p", "no:cacheprovider"]
    arguments += ["--continue-on-collection-errors", "-o", "addopts=", "-o", "filterwarnings="]
    arguments += [f"--proofbook-lab={Path(settings.python).parent.parent}"] if settings.apart else []
    dealt = ["-n", str(workers), "--dist", "loadfile", "--no-loadscope-reorder"]
    arguments += dealt if workers > 1 else ["-p", "no:xdist"]
    holder = _Holder()
    versions = ", ".join(f"{name} {version}" for name, version in lab_versions(settings, major).items())
    on = versions if settings.apart else f"PostgreSQL {major}"
    view.tell(f"proving {len(files)} {'page' if len(files) == 1 else 'pages'} on {on}")
    with prepared_lab(settings, major, view.tell, cold=cold) as lab:
        try:
            status = pytest.main(arguments, plugins=[view, holder, GivenLab(lab, is_for_one_page=len(present) == 1)])
        finally:
            view.close()
    view.broke_off = status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
    view.show_sum(holder.run.claims)
    if holder.ended_by is not None:
        raise holder.ended_by
    states = {record.state for record in holder.run.recorded}
    if view.findings or holder.run.claims:
        is_found = FAILED in states or holder.run.claims or view.uncollected
        return UNKNOWN if COULD_NOT_CHECK in states and not is_found else FINDING
    return HOLDS if status == pytest.ExitCode.OK else UNKNOWN
