#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Draft the review of an incident from the records of runs: the facts are filled in, the questions are not.

What ran, when, and how it ended comes from the files that --record wrote. Why, and what is to change, is left
to people: the draft asks, and marks what it cannot know.
"""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from _show import Showing, show_all
from _step import CouldNotTell, Refused, Step

ENDED = {0: "well", 1: "a finding, refused or failed", 2: "could not tell"}
STOPPED = ("refused", "failed")
QUESTIONS = """## What people saw

_Who was affected, from when to when, and how they told us._

## Why it happened

_The cause, not the last thing that broke. Which page of the knowledge base describes it?_

## What was tried and did not help

_So that nobody tries it again._

## Why nothing stopped it before

_Which check, test or review could have seen it? Was it wired, did it run, what did it say?_

## What changes

| change | who | until | how we shall see that it works |
|---|---|---|---|
| | | | |
"""


class Review(Showing):
    """What this run has found."""

    lines: list[dict[str, Any]]


# --8<-- [start:read_records]
def read_records(case: Review) -> list[str]:
    """Read the records of every run in the time that is asked for, oldest first."""
    folder = Path(case.options.records)
    files = sorted(folder.glob("*.jsonl"))
    if not files:
        raise CouldNotTell(f"there are no records in {folder}", "let runbooks write them: --record DIR")
    first, last = moment(case.options.since), moment(case.options.until)
    found = [read_line(file, number, text) for file in files for number, text in numbered(file)]
    case.lines = sorted(
        (line for line in found if (not first or line["when"] >= first) and (not last or line["when"] <= last)),
        key=lambda line: line["when"],
    )
    if not case.lines:
        raise CouldNotTell(f"none of {len(found)} records is of that time", "look at --since and --until")
    names = dict.fromkeys(line["runbook"] for line in case.lines)
    return [f"{len(case.lines)} runs of {', '.join(names)}"]


# --8<-- [end:read_records]


def numbered(file: Path) -> list[tuple[int, str]]:
    return [pair for pair in enumerate(file.read_text("utf-8").splitlines(), 1) if pair[1].strip()]


def read_line(file: Path, number: int, text: str) -> dict[str, Any]:
    try:
        line: dict[str, Any] = json.loads(text)
        return {**line, "when": datetime.fromisoformat(line["at"]), "runbook": line["runbook"], "exit": line["exit"]}
    except (ValueError, KeyError, TypeError) as error:
        raise CouldNotTell(f"{file}:{number}: is no record of a run: {error}", "take the line out") from None


def moment(text: str | None) -> datetime | None:
    """Read a moment; one that names no zone is meant as UTC, as records are."""
    if text is None:
        return None
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(f"{text!r} is no moment", "write it like 2026-11-22T03:10") from None
    return told if told.tzinfo else told.replace(tzinfo=UTC)


# --8<-- [start:write_draft]
def write_draft(case: Review) -> list[str]:
    """Write the timeline, what went wrong first, and the questions."""
    rows = [as_row(line) for line in case.lines]
    table = ["| UTC | ran | asked to | ended | said |", "|---|---|---|---|---|", *rows]
    head = f"# Incident of {case.lines[0]['when']:%Y-%m-%d}"
    case.shown = "\n".join([head, "", "## What ran", "", *table, "", *summary(case.lines), "", QUESTIONS])
    return ["the questions are left to people"]


# --8<-- [end:write_draft]


def as_row(line: dict[str, Any]) -> str:
    ended = "planned" if is_plan(line) else ENDED.get(line["exit"], str(line["exit"]))
    cells = (f"{line['when']:%H:%M:%S}", line["runbook"], line.get("mode", ""), ended, said(line))
    return f"| {' | '.join(map(in_a_cell, cells))} |"


def is_plan(line: dict[str, Any]) -> bool:
    """Tell whether it ended with 1 only because it was not asked to act."""
    stopped = any(step["status"] in STOPPED for step in line.get("steps", []))
    return line.get("mode") == "plan" and line["exit"] == 1 and not stopped


def said(line: dict[str, Any]) -> str:
    """Give the one thing worth a line: what was found, or where it stopped, or what was done."""
    for finding in line.get("findings", []):
        return " ".join(filter(None, (finding["fault"], finding["message"])))
    steps = line.get("steps", [])
    stopped = [step for step in steps if step["status"] in STOPPED]
    acted = [step for step in steps if step["status"] == "done" and step.get("undo")]
    for step in (*stopped, *acted):
        facts = [each for each in step.get("says", []) if not each.startswith("hint: ")]
        return ": ".join(filter(None, (step["title"], *facts[-1:])))
    return ""


def summary(lines: list[dict[str, Any]]) -> list[str]:
    """Tell how long it took from the first run that did not end well to the last one that did."""
    bad = [line["when"] for line in lines if line["exit"] and not is_plan(line)]
    if not bad:
        return ["Every run that was recorded ended well."]
    after = [line["when"] for line in lines if not line["exit"] and line["when"] >= bad[-1]]
    if not after:
        return [f"The first that did not end well: {bad[0]:%H:%M:%S} UTC. No run has ended well since."]
    minutes = (after[0] - bad[0]).total_seconds() / 60
    return [f"From the first that did not end well to the end: {minutes:.0f} minutes, as far as records tell."]


def in_a_cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


# --8<-- [start:steps]
STEPS = [
    Step("Read the records", read_records),
    Step("Write the draft", write_draft),
]
# --8<-- [end:steps]


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--records", metavar="DIR", default="records", help="where runs were recorded (records)")
    parser.add_argument("--since", metavar="TIME", help="leave out what ran before, UTC unless it names a zone")
    parser.add_argument("--until", metavar="TIME", help="leave out what ran after")


def main(argv: list[str] | None = None) -> int:
    """Run this runbook."""
    return show_all(__file__, __doc__, STEPS, argv, add_options, formats=("markdown",), case_type=Review)


if __name__ == "__main__":
    raise SystemExit(main())
