"""Reads a log of any length in pieces and gives only the lines worth looking at."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import IO, Any

import re2

from proofbook.diagnosis.errors_seen import WORDS
from proofbook.errors import ProofbookError

PIECE = 1 << 20
LONGEST_LINE = 1 << 20
SHORTEST, TELLING = 4, 8
MEMORY = 64 << 20
# what JSON or a shell would write in another way
SPLIT = re.compile(r'["\\/\t<>&]|  +|[^\x20-\x7e]')
ANYTHING = r"[^\n]*"
FLAGS = re.compile(r"\(\?[aiLmsux-]")
SAMPLE, MOST_CONTROL = 1 << 16, 0.02
CONTROL = [bytes([each]) for each in range(32) if each not in b"\t\n\r\x0b\x0c\x08\x07\x1b"]
GZIP, BOMS = b"\x1f\x8b", {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


class Sieve:
    """Finds in a piece of a log the lines that a signature, or the search for errors, could claim."""

    def __init__(self, patterns: Sequence[str], more: Sequence[str] = ()) -> None:
        """Look for one literal of each pattern, for all its texts if that says little, or for the pattern itself."""
        texts = {pattern: literal(pattern) for pattern in patterns}
        told = [text for text in texts.values() if len(text) >= TELLING]
        self.words = list(dict.fromkeys([*told, *WORDS, *more]))
        # a short word, such as HTTP, stands in every line of a healthy site
        little = [each for each, text in texts.items() if len(text) < TELLING]
        patterns = [loosened(each) if literals(each) else each for each in little]
        words = [re2.escape(word) for word in self.words]
        options = re2.Options()
        options.max_mem, options.log_errors = MEMORY, False
        # a line with colour may have it in the middle of a word
        every = "(?m)" + "|".join(f"(?:{each})" for each in dict.fromkeys([*patterns, *words, r"\x1b\["]))
        self._pattern = re2.compile(every.encode(), options)

    def next(self, piece: bytes, start: int) -> tuple[int, int] | None:
        """Give begin and end of the next line worth looking at, from the beginning of a line on."""
        found = self._pattern.search(piece, start)
        if found is None:
            return None
        begin = piece.rfind(b"\n", start, found.start()) + 1 or start
        return begin, _end(piece, found.start())


def _end(piece: bytes, start: int) -> int:
    end = piece.find(b"\n", start)
    return len(piece) if end < 0 else end


def literal(pattern: str) -> str:
    """Give the longest text that every match of a pattern contains."""
    longest = _longest_run(_parser.parse(pattern))
    return longest if len(longest) >= SHORTEST and not FLAGS.match(pattern) else ""


def literals(pattern: str) -> list[str]:
    """Give texts of which every match of a pattern contains one: of each alternative its own, or none at all."""
    parsed = _parser.parse(pattern)
    is_choice = len(parsed) == 1 and parsed[0][0] is _constants.BRANCH
    found = [_longest_run(each) for each in parsed[0][1][1]] if is_choice else [_longest_run(parsed)]
    return found if all(len(each) >= SHORTEST for each in found) and not FLAGS.match(pattern) else []


def loosened(pattern: str) -> str:
    """Give an expression for lines with all texts of a pattern in their order, however JSON or a shell writes them."""
    return re.sub(f"(?:{re.escape(ANYTHING)})+", lambda _many: ANYTHING, _loosened(_parser.parse(pattern)))


def _loosened(parsed: Iterable[tuple[object, Any]]) -> str:
    made, run = "", ""
    for kind, value in parsed:
        if kind is _constants.LITERAL:
            run += chr(value)
            continue
        made, run = made + _escaped(run), ""
        if kind is _constants.SUBPATTERN:
            made += _loosened(value[-1])
        elif kind is _constants.BRANCH:
            made += f"(?:{'|'.join(map(_loosened, value[1]))})"
        elif kind is not _constants.AT:
            made += ANYTHING
    return made + _escaped(run)


def _escaped(run: str) -> str:
    return ANYTHING.join(re2.escape(part) for part in SPLIT.split(run))


def _longest_run(parsed: Iterable[tuple[object, Any]]) -> str:
    runs, run = [], ""
    for kind, value in parsed:
        if kind is _constants.LITERAL:
            run += chr(value)
            continue
        runs.append(run)
        run = ""
    parts = [part for each in (*runs, run) for part in SPLIT.split(each)]
    return max(parts, key=len, default="")


def pieces(stream: IO[bytes], name: str) -> Iterator[bytes]:
    """Give a log in pieces of whole lines; a line longer than a piece is cut.

    Raises ProofbookError when it is no text, or none at all.
    """
    first = stream.read(PIECE)
    read = _reader(stream, first, name)
    rest, is_blank = b"", True
    for piece in read:
        is_blank = is_blank and not piece.strip()
        whole, newline, rest_of = (rest + piece).rpartition(b"\n")
        rest = rest_of if newline or len(rest_of) <= LONGEST_LINE else rest_of[:LONGEST_LINE]
        if newline:
            yield whole + newline
    if is_blank:
        raise ProofbookError(name, "the log is empty", "give what the program wrote, its errors too: 2>&1")
    if rest:
        yield rest


def _reader(stream: IO[bytes], first: bytes, name: str) -> Iterator[bytes]:
    if first.startswith(GZIP):
        raise ProofbookError(name, "is compressed", f"gunzip --stdout {name} | proofbook diagnose -")
    encoding = next((each for mark, each in BOMS.items() if first.startswith(mark)), "")
    if not encoding and _is_binary(first):
        raise ProofbookError(name, "is no text", "give the log itself, as the program wrote it")
    decoder = codecs.getincrementaldecoder(encoding)("replace") if encoding else None
    piece = first
    while piece:
        yield decoder.decode(piece).lstrip("\ufeff").encode() if decoder else piece.replace(b"\0", b"")
        piece = stream.read(PIECE)


def _is_binary(first: bytes) -> bool:
    """Tell whether it is no text; a log that was cut while it was written to begins with zeros, and is."""
    sample = first[:SAMPLE].replace(b"\0", b"")
    return bool(sample) and MOST_CONTROL * len(sample) <= sum(map(sample.count, CONTROL))
