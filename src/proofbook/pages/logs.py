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


# what PostgreSQL's server calls them in its other languages
SPOKEN = {
    "ERROR": ("FEHLER", "ERREUR", "ERRORE", "FEL", "ОШИБКА", "ПОМИЛКА", "შეცდომა", "오류", "错误"),
    "FATAL": ("FATALE", "FATALT", "ВАЖНО", "ФАТАЛЬНО", "ფატალური", "치명적오류", "致命错误"),
    "PANIC": ("PANIK", "PANICO", "ПАНИКА", "ПАНІКА", "პანიკა", "손상", "比致命错误还过分的错误"),
}
IN_ENGLISH = {spoken: english for english, every in SPOKEN.items() for spoken in every}
FOREIGN = tuple(f"{spoken}:" for spoken in IN_ENGLISH)
# and what it writes before the statement that failed
STATEMENTS = (
    *("ANWEISUNG", "INSTRUCTION ", "SENTENCIA", "ISTRUZIONE", "SATS", "文"),
    *("ОПЕРАТОР", "ІНСТРУКЦІЯ", "ოპერატორი", "명령 구문", "语句"),
)
STATEMENT = re.compile(rf"\b(?:{'|'.join(STATEMENTS)}):[ \t]+")
# a severity in any language, with the SQLSTATE that a server or psql was asked to put beside it
TOLD = re.compile(
    rf"(?:\b[0-9][0-9A-Z]{{4}}:? )?\b(?P<told>ERROR|FATAL|PANIC|WARNING|{'|'.join(IN_ENGLISH)}): +"
    r"(?:[0-9A-Z]{5}: )?(?=\S)"
)


def in_english(line: str) -> str:
    """Give a line with its severity in English and without an SQLSTATE, as signatures know it."""
    if not has_severity(line):
        return line
    return TOLD.sub(lambda found: f"{IN_ENGLISH.get(found['told'], found['told'])}:  ", line)


def has_severity(line: str) -> bool:
    """Tell whether a line could hold a severity: an English one has two blanks after it."""
    return ":  " in line or is_foreign(line)


def is_foreign(line: str) -> bool:
    """Tell whether a line holds a severity in another language than English."""
    return any(word in line for word in FOREIGN)


def with_statement(line: str) -> str:
    """Give a line with the word for a failed statement in English."""
    return STATEMENT.sub("STATEMENT:  ", line)


def bare(line: str) -> str:
    """Give a line as the program wrote it."""
    carried = CARRIED.match(line)
    return as_written(line[carried.end() :] if carried else line)


def as_written(line: str) -> str:
    """Give PostgreSQL's severities the two spaces that it writes: a browser shows, and copies, one."""
    return SEVERITY.sub(r"\1:  ", line)
