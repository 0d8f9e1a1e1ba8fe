"""What the runbooks know of numbers in a call: which of them a run can work with."""

from __future__ import annotations

import argparse
from collections.abc import Callable


def at_least(least: int, why: str = "") -> Callable[[str], int]:
    """Give what reads a whole number of a flag, and tells when it is none or too small."""

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if number < least:
            raise argparse.ArgumentTypeError(f"{text!r} is no number of at least {least}" + (f": {why}" if why else ""))
        return number

    return read
