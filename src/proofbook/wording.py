"""Turns what machines keep into the words a reader sees: signatures, impacts, lists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

IMPACT = {
    "blocks-deploy": "blocks the deploy",
    "breaks-users": "breaks it for users",
    "leaks-data": "leaks data",
    "loses-data": "loses data",
    "degrades": "degrades the service",
}
_NAMED = re.compile(r"\(\?P<(?P<name>\w+)>")
_ESCAPED = re.compile(r"\\(?=\W)")
_ANCHORS = re.compile(r"(?<!\\)[\^$]|\\b|\(\?i\)")
_FREE = re.compile(r"(?<!\\)(?:\[\^?[^\]]*\]|\.|\\[SwdsWD])(?:[*+]\??|\{\d+(?:,\d*)?\})")


def readable(signature: str) -> str:
    """Give a signature as a person writes it: ``relation "‹table›" does not exist``."""
    shown = _ANCHORS.sub("", "".join(_named_shown(signature)))
    return _ESCAPED.sub("", _FREE.sub("…", shown)).strip()


def _named_shown(signature: str) -> Iterator[str]:
    at = 0
    for found in _NAMED.finditer(signature):
        if found.start() < at:
            continue
        yield signature[at : found.start()]
        yield f"‹{found['name']}›"
        at = _closing(signature, found.end())
    yield signature[at:]


def _closing(signature: str, at: int) -> int:
    """Give the place after the parenthesis that closes the group whose body starts at ``at``."""
    depth = 1
    while at < len(signature) and depth:
        if signature[at] == "\\":
            at += 1
        elif signature[at] == "[":
            at = _class_end(signature, at)
        else:
            depth += {"(": 1, ")": -1}.get(signature[at], 0)
        at += 1
    return at


def _class_end(signature: str, at: int) -> int:
    """Give the place of the bracket that closes the character class opened at ``at``."""
    at += 2 if signature[at + 1 : at + 2] == "^" else 1
    if signature[at : at + 1] == "]":
        at += 1
    while at < len(signature) and signature[at] != "]":
        at += 2 if signature[at] == "\\" else 1
    return at


def listed(words: Iterable[str], last: str = "and") -> str:
    """Give words as a sentence lists them: ``a, b and c``."""
    every: Sequence[str] = list(words)
    return f" {last} ".join(filter(None, (", ".join(every[:-1]), *every[-1:])))


def counted(number: int, word: str) -> str:
    """Give a number with its word: ``1 step``, ``2 steps``."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
