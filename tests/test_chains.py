"""Tracebacks are followed by source, however many sources a log has."""

from __future__ import annotations

from proofbook.diagnosis.chains import SILENT, Chains
from proofbook.diagnosis.wrapping import unwrapped

# the number of a container is no part of its source
LETTERS = str.maketrans("0123456789", "abcdefghij")
OPENS = "Traceback (most recent call last):"


def test_no_more_tracebacks_are_watched_than_may_still_be_open() -> None:
    chains, watched = Chains(), []

    for number in range(1, 4 * SILENT):
        chains.is_open_at(number)
        name = str(number).translate(LETTERS)
        for line in unwrapped(number, f"{name}-1  | {OPENS}"):
            chains.place(line)
        watched.append(len(chains._open))

    assert SILENT <= max(watched) <= SILENT + 1


def test_a_traceback_is_watched_until_its_exception() -> None:
    chains = Chains()

    for number, text in enumerate([OPENS, '  File "a.py", line 1, in b', "ValueError: c"], 1):
        for line in unwrapped(number, f"web-1  | {text}"):
            chains.place(line)
        if number < 3:
            assert chains.is_open_at(number + 1)

    assert not chains.is_open_at(4)
