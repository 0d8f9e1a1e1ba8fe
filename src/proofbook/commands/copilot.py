"""``proofbook copilot``: what coding agents read, written into a repository and held against the pages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from proofbook.commands._shared import FINDING, HOLDS, settings_here, shown_errors, tell
from proofbook.copilot.checking import check
from proofbook.copilot.files import files_for, shelf_for
from proofbook.copilot.finding import Finding
from proofbook.copilot.writing import Change, Refused, apply, plan, undo
from proofbook.errors import ProofbookError
from proofbook.pages.wording import counted
from proofbook.site.edition import Edition

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
NOTES = {
    "leave": "is yours and is left as it is; --force replaces it",
    "remove": "removed",
    "restore": "put back as it was before",
    "spare": "holds what --force has replaced, and is left for you to look through",
    "write": "written",
}


@click.command("copilot")
@click.option("--into", type=FOLDER, help="Write instructions, skills and pages into this repository.")
@click.option("--check", "checked", type=FOLDER, help="Hold the instructions of this repository against the pages.")
@click.option(
    "--link", "site", metavar="URL", default="", help="The site's address: link to it, and write no pages along."
)
@click.option("--undo", "undone", is_flag=True, help="Take out again what was written.")
@click.option("--force", is_flag=True, help="Replace files that hold what a person wrote, and keep a copy of each.")
@click.option("--json", "as_json", is_flag=True, help="Of --check: print one JSON object.")
@shown_errors
def copilot(into: Path | None, checked: Path | None, *, as_json: bool, **how: Any) -> int:
    """Write what GitHub Copilot and other coding agents read, all of it derived from pages and lessons.

    A person's own text stays: in AGENTS.md and copilot-instructions.md a marked part is added below it.

    Exit status of --into: 0 done or nothing to do, 1 refused, 2 could not start. Of --check: 0 it holds, 1 a finding,
    2 it could not be checked.
    """
    if (into is None) == (checked is None):
        raise ProofbookError(
            "proofbook copilot", "needs either --into DIR or --check DIR", "proofbook copilot --into ."
        )
    edition = Edition(settings_here())
    if not edition.faults:
        hint = "call it from a checkout of Proofbook, or call that checkout's scripts/copilot from anywhere"
        raise ProofbookError(str(edition.settings.root), "there are no fault pages here", hint)
    if checked is not None:
        return _told(list(check(edition, checked, how["site"])), as_json=as_json)
    try:
        changes = _planned(edition, Path(into or "."), **how)
    except Refused as error:
        tell(str(error))
        tell("nothing has been written")
        return FINDING
    apply(Path(into or "."), changes)
    _summary(changes)
    return HOLDS


def _planned(edition: Edition, target: Path, *, site: str, undone: bool, force: bool) -> list[Change]:
    if undone:
        return undo(target, force=force)
    shelf = shelf_for(edition, target, site)
    return plan(target, files_for(edition, target, shelf), shelf.where, force=force)


def _summary(changes: list[Change]) -> None:
    done = [change for change in changes if change.kind != "keep"]
    for change in done:
        click.echo(f"{change.path}: {NOTES[change.kind]}")
    if not any(change.kind != "leave" for change in done):
        tell("nothing to do")


def _told(findings: list[Finding], *, as_json: bool) -> int:
    if as_json:
        told = [{"check": each.code, "place": each.place, "fact": each.fact, "hint": each.hint} for each in findings]
        click.echo(json.dumps({"findings": told}, indent=1, ensure_ascii=False))
    else:
        for each in findings:
            click.echo(f"{each.place}: {each.code} {each.fact}\n  hint: {each.hint}")
        tell(counted(len(findings), "finding") if findings else "all of it holds")
    return FINDING if findings else HOLDS
