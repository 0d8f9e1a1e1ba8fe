"""What was tried to lose data, and what came of it: kept while tests run, and written as the table of a page.

A test says ``tried(what, runbook, happened)``. When PROOFBOOK_TRIALS names a file, each is added to it as a line;
``trials.py FILE LINE`` prints the page's text: what the line says of the run, and the table; a published one named
after them is added to. `scripts/trials` does both.
"""

import json
import os
import re
import sys
from collections import Counter
from pathlib import Path

KEPT = os.environ.get("PROOFBOOK_TRIALS")


def tried(what: str, runbook: str, happened: str) -> None:
    """Keep one trial; appending is whole, also when several runs do it."""
    if KEPT:
        line = json.dumps([what, runbook, happened])
        with Path(KEPT).open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")


ROW = re.compile(r"^\| (?P<what>.+?) \| `(?P<on>[^`]+)` \| (?P<times>\d+) \| (?P<happened>.+) \|$", re.MULTILINE)


def table(trials: list[list[str]]) -> str:
    """Give the table by what was tried and on what; what came out alike is one row."""
    rows = ["| tried | on | times | what happened |", "|---|---|--:|---|"]
    for (what, runbook, happened), times in sorted(Counter(tuple(each) for each in trials).items()):
        rows.append(f"| {what} | `{runbook}` | {times} | {happened} |")
    return "\n".join([*rows, "", f"{len(trials)} trials."])


def told(published: str) -> list[list[str]]:
    """Give the trials of a published table."""
    return [[*row.group("what", "on", "happened")] for row in ROW.finditer(published) for _ in range(int(row["times"]))]


def text(line: str, trials: list[list[str]], published: str = "") -> str:
    """Give what the page holds; what it says of earlier runs stays, with their trials."""
    before = published.partition("\n| ")[0].strip()
    return "\n\n".join([*([before] if before else []), line, table([*told(published), *trials])])


def main(kept: str, line: str, *published: str) -> None:
    trials = [json.loads(each) for each in Path(kept).read_text(encoding="utf-8").splitlines()]
    print(text(line, trials, *(Path(each).read_text(encoding="utf-8") for each in published)))


if __name__ == "__main__":
    main(*sys.argv[1:])
