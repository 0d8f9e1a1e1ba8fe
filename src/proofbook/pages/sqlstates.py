"""Knows the SQLSTATEs of PostgreSQL, which are the same in every language, as psycopg knows them."""

from __future__ import annotations

import functools
import importlib

# the code means this fault and nothing else; it may be this fault or another
ALONE, PERHAPS = "alone", "perhaps"


@functools.cache
def classes() -> dict[str, str]:
    """Give the SQLSTATE of each class that psycopg raises."""
    # read when it is asked for: most logs name none, and psycopg takes its time
    errors = importlib.import_module("psycopg.errors")
    found = ((name, getattr(value, "sqlstate", None)) for name, value in vars(errors).items())
    return {name: code for name, code in found if isinstance(code, str)}


def why_wrong(code: str, text: str) -> tuple[str, str] | None:
    """Give fact and hint where front matter names an SQLSTATE that is none, or nothing beside it."""
    if code not in classes().values():
        return f"there is no SQLSTATE {code}", "write five characters, in quotes: '42701'"
    if not text.strip():
        hint = f"write {ALONE}, {PERHAPS}, or a regular expression of what stands in the text in any language"
        return f"sqlstate {code} does not say what must stand beside it", hint
    return None
