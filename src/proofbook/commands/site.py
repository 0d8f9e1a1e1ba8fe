"""``proofbook build`` and ``proofbook serve``: the site from pages and records."""

from __future__ import annotations

import threading

import click

from proofbook.commands._shared import HOLDS, settings_here, shown_errors, tell
from proofbook.commands.prove import prove_pages
from proofbook.errors import ProofbookError
from proofbook.settings import Settings
from proofbook.site import build as site
from proofbook.site.serving import HOST, served


@click.command()
@click.option("--always", is_flag=True, help="Build even when nothing has changed.")
@shown_errors
def build(always: bool) -> int:
    """Build the site from the pages and the records there are."""
    settings = settings_here()
    if not site.build(settings, tell, always=always):
        tell(f"{settings.site}/ is current")
    return HOLDS


@click.command()
@click.option("--build", "only_build", is_flag=True, help="Stop after the site is built.")
@click.option("--port", default=8000, show_default=True, help="Port on 127.0.0.1.")
@click.option("--postgres", type=click.Choice(["16", "18"]), help="PostgreSQL major version (default: 18).")
@shown_errors
def serve(only_build: bool, port: int, postgres: str | None) -> int:
    """Serve the site on 127.0.0.1, prove what changed meanwhile, and build it again from what was found.

    A page that does not hold is served all the same, and says so.
    """
    settings = settings_here()
    if only_build:
        outcome = prove_pages(settings, postgres=postgres)
        site.build(settings, tell)
        return outcome
    with served(settings, port):
        site.build(settings, tell)
        tell(f"serving http://{HOST}:{port}/  (Ctrl-C ends it)")
        try:
            _bring_up_to_date(settings, port, postgres)
            threading.Event().wait()
        except KeyboardInterrupt:
            tell("ended")
    return HOLDS


def _bring_up_to_date(settings: Settings, port: int, postgres: str | None) -> None:
    """Prove what changed and build the site again; what hinders it is told, and the site there is stays served."""
    try:
        if prove_pages(settings, postgres=postgres) != HOLDS:
            tell("some pages do not hold; the site says which")
        if site.build(settings, tell):
            tell(f"http://{HOST}:{port}/ shows what was proven just now")
    except ProofbookError as error:
        tell(f"proofbook: {error}")
        tell(f"http://{HOST}:{port}/ shows what was proven before")
