"""``proofbook review``: from many logs and records to the table that took a person days."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import click

from proofbook.commands._shared import FINDING, HOLDS, UNKNOWN, settings_here, shown_errors, tell
from proofbook.diagnosis.masking import CONTROL, masked
from proofbook.errors import ProofbookError
from proofbook.pages.reading import readable_pages
from proofbook.review.charts import draw
from proofbook.review.review import make_review
from proofbook.review.telling import Review, as_json, as_markdown, as_text, charts
from proofbook.review.watching import FAILED

PATIENCE, PAUSE = 2.0, 2.0


@click.command("review")
@click.argument("logs", metavar="LOGS...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "md"]), default="text", show_default=True, help="How told."
)
@click.option("--json", "is_json", is_flag=True, help="Short for --format json.")
@click.option("--charts", "folder", type=click.Path(path_type=Path), help="Write the charts there, as SVG.")
@shown_errors
def review_command(logs: tuple[Path, ...], form: str, is_json: bool, folder: Path | None) -> int:
    """Review many deployments: LOGS are files, folders or archives (tar, zip) of logs and of run records.

    Each log is diagnosed. What cannot be known from what was given is said, and never shown as 0.

    Exit status: 0 nothing failed, 1 something did, 2 something cannot be read.
    """
    settings = settings_here()
    pages = list(readable_pages(settings))
    if not any(page.fault for page in pages):
        hint = "go into a checkout that has some"
        raise ProofbookError(str(settings.root), "there are no fault pages here, so no fault would be known", hint)
    review = make_review(logs, pages, settings.root, _progress())
    pictures = _draw_all(review, folder) if folder else {}
    told: dict[str, Callable[[], str]] = {
        "text": lambda: as_text(review),
        "md": lambda: as_markdown(review, lambda chart: pictures.get(chart.name, "")),
        "json": lambda: json.dumps(as_json(review), indent=1, ensure_ascii=False),
    }
    # names in an archive, and what its records hold, may be anybody's
    click.echo(CONTROL.sub("", told["json" if is_json else form]()))
    if not review.read.is_whole:
        return UNKNOWN
    return FINDING if _failed(review) else HOLDS


def _failed(review: Review) -> bool:
    return any(each.ended == FAILED or each.faults or each.unknown for each in review.read.deployments)


def _progress() -> Callable[[int, str], None]:
    """Give what tells how far it is, once it has taken longer than a person waits in silence."""
    began = said = time.monotonic()

    def telling(number: int, name: str) -> None:
        nonlocal said
        now = time.monotonic()
        if now - began > PATIENCE and now - said > PAUSE:
            said = now
            tell(f"{number} files read, now {masked(name)}")

    return telling


def _draw_all(review: Review, folder: Path) -> dict[str, str]:
    """Write every chart into a folder, and give for each what shows it on a page."""
    drawn = {}
    for chart in charts(review):
        place = folder / f"{chart.name}.svg"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            place.write_text(draw(chart), "utf-8")
        except OSError as error:
            raise ProofbookError(str(place), f"cannot be written: {error.strerror}", "name another folder") from None
        drawn[chart.name] = f"![{chart.title}]({place.as_posix()})"
    return drawn
