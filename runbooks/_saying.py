"""How a run says something: it goes on when nobody listens any more."""

from __future__ import annotations

import os
import sys
import traceback
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from _step import Stop


def spell_what_is_lacking() -> None:
    """Have letters that a terminal lacks spelled as numbers: they must not end a run, least of all a way back."""
    if isinstance(sys.stdout, TextIOWrapper):  # standard error does so by itself
        sys.stdout.reconfigure(errors="backslashreplace")


def say_to(out: TextIO, text: str) -> None:
    """Print a line; when its reader has ended, go on in silence, as the exit code and the journal still tell."""
    try:
        print(text, file=out, flush=True)
    except OSError:  # a broken pipe, or a terminal that is closed
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())


def explain(error: BaseException) -> list[str]:
    """Tell an error as a fact and a hint; one that nobody foresaw says where it arose."""
    if isinstance(error, Stop):
        return [error.fact, *([f"hint: {error.hint}"] if error.hint else [])]
    if isinstance(error, KeyboardInterrupt):
        return ["interrupted; it can be run again"]
    place = traceback.extract_tb(error.__traceback__)[-1]
    return [f"{Path(place.filename).name}:{place.lineno}: {type(error).__name__}: {error}"]
