"""``proofbook hooks`` and ``proofbook action``: what another repository needs to use this one."""

from __future__ import annotations

from pathlib import Path

import click

from proofbook.adopting import ACTION, HOOKS, Source, source_of, write
from proofbook.commands._shared import HOLDS, settings_here, shown_errors, tell
from proofbook.errors import ProofbookError
from proofbook.pages.reading import readable_pages

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
came_from = click.option(
    "--from", "address", metavar="URL", default="", help="Where this repository is (default: its remote `origin`)."
)


@click.command("hooks")
@click.option("--into", required=True, type=FOLDER, help="The repository that gets a .pre-commit-config.yaml.")
@came_from
@shown_errors
def hooks(into: Path, address: str) -> int:
    """Write the configuration by which pre-commit calls our hooks, pinned to this commit.

    Exit status: 0 done or nothing to do, 2 it has one already, or it cannot be written.
    """
    source = _source(address)
    done = _write(into, ".pre-commit-config.yaml", HOOKS.format(address=source.address, commit=source.commit))
    tell("git calls them once pre-commit is told to, in that repository: pre-commit install")
    return done


@click.command("action")
@click.option("--into", required=True, type=FOLDER, help="The repository that gets a .github/workflows/deploy.yml.")
@came_from
@shown_errors
def action(into: Path, address: str) -> int:
    """Write a workflow that deploys and names the fault when that fails, by our action, pinned to this commit.

    Exit status: 0 done or nothing to do, 2 it has one already, or it cannot be written.
    """
    source = _source(address)
    return _write(into, ".github/workflows/deploy.yml", ACTION.format(slug=source.slug, commit=source.commit))


def _source(address: str) -> Source:
    """Give where this checkout comes from; another repository has neither our hooks nor our action."""
    settings = settings_here()
    if not any(page.fault for page in readable_pages(settings)):
        hint = "call it from a checkout of Proofbook"
        raise ProofbookError(str(settings.root), "there are no fault pages here", hint)
    return source_of(settings.root, address)


def _write(into: Path, path: str, text: str) -> int:
    click.echo(f"{path}: {'written' if write(into, path, text) else 'nothing to do'}")
    return HOLDS
