"""Takes from a log's line what whoever carried it put before: container names, times, streams."""

from __future__ import annotations

import re

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)"
CARRIED = re.compile(
    rf"""
    (?: [\w.-]*[-_]\d+ \s* \| [ ]     # docker compose:  web-1  |
      | [a-z][\w.-]* [ ]{{2,}} \| [ ]     # the same, of a container that was given a name
      | [A-Z][a-z]{{2}} [ ] [ \d]\d [ ] \d\d:\d\d:\d\d [ ] \S+ [ ] [\w./@-]+ (?:\[\d+\])? : [ ]  # syslog, journalctl
      | \[pod/\S+\] [ ]               # kubectl logs --prefix
      | [^\t\n]+ \t [^\t\n]+ \t \ufeff? (?={TIME})     # gh run view --log: job, step
      | {TIME} [ ] (?:std(?:out|err) [ ] [FP] [ ])?  # kubernetes and its runtime, GitHub Actions
    )+
    """,
    re.VERBOSE,
)


SEVERITY = re.compile(r"\b(ERROR|FATAL|PANIC|WARNING):[ \t]+(?=\S)")


def bare(line: str) -> str:
    """Give a line as the program wrote it."""
    carried = CARRIED.match(line)
    return as_written(line[carried.end() :] if carried else line)


def as_written(line: str) -> str:
    """Give PostgreSQL's severities the two spaces that it writes: a browser shows, and copies, one."""
    return SEVERITY.sub(r"\1:  ", line)
