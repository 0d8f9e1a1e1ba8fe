"""Reads what our own checks have written into a log: their findings name the fault."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO

from proofbook.diagnosis.diagnose import Diagnosis, Found
from proofbook.diagnosis.masking import masked
from proofbook.pages.signatures import Catalogue

FINDING = re.compile(rb"^\s*(?:\S+: )?error (?P<fault>[A-Z]{3}\d{3}) \S")


def with_findings(diagnosis: Diagnosis, stream: IO[bytes], catalogue: Catalogue) -> Diagnosis:
    """Add the faults that a runbook's check has named in this log, unless the log itself has shown them."""
    shown = {each.fault for each in diagnosis.found}
    named: dict[str, Found] = {}
    for each in _findings(stream):
        if each.fault in named:
            named[each.fault].count += 1
        elif each.fault in catalogue.pages and each.fault not in shown:
            named[each.fault] = each
    return Diagnosis([*diagnosis.found, *named.values()], diagnosis.unknown, diagnosis.more_unknown)


def _findings(stream: IO[bytes]) -> Iterator[Found]:
    for number, line in enumerate(stream, start=1):
        if found := FINDING.match(line):
            yield Found(found["fault"].decode(), number, masked(line.decode("utf-8", "replace")).strip(), {})
