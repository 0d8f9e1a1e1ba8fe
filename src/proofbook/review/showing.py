"""Shows the rehearsals of this repository as a page of its site: every figure from the records beside it."""

from __future__ import annotations

import functools
import html
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from proofbook.drills import Drill, read_drills
from proofbook.errors import ProofbookError
from proofbook.pages.page import Page
from proofbook.pages.page_format import known
from proofbook.review import rehearsals
from proofbook.review.charts import Chart, draw
from proofbook.review.figures import category
from proofbook.review.rehearsals import NOBODY, ORDER, Rehearsed
from proofbook.review.review import make_review
from proofbook.review.telling import markdown_table
from proofbook.settings import Settings

FOLDER = "docs/review/rehearsals"
NAMES: Mapping[str, str] = {"hook": "the hook", "ci": "the CI checks", "deployment": "the deployment", NOBODY: NOBODY}
SAID = ("passes", "stops", "could not check")
AFTER: Mapping[str, str] = {
    rehearsals.NOT_NEEDED: "refused before anything was changed",
    rehearsals.AUTOMATIC: "went back by itself: schema, rows and website as before",
    rehearsals.BY_HAND: "a person is needed",
    rehearsals.DEPLOYED: "deployed with the fault, or repaired on the way",
}


def head(mix: Mapping[str, Any], rehearsed: Sequence[Rehearsed]) -> str:
    """Say what was rehearsed: how many, when, on what, by which seed."""
    versions = ", ".join(f"{name} {version}" for name, version in mix["versions"].items())
    number, broken = len(rehearsed), len(rehearsals.broken(rehearsed))
    return (
        f"**{number} rehearsals**, {broken} with a fault and {number - broken} without, drawn by the seed"
        f" {mix['seed']}. Made on {mix['date']} at commit `{mix['commit']}` on {versions}."
    )


def injected(mix: Mapping[str, Any]) -> str:
    """Give the mix: what was injected, by category, and what the releases change."""
    found = Counter(category(each["fault"]) if each["fault"] else "no fault" for each in mix["mix"])
    codes = {
        name: [each["fault"] for each in mix["mix"] if each["fault"] and category(each["fault"]) == name]
        for name in found
    }
    rows = [(name, str(times), ", ".join(sorted(codes[name]))) for name, times in found.most_common()]
    left = [f"{each['fault'] or 'healthy'}: {each['reason']}" for each in mix["not_rehearsed"]]
    table = markdown_table(("injected", "times", "which"), rows)
    return "\n\n".join([table, *(f"Drawn and not rehearsed, as it could not be set up: {line}" for line in left)])


def layers(rehearsed: Sequence[Rehearsed]) -> str:
    """Give which layer caught how many, first and by itself, with what it cost in seconds."""
    caught, alone, taken = (
        rehearsals.caught_by(rehearsed),
        rehearsals.alone(rehearsed),
        rehearsals.taken(rehearsed),
    )
    of = len(rehearsals.broken(rehearsed))
    healthy = rehearsals.healthy(rehearsed)
    rows = []
    for layer in ORDER:
        middle, longest = taken[layer]
        alarms = sum(each.exits[layer] != 0 for each in healthy)
        cells = (
            f"{caught[layer]}",
            f"{alone[layer]}",
            f"{alarms} of {len(healthy)}",
            f"{middle:.1f}",
            f"{longest:.1f}",
        )
        rows.append((NAMES[layer], *cells))
    rows.append((NOBODY, str(caught[NOBODY]), "-", "-", "-", "-"))
    heads = (
        "layer",
        f"caught first, of {of}",
        f"stops it by itself, of {of}",
        "stops a healthy one",
        "seconds, median",
        "longest",
    )
    bars = [(NAMES[layer], times, f"{times} of {of}") for layer, times in caught.items()]
    return figure(Chart("caught", "Which layer caught the fault first", bars), markdown_table(heads, rows))


def recovery(rehearsed: Sequence[Rehearsed]) -> str:
    """Give how each deployment with a fault was left."""
    found = rehearsals.afterwards(rehearsed)
    of = len(rehearsals.broken(rehearsed))
    rows = [(AFTER[after], str(times)) for after, times in found.items()]
    bars = [(after, times, f"{times} of {of}") for after, times in found.items()]
    table = markdown_table(("the deployment", "times"), rows)
    return figure(Chart("recovery", "How the deployment was left", bars), table)


def every(
    rehearsed: Sequence[Rehearsed], mix: Mapping[str, Any], drills: Iterable[Drill], folder: str, faults: str
) -> str:
    """Give every rehearsal as a row, with the links to what was kept of it, and what people took in drills."""
    times = drill_times(drills)
    heads = (
        "log",
        "fault",
        "release",
        *(NAMES[layer] for layer in ORDER),
        "named",
        "left",
        "seconds",
        "people's drill",
    )
    rows = []
    for each in rehearsed:
        said = [f"[{SAID[min(each.exits[layer], 2)]}]({folder}/{each.number:02}/{layer}.log)" for layer in ORDER]
        fault = f"[{each.fault}]({faults}/{each.fault}.md)" if each.fault else "none"
        named = ", ".join(f"[{code}]({faults}/{code}.md)" for code in each.named) or "-"
        total = f"{each.seconds['deployment']:.1f}"
        drill = times.get(each.fault, "no drill recorded") if each.fault else "-"
        record = f"[{each.number}]({folder}/{each.number:02}/rehearsal.json)"
        rows.append((record, fault, mix["changes"][each.change], *said, named, each.after, total, drill))
    return markdown_table(heads, rows)


def drill_times(drills: Iterable[Drill]) -> dict[str, str]:
    """Give what people took to repair each fault, by the drills that this checkout has recorded."""
    taken: dict[str, list[float]] = {}
    for each in drills:
        if each.is_fixed:
            taken.setdefault(each.fault, []).append(each.seconds)
    return {code: f"{statistics.median(found):.0f} s, of {len(found)}" for code, found in taken.items()}


def figure(chart: Chart, table: str) -> str:
    """Give a chart in the colours of the page, and the table that says the same."""
    # where the page is narrow it scrolls, and who has no mouse must get to it first
    reached = f'tabindex="0" role="group" aria-label="{html.escape(chart.title)}"'
    return f'<div class="pb-bars" {reached} data-search-exclude>{draw(chart, inline=True)}</div>\n\n{table}'


def rehearsed_page(pages: Mapping[str, Page], settings: Settings) -> Callable[[str], str]:
    """Give what shows a part of the page by its name; the records are read when the first is asked for.

    Raises ProofbookError for a part that there is not, and for records that cannot be read.
    """

    @functools.cache
    def parts() -> Mapping[str, str]:
        review = make_review([settings.root / FOLDER], pages.values(), settings.root)
        mix, rehearsed = review.read.mix, review.rehearsed
        if mix is None or len(rehearsed) + len(mix["not_rehearsed"]) != len(mix["mix"]):
            hint = "make them anew with scripts/rehearse"
            raise ProofbookError(FOLDER, "holds other rehearsals than its mix.json tells of", hint)
        rows = every(rehearsed, mix, read_drills(settings), "rehearsals", "../faults")
        return {
            "head": head(mix, rehearsed),
            "injected": injected(mix),
            "layers": layers(rehearsed),
            "recovery": recovery(rehearsed),
            "every": rows,
        }

    def part(name: str) -> str:
        if name not in parts():
            raise ProofbookError("rehearsals", f"there is no part {name!r}", known(parts()))
        return parts()[name]

    return part
