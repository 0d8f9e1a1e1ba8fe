"""``proofbook lab``: one command, or a shell, in a sandbox of its own."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator

import click

from proofbook.commands._shared import settings_here, shown_errors, tell
from proofbook.errors import ProofbookError
from proofbook.lab.lab import Lab
from proofbook.lab.preparing import prepared_lab
from proofbook.lab.programs import as_user
from proofbook.lab.sandbox import Sandbox
from proofbook.pages.page import Page
from proofbook.pages.page_format import known
from proofbook.pages.reading import readable_pages
from proofbook.proof.evidence import fresh_sandbox
from proofbook.proof.fault_module import injected
from proofbook.settings import Settings


@click.command()
@click.argument("command", required=False)
@click.option("--broken", metavar="CODE", help="Break the sandbox first, as the proof of this fault does.")
@click.option("--postgres", type=click.Choice(["16", "18"]), help="PostgreSQL major version (default: 18).")
@shown_errors
def lab(command: str | None, broken: str | None, postgres: str | None) -> int:
    """Run COMMAND in a fresh sandbox, or open a shell there; afterwards the sandbox is removed.

    Exit status: that of the command.
    """
    settings = settings_here()
    page = _fault_page(settings, broken.upper()) if broken else None
    with (
        prepared_lab(settings, postgres or settings.postgres, tell, cold=True) as prepared,
        _sandbox(prepared, page) as sandbox,
    ):
        words = ["bash", "--noprofile", "--norc", *(["-euo", "pipefail", "-c", command] if command else ["-i"])]
        environment = {**sandbox.full_environment, "TERM": "xterm", "PS1": "lab$ "}
        return subprocess.run(
            words, cwd=sandbox.root, env=environment, check=False, **as_user(sandbox.account)
        ).returncode


def _fault_page(settings: Settings, code: str) -> Page:
    faults = {str(page.fault): page for page in readable_pages(settings) if page.fault}
    if code not in faults:
        raise ProofbookError(f"--broken {code}", "there is no such fault page", known(faults))
    return faults[code]


@contextlib.contextmanager
def _sandbox(prepared: Lab, page: Page | None) -> Iterator[Sandbox]:
    if page is None:
        with prepared.sandbox() as sandbox:
            yield sandbox
        return
    with fresh_sandbox(page, prepared) as sandbox, injected(page, prepared.settings, sandbox):
        yield sandbox
