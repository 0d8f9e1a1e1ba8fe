"""``proofbook diagnose``: from the text of a log to the pages of its faults."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click

from proofbook.commands._shared import FINDING, HOLDS, add_to, settings_here, shown_errors, tell
from proofbook.diagnosis.diagnose import diagnose
from proofbook.diagnosis.found import Diagnosis
from proofbook.diagnosis.telling import as_github, as_json, as_summary, as_text
from proofbook.errors import ProofbookError
from proofbook.pages.reading import read_catalogue
from proofbook.pages.signatures import Catalogue

FORMATS: dict[str, Callable[[Diagnosis, Catalogue], str]] = {
    "text": as_text,
    "json": lambda diagnosis, catalogue: json.dumps(as_json(diagnosis, catalogue), indent=1, ensure_ascii=False),
    "github": as_github,
}


@click.command("diagnose")
@click.argument("log", metavar="[FILE|-]", default="-")
@click.option(
    "--format", "form", type=click.Choice(list(FORMATS)), default="text", show_default=True, help="How it is told."
)
@click.option("--summary", metavar="FILE", help="Also add a table to this file, as a job's summary is written.")
@click.option("--pages-at", metavar="URL", default="", help="Where the repository's files are, to link to (--summary).")
@click.option("--json", "as_json_too", is_flag=True, help="Short for --format json.")
@shown_errors
def diagnose_command(log: str, form: str, summary: str | None, pages_at: str, *, as_json_too: bool) -> int:
    """Name the faults in a log, the root cause first.

    Errors that no page knows are listed, too. What looks like a secret or a row's values is masked.

    Exit status: 0 no error, 1 a fault or an unknown error, 2 the log cannot be read, or is empty.
    """
    settings = settings_here()
    catalogue = read_catalogue(settings)
    if not catalogue.known:
        hint = "go into a checkout, or call its scripts/diagnose from anywhere"
        raise ProofbookError(str(settings.root), "there are no fault pages here, so no fault would be known", hint)
    if log == "-" and sys.stdin.isatty():
        tell("paste the log, then press Ctrl-D on a line of its own")
    with _opened(log) as stream:
        diagnosis = diagnose(stream, catalogue, log if log != "-" else "standard input")
    text = FORMATS["json" if as_json_too else form](diagnosis, catalogue)
    if text:
        click.echo(text)
    if summary:
        add_to(Path(summary), as_summary(diagnosis, catalogue, pages_at))
    return FINDING if diagnosis.found or diagnosis.unknown else HOLDS


@contextmanager
def _opened(log: str) -> Iterator[IO[bytes]]:
    """Open a log to be read as bytes.

    Raises ProofbookError when it cannot be.
    """
    if log == "-":
        yield sys.stdin.buffer
        return
    try:
        with Path(log).open("rb") as stream:
            yield stream
    except OSError as error:
        hint = "give a file, or - for standard input"
        raise ProofbookError(log, f"cannot be read: {error.strerror}", hint) from None
