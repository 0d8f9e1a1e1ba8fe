"""``proofbook mutate``: tells whether the proof notices that a command is gone."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.progress import track

from proofbook.commands._shared import FINDING, HOLDS, UNKNOWN, chosen_files, settings_here, shown_errors, tell
from proofbook.errors import ProofbookError
from proofbook.evaluators.terminal import NeedsUnmet
from proofbook.lab.preparing import prepared_lab
from proofbook.pages.reading import checked_page, read_catalogue
from proofbook.proof.mutation import draw, is_noticed, mutants_of
from proofbook.proof.records import commit_of


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--all", "every", is_flag=True, help="Every command of every page, not one per page.")
@click.option("--seed", help="Draw the same commands again (default: the commit).")
@shown_errors
def mutate(paths: tuple[Path, ...], every: bool, seed: str | None) -> int:
    """Replace commands of pages by `false`, and report those whose proof does not notice.

    Where that is not noticed, `true` takes its place: a command that is meant to fail is as good as `false`.

    Exit status: 0 all noticed, 1 a survivor, 2 something could not be checked.
    """
    settings = settings_here()
    seed = seed or commit_of(settings.root) or "none"
    pages = [checked_page(file, settings) for file in chosen_files(settings, paths)]
    mutants = [mutant for page in pages for mutant in (mutants_of(page) if every else draw(page, seed))]
    tell(f"{len(mutants)} commands of {len(pages)} pages, seed {seed}")
    survivors, skipped, unknown = 0, 0, 0
    with prepared_lab(settings, settings.postgres, tell) as lab:
        catalogue = read_catalogue(settings)
        for mutant in track(mutants, "replacing", console=Console(stderr=True), transient=True):
            try:
                if not is_noticed(mutant, lab, catalogue):
                    survivors += 1
                    click.echo(f"survived: {mutant}\nhint: document its output, or leave it out")
            except NeedsUnmet as error:
                skipped += 1
                click.echo(f"not run: {mutant}: {error.fact}")
            except ProofbookError as error:
                unknown += 1
                click.echo(f"could not check: {mutant}\n{error}")
    if unknown:
        click.echo(f"{unknown} could not be checked")
    click.echo(f"{len(mutants) - survivors - skipped - unknown} passed, {survivors} failed, {skipped} skipped")
    return FINDING if survivors else UNKNOWN if unknown else HOLDS
