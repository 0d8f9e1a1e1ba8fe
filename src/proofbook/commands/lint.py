"""``proofbook lint``: fences that are not what they look like."""

from __future__ import annotations

from pathlib import Path

import click

from proofbook.commands._shared import FINDING, HOLDS, UNKNOWN, shown_errors
from proofbook.pages.fence_lint import lint_file
from proofbook.pages.foreign import markdown_below
from proofbook.pages.snippets import UnreadableError


@click.command("lint")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@shown_errors
def lint_command(paths: tuple[Path, ...]) -> int:
    """Lint the fences of Markdown files, in any repository: pages need not be ours.

    Of a folder, what lies below node_modules or a hidden folder is left out.

    Exit status: 0 nothing was found, 1 a finding, 2 a file cannot be read.
    """
    found = [error for path in paths for file in markdown_below(path) for error in lint_file(file)]
    for error in found:
        click.echo(str(error))
    if found and all(isinstance(error, UnreadableError) for error in found):
        return UNKNOWN
    return FINDING if found else HOLDS
