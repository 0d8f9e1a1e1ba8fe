"""``proofbook lab``: one command, or a shell, in a sandbox of its own."""

from __future__ import annotations

import click

from proofbook.commands._opening import fault_page, opened, run_shell
from proofbook.commands._shared import settings_here, shown_errors, tell
from proofbook.lab.desk import desk
from proofbook.lab.preparing import prepared_lab


@click.command()
@click.argument("command", required=False, metavar="['COMMAND']")
@click.option("--broken", metavar="CODE", help="Break the sandbox first, as the proof of this fault does.")
@click.option("--postgres", type=click.Choice(["16", "18"]), help="PostgreSQL major version (default: 18).")
@shown_errors
def lab(command: str | None, broken: str | None, postgres: str | None) -> int:
    """Run COMMAND in a fresh sandbox, or open a shell there; afterwards the sandbox is removed.

    COMMAND is one word for your shell, so quote it: proofbook lab 'python manage.py migrate && git status'.
    The first status but 0 ends it. In the sandbox, `proofbook diagnose` and `proofbook explain` are at hand.

    Exit status: that of the command.
    """
    settings = settings_here()
    page = fault_page(settings, broken, f"--broken {broken}") if broken else None
    with (
        prepared_lab(
            settings, postgres or settings.postgres, tell, cold=True, what="" if command else "proofbook lab"
        ) as prepared,
        opened(prepared, page) as sandbox,
        desk(sandbox, settings),
    ):
        return run_shell(sandbox, command, "lab$ ")
