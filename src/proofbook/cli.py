"""The command line: the commands, and nothing else."""

from __future__ import annotations

import sys
from io import TextIOWrapper

import click

from proofbook.commands.adopt import action, hooks
from proofbook.commands.copilot import copilot
from proofbook.commands.diagnose import diagnose_command
from proofbook.commands.drill import check, drill, hint
from proofbook.commands.explain import explain_command
from proofbook.commands.lab import lab
from proofbook.commands.lesson import lesson
from proofbook.commands.lint import lint_command
from proofbook.commands.mcp import mcp
from proofbook.commands.mutate import mutate
from proofbook.commands.prove import prove
from proofbook.commands.review import review_command
from proofbook.commands.site import build, serve
from proofbook.commands.snippets import snippets


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="proofbook")
def main() -> None:
    """Pages whose commands are proven and whose faults are really provoked."""
    if isinstance(sys.stdout, TextIOWrapper):  # a letter that a terminal lacks is spelled, and ends nothing
        sys.stdout.reconfigure(errors="backslashreplace")


PROVING = (prove, snippets, lint_command, mutate, build, serve)
ASKING = (diagnose_command, review_command, explain_command, lesson, copilot, mcp)
TRYING = (lab, drill, check, hint)
GIVING = (hooks, action)
for command in (*PROVING, *ASKING, *TRYING, *GIVING):
    main.add_command(command)
