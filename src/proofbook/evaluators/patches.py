"""Tells why a patch on a page may not apply: blank lines at its end are no part of a fence."""

from __future__ import annotations

import re

HUNK = re.compile(r"^@@ -\d+(?:,(?P<old>\d+))? \+\d+(?:,(?P<new>\d+))? @@")


def lost_lines(patch: str) -> int:
    """Give how many lines the last hunk of a patch lacks, by what its own header counts."""
    lines = patch.removesuffix("\n").split("\n")
    starts = [number for number, line in enumerate(lines) if HUNK.match(line)]
    found = HUNK.match(lines[starts[-1]]) if starts else None
    if not found:
        return 0
    body = lines[starts[-1] + 1 :]
    lacking = [
        int(found[side] or 1) - sum(1 for line in body if line[:1] in (" ", "", sign))
        for side, sign in (("old", "-"), ("new", "+"))
    ]
    return lacking[0] if lacking[0] == lacking[1] and lacking[0] > 0 else 0


def hint_for(patch: str) -> str:
    """Give what to do about a patch that ends too soon; nothing where it does not."""
    lost = lost_lines(patch)
    if not lost:
        return ""
    lines = "a line" if lost == 1 else f"{lost} lines"
    why = "a blank line at the end of a fence is lost"
    return f"it is {lines} short: {why}; end the hunk in one with text, and count again"
