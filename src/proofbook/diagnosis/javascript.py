"""Writes a regular expression of ours as one of JavaScript that finds the same, or says why there is none."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

# what RE2 means by these, and what Python does
ASCII_CLASSES = {"SPACE": r"\t\n\f\r ", "WORD": r"0-9A-Za-z_", "DIGIT": "0-9"}
UNICODE_CLASSES = {
    "SPACE": r"\t-\r\u{1c}-\u{20}\u{85}\u{a0}\u{1680}\u{2000}-\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}",
    "WORD": r"\p{L}\p{N}_",
    "DIGIT": r"\p{Nd}",
}
_SYNTAX, _SYNTAX_OF_CLASS = set("^$\\.*+?()[]{}|/"), set("^\\[]-")
_PRINTED = range(0x20, 0x7F)
_SUPPORTED_FLAGS = re.IGNORECASE | re.VERBOSE | re.UNICODE | re.ASCII
_ATOMS = {_constants.LITERAL, _constants.NOT_LITERAL, _constants.ANY, _constants.IN, _constants.SUBPATTERN}
_PLACES = {
    _constants.AT_BEGINNING: "^",
    _constants.AT_BEGINNING_STRING: "^",
    _constants.AT_END: "$",
    _constants.AT_END_STRING: "$",
}


class InexpressibleError(ValueError):
    """JavaScript has no expression that finds the same."""


def of_re2(pattern: str) -> tuple[str, str]:
    """Give source and flags for a pattern as RE2 reads it.

    Raises InexpressibleError when there are none.
    """
    return _translated(_parser.parse(pattern), ASCII_CLASSES)


def of_python(pattern: re.Pattern[str]) -> tuple[str, str]:
    """Give source and flags for a pattern as Python's ``re`` reads it.

    Raises InexpressibleError when there are none.
    """
    return _translated(_parser.parse(pattern.pattern, pattern.flags), UNICODE_CLASSES)


def _translated(parsed: Any, classes: Mapping[str, str]) -> tuple[str, str]:
    if parsed.state.flags & ~_SUPPORTED_FLAGS:
        raise InexpressibleError("it sets a flag that is not i or x")
    names = {number: name for name, number in parsed.state.groupdict.items()}
    source = _Writer(classes, names).sequence(parsed)
    return source, "iu" if parsed.state.flags & re.IGNORECASE else "u"


class _Writer:
    """Writes what Python's parser has read; the classes are those of the engine that it stands for."""

    def __init__(self, classes: Mapping[str, str], names: Mapping[int, str]) -> None:
        self._classes, self._names = classes, names

    def sequence(self, parsed: Iterable[tuple[Any, Any]]) -> str:
        return "".join(self._one(kind, value) for kind, value in parsed)

    def _one(self, kind: Any, value: Any) -> str:
        write = getattr(self, f"_{str(kind).lower()}", None)
        if write is None:
            raise InexpressibleError(f"it uses {str(kind).lower().replace('_', ' ')}")
        return str(write(value))

    def _literal(self, code: int) -> str:
        return _written(code)

    def _not_literal(self, code: int) -> str:
        return f"[^{_written(code, _SYNTAX_OF_CLASS)}]"

    def _any(self, _value: None) -> str:
        return r"[^\n]"

    def _in(self, members: list[tuple[Any, Any]]) -> str:
        negated = members[0][0] is _constants.NEGATE
        inner = members[1:] if negated else members
        if len(inner) == 1 and str(inner[0][1]).startswith("CATEGORY_NOT_"):
            category = str(inner[0][1]).removeprefix("CATEGORY_NOT_")
            return f"[{'' if negated else '^'}{self._classes[category]}]"
        return f"[{'^' if negated else ''}{''.join(map(self._member, inner))}]"

    def _member(self, member: tuple[Any, Any]) -> str:
        kind, value = member
        if kind is _constants.LITERAL:
            return _written(value, _SYNTAX_OF_CLASS)
        if kind is _constants.RANGE:
            return "-".join(_written(each, _SYNTAX_OF_CLASS) for each in value)
        if str(value).startswith("CATEGORY_NOT_"):
            raise InexpressibleError("it names what is not of a kind beside other characters, in one class")
        return self._classes[str(value).removeprefix("CATEGORY_")]

    def _branch(self, value: tuple[None, list[Any]]) -> str:
        return f"(?:{'|'.join(map(self.sequence, value[1]))})"

    def _subpattern(self, value: tuple[int | None, int, int, Any]) -> str:
        group, added, removed, inner = value
        if added or removed:
            raise InexpressibleError("it sets a flag for a part of itself")
        if group is None:
            return f"(?:{self.sequence(inner)})"
        name = f"?<{self._names[group]}>" if group in self._names else ""
        return f"({name}{self.sequence(inner)})"

    def _max_repeat(self, value: tuple[int, int, Any]) -> str:
        low, high, inner = value
        times = {(0, _constants.MAXREPEAT): "*", (1, _constants.MAXREPEAT): "+", (0, 1): "?"}.get((low, high))
        if times is None:
            most = "" if high == _constants.MAXREPEAT else high
            times = f"{{{low}}}" if low == high else f"{{{low},{most}}}"
        is_one = len(inner) == 1 and inner[0][0] in _ATOMS
        return f"{self.sequence(inner) if is_one else f'(?:{self.sequence(inner)})'}{times}"

    def _min_repeat(self, value: tuple[int, int, Any]) -> str:
        return f"{self._max_repeat(value)}?"

    def _assert(self, value: tuple[int, Any]) -> str:
        return f"(?{'=' if value[0] > 0 else '<='}{self.sequence(value[1])})"

    def _assert_not(self, value: tuple[int, Any]) -> str:
        return f"(?{'!' if value[0] > 0 else '<!'}{self.sequence(value[1])})"

    def _at(self, place: Any) -> str:
        if place in _PLACES:
            return _PLACES[place]
        word = f"[{self._classes['WORD']}]"
        at_edge = f"(?:(?<={word})(?!{word})|(?<!{word})(?={word}))"
        return at_edge if place is _constants.AT_BOUNDARY else f"(?!{at_edge})"


def _written(code: int, syntax: Container[str] = _SYNTAX) -> str:
    if code not in _PRINTED:
        return f"\\u{{{code:x}}}"
    return f"\\{chr(code)}" if chr(code) in syntax else chr(code)
