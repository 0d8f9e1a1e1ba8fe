"""``proofbook lab``: one command, or a shell, in a sandbox of its own."""

from __future__ import annotations

import subprocess

import click

from proofbook.commands._shared import settings_here, shown_errors, tell
from proofbook.lab.preparing import prepared_lab
from proofbook.lab.programs import as_user


@click.command()
@click.argument("command", required=False)
@click.option("--postgres", type=click.Choice(["16", "18"]), help="PostgreSQL major version (default: 18).")
@shown_errors
def lab(command: str | None, postgres: str | None) -> int:
    """Run COMMAND in a fresh sandbox, or open a shell there; afterwards the sandbox is removed.

    Exit status: that of the command.
    """
    settings = settings_here()
    with (
        prepared_lab(settings, postgres or settings.postgres, tell, cold=True) as prepared,
        prepared.sandbox() as sandbox,
    ):
        words = ["bash", "--noprofile", "--norc", *(["-euo", "pipefail", "-c", command] if command else ["-i"])]
        environment = {**sandbox.full_environment, "TERM": "xterm", "PS1": "lab$ "}
        return subprocess.run(
            words, cwd=sandbox.root, env=environment, check=False, **as_user(sandbox.account)
        ).returncode
