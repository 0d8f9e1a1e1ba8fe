"""What the runbooks know of names in SQL: how they look, and how they are quoted."""

from __future__ import annotations

NAME = r'(?:"(?:[^"]|"")+"|[A-Za-z_]\w*)'


def quoted(name: str) -> str:
    """Write a name as SQL reads it."""
    return '"' + name.replace('"', '""') + '"'


def bare(name: str) -> str:
    """Give a name as the database holds it."""
    return name[1:-1].replace('""', '"') if name.startswith('"') else name.lower()


def literal(text: str) -> str:
    """Write a text as SQL reads it."""
    return "'" + text.replace("'", "''") + "'"
