"""``proofbook snippets``: every fence a reader sees."""

from __future__ import annotations

import json
from pathlib import Path

import click

from proofbook.commands._shared import HOLDS, UNKNOWN, shown_errors
from proofbook.pages import foreign


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
@click.option("--unproven", is_flag=True, help="List only what nothing proves, and count it.")
@shown_errors
def snippets(paths: tuple[Path, ...], as_json: bool, unproven: bool) -> int:
    """List every fence a reader sees, run or not, in any folder of Markdown."""
    found, errors = foreign.snippets_below(paths or (Path(),))
    listed = [snippet for snippet in found if snippet.is_unproven] if unproven else list(found)
    for error in errors:
        click.echo(f"proofbook: {error}", err=True)
    if as_json:
        click.echo(json.dumps([snippet.as_json() for snippet in listed], indent=1, ensure_ascii=False))
    else:
        for snippet in listed:
            click.echo(f"{snippet}  {snippet.language or '-':<10} {snippet.reason or 'runs'}")
        if unproven:
            click.echo(f"{len(listed)} of {len(found)} fences are unproven")
    return UNKNOWN if errors else HOLDS
