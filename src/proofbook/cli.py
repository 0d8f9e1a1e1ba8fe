"""The command line: ``proofbook prove``, ``snippets`` and ``explain``."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from rich.console import Console

from proofbook import foreign, site
from proofbook.errors import ProofbookError
from proofbook.progress import ProgressView
from proofbook.prove import checked_page, names_of, page_files, pages_to_prove
from proofbook.pytest_plugin import RUN
from proofbook.records import COULD_NOT_CHECK, FAILED
from proofbook.settings import Settings, find_root, read_settings

HOLDS, FINDING, UNKNOWN = 0, 1, 2


def shown_errors(command: Callable[..., int]) -> Callable[..., None]:
    """Turn an error of ours into its text and exit status 2, and a result into the exit status."""

    @functools.wraps(command)
    def shown(*args: Any, **words: Any) -> None:
        try:
            sys.exit(command(*args, **words))
        except ProofbookError as error:
            click.echo(f"proofbook: {error}", err=True)
            sys.exit(UNKNOWN)

    return shown


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="proofbook")
def main() -> None:
    """Pages whose commands are proven and whose faults are really provoked."""


def _settings() -> Settings:
    return read_settings(find_root(Path.cwd()))


@main.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the outcome to this file.")
@click.option("--postgres", type=click.Choice(["16", "18"]), help="PostgreSQL major version (default: 18).")
@click.option("--fresh", is_flag=True, help="Prove again what is unchanged, too.")
@click.option("--workers", default=2, show_default=True, help="Pages proven at the same time.")
@shown_errors
def prove(paths: tuple[Path, ...], json_file: Path | None, postgres: str | None, fresh: bool, workers: int) -> int:
    """Prove pages: provoke each fault, run each command, show each fix to work.

    Exit status: 0 all holds, 1 a finding, 2 something could not be checked.
    """
    return _prove(_settings(), paths, json_file, postgres, fresh=fresh, workers=workers)


def _prove(
    settings: Settings,
    paths: tuple[Path, ...] = (),
    json_file: Path | None = None,
    postgres: str | None = None,
    *,
    fresh: bool = False,
    workers: int = 2,
) -> int:
    major = postgres or settings.postgres
    files = _chosen(settings, paths)
    wanted = pages_to_prove(settings, files, major, fresh=fresh)
    console = Console(highlight=False, soft_wrap=True)
    kept = len(files) - len(wanted)
    if kept:
        text = f"{kept} of {len(files)} pages hold as proven on PostgreSQL {major}, or have nothing to run"
        console.print(text, style="dim")
    if not wanted:
        return HOLDS
    view = ProgressView(console, _expected(settings, wanted))
    outcome = _run_pytest(settings, view, wanted, major, min(workers, len(wanted)))
    if json_file:
        json_file.write_text(json.dumps({**view.as_json(), "postgres": major, "kept": kept}, indent=1) + "\n", "utf-8")
    return outcome


def _chosen(settings: Settings, paths: tuple[Path, ...]) -> list[Path]:
    files = page_files(settings)
    if not files:
        raise ProofbookError(str(settings.root), "there is no page here", "set `pages` in [tool.proofbook]")
    if not paths:
        return files
    chosen: list[Path] = []
    for path in paths:
        found = [file for file in files if file == path.absolute() or path.absolute() in file.parents]
        if not found:
            raise ProofbookError(
                str(path), "is no page of this repository", f"pages are below {', '.join(settings.pages)}"
            )
        chosen += found
    return list(dict.fromkeys(chosen))


def _expected(settings: Settings, files: list[Path]) -> dict[str, int]:
    expected = {}
    for file in files:
        try:
            page = checked_page(file, settings)
        except ProofbookError:
            continue
        expected[page.path] = len(names_of(page))
    return expected


class _Holder:
    """Keeps pytest's configuration, so that the run can be asked after it."""

    def pytest_configure(self, config: pytest.Config) -> None:
        self.run = config.stash[RUN]


