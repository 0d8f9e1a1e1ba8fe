"""``proofbook explain``: a fault page in the terminal."""

from __future__ import annotations

import json

import click

from proofbook.commands._shared import HOLDS, settings_here, shown_errors
from proofbook.errors import ProofbookError
from proofbook.prove import checked_page, page_files


@click.command()
@click.argument("code")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@shown_errors
def explain(code: str, as_json: bool) -> int:
    """Print the page of a fault, for a terminal."""
    from proofbook.explain import explain as explain_page  # noqa: PLC0415
    from proofbook.explain import explain_json  # noqa: PLC0415

    settings = settings_here()
    files = {file.stem: file for file in page_files(settings)}
    file = files.get(code.upper())
    if file is None:
        known = ", ".join(sorted(stem for stem in files if stem.isupper() and stem != "README"))
        raise ProofbookError(code, "there is no page for this fault", f"known are {known or 'none'}")
    page = checked_page(file, settings)
    click.echo(json.dumps(explain_json(page), indent=1, ensure_ascii=False) if as_json else explain_page(page))
    return HOLDS
