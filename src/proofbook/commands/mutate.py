"""``proofbook mutate``: tells whether the proof notices that a command is gone."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click
from rich.console import Console
from rich.progress import track

from proofbook.commands._shared import FINDING, HOLDS, UNKNOWN, chosen_files, settings_here, shown_errors, tell
from proofbook.errors import ProofbookError
from proofbook.evaluators.terminal import NeedsUnmet
from proofbook.lab.lab import Lab
from proofbook.lab.preparing import prepared_lab
from proofbook.pages.reading import checked_page, read_catalogue
from proofbook.pages.signatures import Catalogue
from proofbook.proof.mutation import Mutant, Noticed, draw, judge, mutants_of

NOT_RUN, COULD_NOT_CHECK = "not run", "could not check"


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--all", "every", is_flag=True, help="Every command of every page, not one per page.")
@click.option(
    "--seed", default="", help="Draw others: without it a page's command stays the same until the page changes."
)
@shown_errors
def mutate(paths: tuple[Path, ...], every: bool, seed: str) -> int:
    """Replace commands of pages by `false`, and report those whose proof does not notice.

    Where that is not noticed, `true` takes its place: a command that is meant to fail is as good as `false`.

    Exit status: 0 all noticed, 1 a survivor, 2 something could not be checked.
    """
    settings = settings_here()
    pages = [checked_page(file, settings) for file in chosen_files(settings, paths)]
    mutants = [mutant for page in pages for mutant in (mutants_of(page) if every else draw(page, seed))]
    tell(f"{len(mutants)} commands of {len(pages)} pages")
    counts: Counter[str] = Counter()
    with prepared_lab(settings, settings.postgres, tell) as lab:
        catalogue = read_catalogue(settings)
        for mutant in track(mutants, "replacing", console=Console(stderr=True), transient=True):
            outcome, told = _tried(mutant, lab, catalogue)
            counts[outcome] += 1
            if told:
                click.echo(told)
    survivors, unknown = counts[Noticed.NO.value], counts[COULD_NOT_CHECK]
    if unknown:
        click.echo(f"{unknown} could not be checked")
    skipped = counts[NOT_RUN] + counts[Noticed.NEVER_RUN.value]
    click.echo(f"{counts[Noticed.YES.value]} passed, {survivors} failed, {skipped} skipped")
    return FINDING if survivors else UNKNOWN if unknown else HOLDS


def _tried(mutant: Mutant, lab: Lab, catalogue: Catalogue) -> tuple[str, str]:
    """Give what became of a mutant, and what is said about it."""
    try:
        noticed = judge(mutant, lab, catalogue)
    except NeedsUnmet as error:
        return NOT_RUN, f"not run: {mutant}: {error.fact}"
    except ProofbookError as error:
        return COULD_NOT_CHECK, f"could not check: {mutant}\n{error}"
    told = {
        Noticed.YES: "",
        Noticed.NO: f"survived: {mutant}\nhint: document its output, or leave it out",
        Noticed.NEVER_RUN: f"not run: {mutant}: no proof takes the way on which it lies",
    }
    return noticed.value, told[noticed]
