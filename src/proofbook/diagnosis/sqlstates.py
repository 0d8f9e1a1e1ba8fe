"""Reads the SQLSTATE of an error whose text is not English: the code means the same in every language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import re2

from proofbook.pages.logs import IN_ENGLISH, has_severity

SEVERITY = rf"(?P<severity>ERROR|FATAL|PANIC|{'|'.join(IN_ENGLISH)}): +"
DRIVER = "psycopg"
CODE = "(?P<code>[0-9A-Z]{5})"
# psycopg names a class, psql and servers were asked for the code: after the severity, before it, or with a name to it
PLACES = (
    rf"{DRIVER}2?\.errors\.(?P<class>[A-Z]\w+)(?:: |\) )(?P<message>.*)",
    rf"(?:^|[\s\]:]){SEVERITY}{CODE}: (?P<message>.*)",
    rf"(?:^|[\s=:\[(,]){CODE}[\s:,\])]{{1,3}}{SEVERITY}(?P<message>.*)",
    rf"(?:SQLSTATE|sqlstate|sql_error_code|state)=\s?{CODE}\b.{{0,200}}?[\s:\])]{SEVERITY}(?P<message>.*)",
)
BEFORE_SEVERITY = 2
FIRST = rf"^{SEVERITY}(?P<message>.*)"
# a code that is all digits looks like the number of a process; it is none where that stands before it
PROCESS = re.compile(r"\[\d+\]")
# what stands around names in other languages, and with a blank in French
QUOTES = re.compile("«[ \u00a0\u202f]?|[ \u00a0\u202f]?»|[„“”「」『』]")
QUOTED = re.compile(r'"[^"]*"')
# the words without which hardly any English message of the server can do
ENGLISH = re.compile(
    r"\b(?:is|are|were|be|been|has|have|does|not|already|exists|cannot|could|can|must|may|should|only|for|of|the|to|with|from"
    r"|by|and|or|at|as|into|this|that|while|when|than|more|too|many|used|using|failed|denied|invalid|violates|found"
    r"|required|requires|specified|unrecognized|unexpected|undefined|unsupported|missing|expected|given|contains|depends"
    r"|canceling|terminating|aborting|conflicting|detected|value|sorry)\b"
)
WORD = re.compile(r"[A-Za-z]{2,}")
FEWEST_WORDS = 3
_PLACES = tuple(map(re2.compile, PLACES))
_FIRST = re2.compile(FIRST)


@dataclass(frozen=True, slots=True)
class Coded:
    """An SQLSTATE, and what was told with it: its severity in English, then the text, every quote a straight one."""

    code: str
    told: str

    @property
    def message(self) -> str:
        """The text alone."""
        return self.told.partition(" ")[2]


def coded(text: str, classes: Mapping[str, str]) -> Coded | None:
    """Give the SQLSTATE of a line; None where it has none that a page names, or speaks English.

    ``classes`` are the SQLSTATEs that pages name, by the class that psycopg raises for them.
    """
    if DRIVER not in text and not has_severity(text):
        return None
    for place, pattern in enumerate(_PLACES):
        found = pattern.search(text)
        if found is None:
            continue
        named = found.groupdict()
        code = named.get("code") or classes.get(named.get("class") or "", "")
        before = text[: found.start() + found[0].find(code)]
        if code not in classes.values() or (place == BEFORE_SEVERITY and _is_process(before, code)):
            continue
        first = _FIRST.search(named["message"])
        severity = named.get("severity") or (first["severity"] if first else "ERROR")
        message = straight(first["message"] if first else named["message"])
        if speaks_english(message, is_foreign=severity in IN_ENGLISH):
            return None
        return Coded(code, f"{IN_ENGLISH.get(severity, severity)} {message}")
    return None


def _is_process(before: str, code: str) -> bool:
    return code.isdigit() and (before.endswith("[") or PROCESS.search(before) is None)


def straight(text: str) -> str:
    """Give a text with the quotes of every language as straight ones."""
    return QUOTES.sub('"', text)


def speaks_english(message: str, *, is_foreign: bool) -> bool:
    """Tell whether a message is English, or nothing says that it is not."""
    words = QUOTED.sub(" ", message)
    if not any(map(str.isalpha, words)) or ENGLISH.search(words):
        return True
    return not (is_foreign or not words.isascii() or len(WORD.findall(words)) >= FEWEST_WORDS)
