"""Turns what machines keep into the words a reader sees: signatures, impacts, lists."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

IMPACT = {
    "blocks-deploy": "blocks the deploy",
    "breaks-users": "breaks it for users",
    "leaks-data": "leaks data",
    "loses-data": "loses data",
    "degrades": "degrades the service",
}
_NAMED = re.compile(r"\(\?P<(?P<name>\w+)>")
_OPTIONAL = re.compile(r"\(\?:[^()]*\)\?")
_EITHER = re.compile(r"\(\?:((?:[^()\\]|\\.)*)\)(?![?*+{])")
_SPACE = re.compile(r"\\s[*+]")
_FREE = re.compile(r"(?<!\\)(?:\[\^?[^\]]*\]|\.|\\[SwdW])(?:[*+]\??|\{\d+(?:,\d*)?\})")
_ANCHORS = re.compile(r"(?<!\\)[\^$]|\\b|\(\?i\)")
_ESCAPED = re.compile(r"\\(?=\W)")


def readable(
    signature: str,
    name: Callable[[str], str] = "[{}]".format,
    text: Callable[[str], str] = str,
) -> str:
    """Give a signature as a person writes it: ``relation "[table]" does not exist``."""
    return "".join(name(part) if named else text(_plain(part)) for part, named in _parts(signature)).strip()


def _plain(pattern: str) -> str:
    either = _EITHER.sub(lambda found: found[1].replace("|", " | "), _OPTIONAL.sub("", pattern))
    return _ESCAPED.sub("", _ANCHORS.sub("", _FREE.sub("…", _SPACE.sub(" ", either))))


def _parts(signature: str) -> Iterator[tuple[str, bool]]:
    at = 0
    for found in _NAMED.finditer(signature):
        if found.start() < at:
            continue
        yield signature[at : found.start()], False
        yield found["name"], True
        at = _closing(signature, found.end())
    yield signature[at:], False


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
    every = list(words)
    return f" {last} ".join(filter(None, (", ".join(every[:-1]), *every[-1:])))


def counted(number: int, word: str) -> str:
    """Give a number with its word: ``1 step``, ``2 steps``."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
