"""Writes what came of trying elsewhere as the table of its page."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any


def table(told: dict[str, Any]) -> str:
    """Give the Markdown for what a run has written down."""
    return "\n".join(lines(told)) + "\n"


def lines(told: dict[str, Any]) -> Iterator[str]:
    yield f"Seconds are wall time on {told['machine']}, with other work going on there."
    for place in told["places"]:
        versions = ", ".join(f"{name} {version}" for name, version in place["versions"].items())
        yield f"\n## {place['name']}\n"
        what = place["what"][0].upper() + place["what"][1:]
        yield f"{what}. {place['migrations']} migrations, {place['tables']} tables."
        yield f"Tried on {place['date']} with {versions}, on PostgreSQL {place['postgres']}.\n"
        yield "| what | command | exit | seconds | what it said |"
        yield "|---|---|---|---|---|"
        for each in place["trials"]:
            command = f"`{each['command']}`" if each["command"] else ""
            row = (each["what"], command, str(each["exit"]), f"{each['seconds']:.1f}", escaped(each["found"]))
            yield f"| {' | '.join(row)} |"


def escaped(text: str) -> str:
    """Write text so that neither a table nor HTML reads anything into it."""
    return html.escape(text, quote=False).replace("|", "\\|").replace("\n", " ").replace("_", "\\_").replace("*", "\\*")
