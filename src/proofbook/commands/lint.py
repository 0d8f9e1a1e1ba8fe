"""``proofbook lint``: fences that are not what they look like."""

from __future__ import annotations

from pathlib import Path

import click

from proofbook.commands._shared import FINDING, HOLDS, shown_errors
from proofbook.pages.fence_lint import lint_file


@click.command("lint")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@shown_errors
def lint_command(paths: tuple[Path, ...]) -> int:
    """Lint the fences of Markdown files, in any repository: pages need not be ours.

    Exit status: 0 nothing was found, 1 a finding.
    """
    files = [file for path in paths for file in (sorted(path.rglob("*.md")) if path.is_dir() else [path])]
    found = [error for file in files for error in lint_file(file)]
    for error in found:
        click.echo(str(error))
    return FINDING if found else HOLDS
