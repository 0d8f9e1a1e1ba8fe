"""``proofbook explain``: a fault page in the terminal."""

from __future__ import annotations

import json

import click

from proofbook.commands._shared import HOLDS, settings_here, shown_errors
from proofbook.errors import ProofbookError
from proofbook.explain import explain, explain_json
from proofbook.pages.reading import readable_pages


@click.command("explain")
@click.argument("code")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@shown_errors
def explain_command(code: str, as_json: bool) -> int:
    """Print the page of a fault, for a terminal."""
    pages = {page.fault: page for page in readable_pages(settings_here()) if page.fault}
    page = pages.get(code.upper())
    if page is None:
        known = ", ".join(sorted(pages)) or "none"
        raise ProofbookError(code, "there is no page for this fault", f"known are {known}")
    click.echo(json.dumps(explain_json(page), indent=1, ensure_ascii=False) if as_json else explain(page))
    return HOLDS
