"""Compares what a snippet printed with the output fence of its page."""

from __future__ import annotations

import re
from functools import lru_cache

ANYTHING = "..."
TAB = 4  # Markdown shows a tab so, and a page can hold no other
ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")


def plain(text: str) -> str:
    """Give the text without colour, carriage returns or trailing space."""
    lines = ANSI.sub("", text).replace("\r\n", "\n").split("\n")
    return "\n".join(line.expandtabs(TAB).rstrip() for line in lines).strip("\n")


@lru_cache(maxsize=4096)
def _line_pattern(line: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in line.split(ANYTHING)))


def _line_matches(wanted: str, printed: str) -> bool:
    return wanted == printed or (ANYTHING in wanted and _line_pattern(wanted).fullmatch(printed) is not None)


def matches(wanted: str, printed: str) -> bool:
    """Tell whether the printed text is the wanted one; ``...`` stands for anything in a line, or for lines."""
    return _first_mismatch(plain(wanted).split("\n"), plain(printed).split("\n")) is None


def _first_mismatch(wanted: list[str], printed: list[str]) -> int | None:
    """Give the index of the first wanted line without a partner, or None when all have one."""
    reachable = {0}
    for index, line in enumerate(wanted):
        if line == ANYTHING:
            reachable = set(range(min(reachable), len(printed) + 1))
        else:
            reachable = {at + 1 for at in reachable if at < len(printed) and _line_matches(line, printed[at])}
        if not reachable:
            return index
    return None if len(printed) in reachable else len(wanted)


def difference(wanted: str, printed: str) -> str:
    """Say in a few lines where the printed text leaves the wanted one."""
    expected = plain(wanted).split("\n")
    at = _first_mismatch(expected, plain(printed).split("\n"))
    line = expected[at] if at is not None and at < len(expected) else "(end of output)"
    return f"the page expects:\n  {line}\nprinted was:\n{_quoted(plain(printed))}"


def _quoted(text: str, most: int = 40, widest: int = 500) -> str:
    lines = [line if len(line) <= widest else f"{line[:widest]}(...)" for line in text.split("\n")]
    shown = lines if len(lines) <= most else [*lines[: most // 2], "(...)", *lines[-most // 2 :]]
    return "\n".join(f"  {line}" for line in shown)
