"""Writes what came of trying elsewhere as the table of its page."""

from __future__ import annotations

import html
import json
import os
import platform
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "docs/reference"


def publish(tried: Iterable[dict[str, Any]], order: Iterable[str]) -> None:
    """Write what came of it beside its page; a place that was not tried now keeps what it had."""
    file = PAGE / "elsewhere.json"
    kept = json.loads(file.read_text("utf-8"))["places"] if file.exists() else []
    known = {each["name"]: each for each in [*kept, *tried]}
    told = {"machine": machine(), "places": [known[name] for name in order if name in known]}
    file.write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    (PAGE / "elsewhere.txt").write_text(table(told), "utf-8")
    print("published in docs/reference/elsewhere.txt")


def machine() -> str:
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}"


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
