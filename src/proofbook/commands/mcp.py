"""``proofbook mcp``: the pages as tools of a coding agent."""

from __future__ import annotations

import sys
from importlib.metadata import version

import click

from proofbook.asking import Answers
from proofbook.commands._shared import HOLDS, settings_here, shown_errors, tell
from proofbook.errors import ProofbookError
from proofbook.site.edition import Edition


@click.command("mcp")
@shown_errors
def mcp() -> int:
    """Serve diagnose, explain, search_lessons and list_runbooks to a coding agent, on standard input and output.

    They only read: no program is started, nothing is written, and secrets in a log are masked in the answer.
    """
    edition = Edition(settings_here())
    if not edition.faults:
        hint = "call it from a checkout of Proofbook, or call that checkout's scripts/mcp from anywhere"
        raise ProofbookError(str(edition.settings.root), "there are no fault pages here", hint)
    # it brings some hundred modules, which no other command shall wait for
    from proofbook.mcp_server import serve  # noqa: PLC0415

    if sys.stdin.isatty():
        tell("waiting for a client on standard input; Ctrl-D ends it")
    serve(Answers(edition), version("proofbook"))
    return HOLDS
