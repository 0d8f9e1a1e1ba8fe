"""Masks what a log should not hold: people's data in PostgreSQL's details, and secrets."""

from __future__ import annotations

import re

MASK = "***"
SECRET = re.compile(
    r"""
    (?P<before> ://[^\s/:@]*: )[^\s@/]+(?=@)                          # postgresql://app:secret@host
  | (?P<name> \b[\w-]*(?:passw(?:or)?d|pwd|secret|token|api_?key|access_?key|private_?key)[\w-]*
      ["']? \s? [=:] \s? ["']? )(?!None\b|null\b|\*)[^\s"',;)}]{3,}   # PGPASSWORD=secret, "token": "secret"
  | (?P<scheme> \b(?:Bearer|Basic)[ ] )[\w.~+/=-]{8,}                 # Authorization: Bearer secret
  | (?P<aws> \b(?:AKIA|ASIA|ghp_|gho_|github_pat_|sk-|xox[bp]-) )[\w-]{8,}
    """,
    re.VERBOSE | re.IGNORECASE,
)
# DETAIL:  Key (email)=(ann@example.com) already exists.   Failing row contains (7, Ann, ...).
VALUES = re.compile(r"(?P<before>(?:\)=|[Ff]ailing row contains )\().*\)")
DETAIL = re.compile(r"(?P<before>\b(?:DETAIL|CONTEXT|STATEMENT|parameters):\s+).*", re.IGNORECASE)


def masked(text: str) -> str:
    """Give the text without what looks like a secret, or like a value of a row."""
    text = SECRET.sub(lambda found: f"{next(filter(None, found.groups()))}{MASK}", text)
    text = VALUES.sub(rf"\g<before>{MASK})", text)
    return DETAIL.sub(rf"\g<before>{MASK}", text)