def _run_pytest(settings: Settings, view: ProgressView, files: list[Path], major: str, workers: int) -> int:
    arguments = [str(file) for file in files]
    arguments += [f"--rootdir={settings.root}", f"--proofbook-postgres={major}", "-p", "no:cacheprovider"]
    arguments += ["--continue-on-collection-errors", "-o", "addopts=", "-o", "filterwarnings="]
    arguments += ["-n", str(workers), "--dist", "loadfile"] if workers > 1 else ["-p", "no:xdist"]
    holder = _Holder()
    view.tell(f"proving {len(files)} pages on PostgreSQL {major}")
    try:
        status = pytest.main(arguments, plugins=[view, holder])
    finally:
        view.close()
    view.show_sum(holder.run.claims)
    states = {record.state for record in holder.run.recorded}
    if view.findings or holder.run.claims:
        only_unknown = FAILED not in states and not holder.run.claims and COULD_NOT_CHECK in states
        return UNKNOWN if only_unknown else FINDING
    return HOLDS if status == pytest.ExitCode.OK else UNKNOWN


@main.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
@shown_errors
def snippets(paths: tuple[Path, ...], as_json: bool) -> int:
    """List every fence a reader sees, run or not, in any folder of Markdown."""
    listed, errors = foreign.snippets_below(paths or (Path(),))
    for error in errors:
        click.echo(f"proofbook: {error}", err=True)
    if as_json:
        click.echo(json.dumps([snippet.as_json() for snippet in listed], indent=1, ensure_ascii=False))
    else:
        for snippet in listed:
            click.echo(f"{snippet}  {snippet.language or '-':<10} {snippet.reason or 'runs'}")
    return UNKNOWN if errors else HOLDS


@main.command()
@click.argument("code")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@shown_errors
def explain(code: str, as_json: bool) -> int:
    """Print the page of a fault, for a terminal."""
    from proofbook.explain import explain as explain_page  # noqa: PLC0415
    from proofbook.explain import explain_json  # noqa: PLC0415

    settings = _settings()
    files = {file.stem: file for file in page_files(settings)}
    file = files.get(code.upper())
    if file is None:
        known = ", ".join(sorted(stem for stem in files if stem.isupper() and stem != "README"))
        raise ProofbookError(code, "there is no page for this fault", f"known are {known or 'none'}")
    page = checked_page(file, settings)
    click.echo(json.dumps(explain_json(page), indent=1, ensure_ascii=False) if as_json else explain_page(page))
    return HOLDS


def _tell(text: str) -> None:
    click.echo(text, err=True)


@main.command()
@click.option("--always", is_flag=True, help="Build even when nothing has changed.")
@shown_errors
def build(always: bool) -> int:
    """Build the site from the pages and the records there are."""
    settings = _settings()
    if not site.build(settings, _tell, always=always):
        _tell(f"{settings.site}/ is current")
    return HOLDS


@main.command()
@click.option("--build", "only_build", is_flag=True, help="Stop after the site is built.")
@click.option("--port", default=8000, show_default=True, help="Port on 127.0.0.1.")
@click.option("--postgres", type=click.Choice(["16", "18"]), help="PostgreSQL major version (default: 18).")
@shown_errors
def serve(only_build: bool, port: int, postgres: str | None) -> int:
    """Prove what changed, build the site, and serve it on 127.0.0.1.

    A page that does not hold is served all the same, and says so.
    """
    settings = _settings()
    if only_build:
        outcome = _prove(settings, postgres=postgres)
        site.build(settings, _tell)
        return outcome
    with site.open_server(settings, port) as server:
        outcome = _prove(settings, postgres=postgres)
        site.build(settings, _tell)
        if outcome != HOLDS:
            _tell("some pages do not hold; the site says which")
        _tell(f"serving http://{site.HOST}:{port}/  (Ctrl-C ends it)")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            _tell("ended")
    return HOLDS
