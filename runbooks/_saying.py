"""How a run says something: it goes on when nobody listens any more."""

from __future__ import annotations

import os
from typing import TextIO


def say_to(out: TextIO, text: str) -> None:
    """Print a line; when its reader has ended, go on in silence, as the exit code and the journal still tell."""
    try:
        print(text, file=out, flush=True)
    except OSError:  # a broken pipe, or a terminal that is closed
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
