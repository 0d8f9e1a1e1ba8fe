"""What was tried to lose data, and what came of it: kept while tests run, and written as the table of a page.

A test says ``tried(what, runbook, happened)``. When PROOFBOOK_TRIALS names a file, each is added to it as a line;
``python -m tests.runbooks.trials FILE`` prints the table. `scripts/trials` does both.
"""

import json
import os
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


def table(trials: list[list[str]]) -> str:
    """Give the table by what was tried and on what; what came out alike is one row."""
    rows = ["| tried | on | times | what happened |", "|---|---|--:|---|"]
    for (what, runbook, happened), times in sorted(Counter(tuple(each) for each in trials).items()):
        rows.append(f"| {what} | `{runbook}` | {times} | {happened} |")
    return "\n".join([*rows, "", f"{len(trials)} trials."])


if __name__ == "__main__":
    print(table([json.loads(line) for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()]))
