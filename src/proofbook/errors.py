"""The one family of errors a reader of this project's output meets: place, fact, hint."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path


class ProofbookError(Exception):
    """Any error of ours that is not a defect of ours: shown without a traceback, exit status 2."""

    def __init__(self, place: str, fact: str, hint: str = "") -> None:
        """Keep the three parts, so that a program can read them as well as a person."""
        super().__init__(place, fact, hint)
        self.place, self.fact, self.hint = place, fact, hint

    def __str__(self) -> str:
        """Give ``place: fact`` and, on a line of its own, the hint."""
        text = f"{self.place}: {self.fact}" if self.place else self.fact
        return f"{text}\nhint: {self.hint}" if self.hint else text


class PageError(ProofbookError):
    """A page that cannot be read as the page format asks."""


class SnippetFailure(ProofbookError):  # noqa: N818
    """A snippet that did not do what its page says."""


class CouldNotCheck(ProofbookError):  # noqa: N818
    """A judgement that could not be reached: neither holds nor fails."""


@contextlib.contextmanager
def writing(file: Path, hint: str = "name a file in a folder that is there and may be written") -> Iterator[None]:
    """Tell what hinders the writing of a file as an error of ours."""
    try:
        yield
    except OSError as error:
        raise ProofbookError(str(file), f"cannot be written: {error.strerror or error}", hint) from None
