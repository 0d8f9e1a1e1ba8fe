"""Gives the lines of a log that a diagnosis looks at."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import IO

from proofbook.diagnosis.chains import Chains
from proofbook.diagnosis.sifting import Sieve, pieces
from proofbook.diagnosis.wrapping import Line, unwrapped
from proofbook.pages.signatures import Catalogue

APPLYING = "  Applying "


def worth_looking(stream: IO[bytes], catalogue: Catalogue, chains: Chains, name: str) -> Iterator[Line]:
    """Give the lines that could say something, and every line of a traceback until its exception."""
    patterns = (*catalogue.patterns, *catalogue.evidence.values(), *catalogue.seen_while.values())
    sieve = sieve_of(patterns, finding_words(catalogue))
    above = 0
    for piece in pieces(stream, name):
        at, number = 0, above + 1
        while at < len(piece):
            span = (at, _line_end(piece, at)) if chains.is_open_at(number) else sieve.next(piece, at)
            if span is None:
                break
            number += piece.count(b"\n", at, span[0])
            yield from unwrapped(number, piece[slice(*span)].decode("utf-8", "replace").removesuffix("\r"))
            at, number = span[1] + 1, number + 1
        above += piece.count(b"\n")


@functools.lru_cache(maxsize=2)
def sieve_of(patterns: tuple[str, ...], findings: tuple[str, ...]) -> Sieve:
    """Give the sieve of a catalogue; who diagnoses many logs needs it each time."""
    return Sieve(patterns, [APPLYING.strip(), *findings])


def finding_words(catalogue: Catalogue) -> tuple[str, ...]:
    """Give what stands in each line in which a check of ours names a fault."""
    return tuple(sorted({f"error {fault[:3]}" for fault in catalogue.pages}))


def _line_end(piece: bytes, at: int) -> int:
    end = piece.find(b"\n", at)
    return len(piece) if end < 0 else end
