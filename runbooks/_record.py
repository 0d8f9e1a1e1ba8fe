"""The record of runs: a file for each runbook in the folder that --record names, a line for each run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from _step import CouldNotTell


# --8<-- [start:may_append]
def may_append(folder: str | None, runbook: str) -> None:
    """Stop where a record is wanted and cannot be kept: before a run has begun, not when its work is done."""
    if folder is not None:
        with opened(Path(folder), runbook):
            pass


# --8<-- [end:may_append]


def append(folder: str | None, told: dict[str, Any]) -> None:
    """Append what came of a run to its file in the folder, if one is named."""
    if folder is not None:
        line = {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), **told}
        with opened(Path(folder), told["runbook"]) as record:
            record.write(json.dumps(line) + "\n")


@contextmanager
def opened(place: Path, runbook: str) -> Iterator[TextIO]:
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (place / f"{runbook}.jsonl").open("a", encoding="utf-8") as record:
            yield record
    except OSError as error:
        fact = f"the record cannot be kept in {place}: {error.strerror}"
        raise CouldNotTell(fact, "name a folder that may be written, or leave --record out") from None
