"""What stands after an opening fence: the language and the options, or no fence at all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from markdown.extensions.attr_list import get_attrs_and_remainder

if TYPE_CHECKING:
    from collections.abc import Sequence

_LANGUAGE = re.compile(r" *\.?(?P<language>[\w#.+-]+)(?= |$)")
_BRACES = re.compile(r" *\{(?P<attributes>.*)\} *$")
_OPTIONS = re.compile(r"""(?: *[a-zA-Z][a-zA-Z0-9_]*(?:=(?P<quote>["']).*?(?P=quote))?(?= |$))+ *$""")
# A value may run on over further quotes, so each one doubles the ways to read a line.
_MOST_QUOTES = 20
_OPTION = re.compile(r"""(?P<key>[a-zA-Z][a-zA-Z0-9_]*)(?:=(?P<quote>["'])(?P<value>.*?)(?P=quote))?""")
_LINE_OPTIONS = {
    "hl_lines": re.compile(r"\d+(?:-\d+)?(?: +\d+(?:-\d+)?)*$"),
    "linenums": re.compile(r"\d"),
}
HIGHLIGHT_OPTIONS = frozenset({"title", "title_mode", *_LINE_OPTIONS})


class Info(NamedTuple):
    """The language of a fence and its options, `id` and `classes` among them."""

    language: str
    options: dict[str, str]


def read_info(text: str, known: frozenset[str] = HIGHLIGHT_OPTIONS, *, relaxed: bool = False) -> Info | None:
    """Read an info string as SuperFences does; None when it makes the line no fence.

    Without braces only known options may stand there, unless the site's headers are relaxed.
    """
    language, rest = _split_language(text)
    if not rest.strip():
        return Info(language, {})
    info = None
    if braces := _BRACES.match(rest):
        info = _read_attributes(language, braces["attributes"])
    elif rest.count('"') + rest.count("'") <= _MOST_QUOTES and _OPTIONS.match(rest):
        info = _read_options(language, rest, known)
    return info or (Info(language, {}) if relaxed else None)


def _split_language(text: str) -> tuple[str, str]:
    match = _LANGUAGE.match(text)
    return (match["language"], text[match.end() :]) if match else ("", text)


def _read_options(language: str, text: str, known: frozenset[str]) -> Info | None:
    options = {
        match["key"]: match["key"] if match["value"] is None else match["value"] for match in _OPTION.finditer(text)
    }
    if options.keys() <= known and all(_is_shown(*item) for item in options.items()):
        return Info(language, options)
    return None


def _read_attributes(language: str, text: str) -> Info | None:
    options: dict[str, str] = {}
    classes: list[str] = []
    attributes: Sequence[tuple[str, str | None]] = get_attrs_and_remainder(text)[0]
    for key, value in attributes:
        if key == ".":
            classes.append(value or "")
        elif value is None and key in _LINE_OPTIONS:
            return None  # the renderer stumbles over a line option without a value
        else:
            options[key] = value or ""
    if not language and classes:
        language = classes.pop(0)
    if classes:
        options["classes"] = " ".join(classes)
    return Info(language, options)


def _is_shown(key: str, value: str) -> bool:
    return key not in _LINE_OPTIONS or _LINE_OPTIONS[key].match(value) is not None
