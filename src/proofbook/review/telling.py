"""Tells a review: as text for a person, as Markdown for a page, as JSON for a program."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from proofbook.diagnosis.masking import masked
from proofbook.review.charts import Chart
from proofbook.review.deployments import Deployment
from proofbook.review.figures import Fault, Figure, Figures, category
from proofbook.review.reading import Read
from proofbook.review.rehearsals import Rehearsed

UNKNOWN = "not known"
NOT_SHOWN = (
    "No log of a real deployment was given. Rehearsals are broken on purpose, so neither a success rate nor a time to"
    " resolution is shown."
)


@dataclass(frozen=True, slots=True)
class Review:
    """What is told: all figures, and what was read to get them."""

    read: Read
    figures: Figures
    rehearsed: Sequence[Rehearsed]
    titles: Mapping[str, str]

    @property
    def is_of_rehearsals(self) -> bool:
        """Tell whether nothing but rehearsals was given."""
        return bool(self.rehearsed) and not self.read.deployments


Table = tuple[str, Sequence[str], Sequence[Sequence[str]]]


def charts(review: Review) -> Iterator[Chart]:
    """Give what is drawn; a figure that is not known has no bar."""
    found = review.figures.categories
    if found:
        yield Chart("failures", "Failures by category", [(name, times, str(times)) for name, times in found])
    known = [each for each in review.figures.layers if not each.unknown]
    if known:
        yield Chart("layers", "What caught failures", [(each.name, each.value or 0, each.shown) for each in known])


def tables(review: Review) -> Iterator[Table]:
    """Give every table: its title, the heads, and the rows."""
    figures = review.figures
    if review.read.deployments:
        yield "Figures", ("figure", "value"), [_row(each) for each in (*figures.rates, *figures.layers)]
    if figures.categories:
        rows = [(name, str(times)) for name, times in figures.categories]
        yield "Failures by category", ("category", "times"), rows
    if figures.faults:
        heads = ("fault", "what happens", "times", "first seen", "last seen", "after a lesson")
        yield "Faults by frequency", heads, [_fault(each, review) for each in figures.faults]


def _row(figure: Figure) -> tuple[str, str]:
    return figure.name, f"{UNKNOWN}: {figure.unknown}" if figure.unknown else figure.shown


def _fault(fault: Fault, review: Review) -> Sequence[str]:
    first, last = (_day(each) for each in (fault.first, fault.last))
    undated = f" ({fault.undated} without a date)" if fault.undated and fault.first else ""
    after = "no lesson names it" if fault.since is None else UNKNOWN
    if review.figures.rates and any(
        each.name.startswith("Recurrences") and each.unknown for each in review.figures.rates
    ):
        after = UNKNOWN
    if fault.recurrences is not None:
        after = f"{fault.recurrences} since {_day(fault.since)}"
    return fault.code, review.titles.get(fault.code, ""), str(fault.times), first, f"{last}{undated}", after


def _day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d}" if at else UNKNOWN


def rehearsal_note(review: Review) -> str:
    """Say what rehearsals there are, and what they cannot tell."""
    number = len(review.rehearsed)
    what = NOT_SHOWN if review.is_of_rehearsals else "No figure above counts them."
    return f"{number} rehearsals in a lab. {what}" if number else ""


def rest(review: Review) -> Iterator[str]:
    """Say what was read, what was left aside, and what could not be told apart."""
    read = review.read
    yield f"{read.files} files read, {len(read.left_aside)} left aside."
    yield from (f"left aside: {masked(name)}: {masked(why)}" for name, why in read.left_aside)
    yield from (f"note: {masked(each)}" for each in read.notes)


def as_text(review: Review) -> str:
    """Give what a person reads in a terminal."""
    parts = [_aligned(title, heads, rows) for title, heads, rows in (*tables(review), *_rehearsal_tables(review))]
    return "\n\n".join(filter(None, (*parts, rehearsal_note(review), "\n".join(rest(review)))))


def _aligned(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    head = "  ".join(cell.ljust(width) for cell, width in zip(heads, widths, strict=True)).rstrip()
    return "\n".join((title, f"  {head}", *(f"  {line}" for line in lines)))


def as_markdown(review: Review, picture: Callable[[Chart], str] = lambda _: "") -> str:
    """Give a page; ``picture`` gives what shows a chart, and a table follows it in any case."""
    shown = {chart.title: picture(chart) for chart in charts(review)}
    parts = ["# Review of deployments"]
    for title, heads, rows in (*tables(review), *_rehearsal_tables(review)):
        parts += [f"## {title}", shown.get(title, ""), markdown_table(heads, rows)]
        parts += [shown.get("What caught failures", "")] if title == "Figures" else []
    return "\n\n".join(filter(None, (*parts, rehearsal_note(review), *rest(review)))) + "\n"


def markdown_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Give a table as Markdown; a bar in a cell would end it."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(
        f"| {' | '.join(' '.join(cell.split()).replace('|', chr(92) + '|') for cell in row)} |" for row in lines
    )


def _rehearsal_tables(review: Review) -> Iterator[Table]:
    if review.rehearsed:
        heads = ("no", "fault", "hook", "CI", "deployment", "caught by", "named", "afterwards", "seconds")
        yield "Rehearsals", heads, [rehearsal_row(each) for each in review.rehearsed]


def rehearsal_row(each: Rehearsed) -> Sequence[str]:
    """Give one rehearsal as a row: what each layer said by itself, and which was the first."""
    said = ("lets it pass", "stops it", "could not check")
    exits = [said[min(each.exits[layer], 2)] for layer in ("hook", "ci", "deployment")]
    named = ", ".join(each.named) or ("-" if each.caught == "nobody" else "no page")
    seconds = f"{each.seconds['deployment']:.1f}"
    return str(each.number), each.fault or "none", *exits, each.caught, named, each.after, seconds


def as_json(review: Review) -> dict[str, Any]:
    """Give what a program reads; what is not known is null, with the reason beside it."""
    read, figures = review.read, review.figures
    return {
        "figures": [_figure(each) for each in (*figures.rates, *figures.layers)] if read.deployments else [],
        "categories": [{"category": name, "times": times} for name, times in figures.categories],
        "faults": [_fault_json(each, review) for each in figures.faults],
        "deployments": [_deployment(each) for each in read.deployments],
        "rehearsals": [{**asdict(each), "caught": each.caught} for each in review.rehearsed],
        "mix": read.mix,
        "files": read.files,
        "left_aside": [{"file": masked(name), "reason": masked(why)} for name, why in read.left_aside],
        "notes": [masked(each) for each in read.notes],
    }


def _deployment(one: Deployment) -> dict[str, Any]:
    at = one.at.isoformat() if one.at else None
    return {**asdict(one), "name": masked(one.name), "place": masked(one.place), "at": at}


def _figure(figure: Figure) -> dict[str, Any]:
    return {"name": figure.name, "value": figure.value, "of": figure.of, "shown": figure.shown or None,
            "unknown": figure.unknown or None}  # fmt: skip


def _fault_json(fault: Fault, review: Review) -> dict[str, Any]:
    days = {name: at.isoformat() if (at := getattr(fault, name)) else None for name in ("first", "last", "since")}
    return {**asdict(fault), **days, "title": review.titles.get(fault.code), "category": category(fault.code)}
