"""What the runbooks know of .env files: names, values, and where each stands, to the byte."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from _finding import Finding
from _step import CouldNotTell

ASSIGNMENT = re.compile(
    rb"[ \t]*(?P<export>export[ \t]+)?(?P<name>[A-Za-z_]\w*)(?P<before>[ \t]*)=(?P<after>[ \t]*)(?P<raw>.*?)[ \t]*"
)
READERS = ("dotenv", "shell", "docker")
SHELL = set(" \t'\"\\$`&;|<>()")
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Assignment:
    """One line that gives a variable its value; start and end enclose the value's bytes, quotes included."""

    name: str
    value: str = field(repr=False)
    line: int
    start: int
    end: int
    quote: str = ""
    spaced: bool = False
    exported: bool = False

    @property
    def is_bare(self) -> bool:
        """Tell whether no quotes keep a shell from reading the value in its own way."""
        return not self.quote


@dataclass(frozen=True, slots=True)
class EnvFile:
    """A file of NAME=value lines, as it is."""

    path: Path
    content: bytes = field(repr=False)
    assignments: tuple[Assignment, ...]
    unread: tuple[int, ...]

    @property
    def values(self) -> dict[str, str]:
        """Give the variables; where a name stands twice, the last one."""
        return {each.name: each.value for each in self.assignments}

    def find(self, name: str) -> Assignment | None:
        """Give the last assignment of a name."""
        return next((each for each in reversed(self.assignments) if each.name == name), None)


# --8<-- [start:parse]
def parse_env_file(path: Path, content: bytes) -> EnvFile:
    """Read the content of a .env file; lines that are no assignment are numbered, not guessed at."""
    assignments, unread, start = [], [], len(BOM) if content.startswith(BOM) else 0
    for number, line in enumerate(content[start:].splitlines(keepends=True), 1):
        text = line.rstrip(b"\r\n")
        if match := ASSIGNMENT.fullmatch(text):
            assignments.append(assignment(match, number, start))
        elif text.strip() and not text.lstrip().startswith(b"#"):
            unread.append(number)
        start += len(line)
    return EnvFile(path, content, tuple(assignments), tuple(unread))


# --8<-- [end:parse]


def assignment(match: re.Match[bytes], line: int, start: int) -> Assignment:
    raw = match["raw"].decode(errors="surrogateescape")
    quote = raw[0] if len(raw) > 1 and raw[0] == raw[-1] and raw[0] in "'\"" else ""
    return Assignment(
        match["name"].decode(),
        raw[1:-1] if quote else raw,
        line,
        start + match.start("raw"),
        start + match.end("raw"),
        quote,
        bool(match["before"] or match["after"]),
        bool(match["export"]),
    )


class Unreadable(CouldNotTell):
    """The file is there, and this user may not read it."""


def read_env_file(path: Path) -> EnvFile:
    """Read a .env file that has to be there."""
    try:
        return parse_env_file(path, path.read_bytes())
    except OSError as error:
        kind = Unreadable if isinstance(error, PermissionError) else CouldNotTell
        raise kind(f"{path} cannot be read: {error.strerror}", "name the file with --env-file") from None


# --8<-- [start:faults]
def faults_of(file: EnvFile, reader: str) -> Iterator[Finding]:
    """Find what one reader of the file, or the next, takes for something else; no value is told."""
    place = str(file.path)
    if file.content.startswith(BOM):
        yield Finding("the file begins with a byte order mark", "save it as UTF-8 without one", place, 1)
    if reader != "dotenv" and b"\r\n" in file.content:
        yield Finding(f"lines end with CR LF, and {reader} takes the CR into each value", "save it with LF", place, 1)
    for number in file.unread:
        yield Finding(
            "the line is no NAME=value", "begin a comment with #, and keep a value on one line", place, number
        )
    for name, count in Counter(each.name for each in file.assignments).items():
        if count > 1 and (last := file.find(name)):
            hint = "keep one: some readers take the first, others the last"
            yield Finding(f"{name} stands there {count} times", hint, place, last.line)
    for each in file.assignments:
        if fact := misread(each, reader):
            yield Finding(f"{each.name} {fact[0]}", fact[1], place, each.line, "ENV111")


def misread(each: Assignment, reader: str) -> tuple[str, str] | None:
    """Tell what a shell or docker makes of an assignment that looks harmless."""
    if each.is_bare and each.value[:1] in {"'", '"'}:
        return "has a quote that is not closed on its line", "close it, or quote with the other sign"
    if reader == "docker" and (each.quote or each.exported or each.spaced):
        return "is not plain NAME=value, and docker takes quotes and blanks literally", "write it without them"
    return misread_by_shell(each) if reader == "shell" else None


def misread_by_shell(each: Assignment) -> tuple[str, str] | None:
    if each.spaced:
        return "has blanks around the =, which a shell takes for a command", "write NAME=value"
    if each.is_bare and (SHELL & set(each.value) or each.value.startswith("~")):
        return "holds a character that a shell acts on", "put the value in single quotes"
    if each.quote == '"' and set('$`\\"') & set(each.value):
        return 'holds $, `, \\ or " in double quotes, where a shell acts on them', "put the value in single quotes"
    if each.quote == "'" and "'" in each.value:
        return "holds a single quote within single quotes", "choose a value without one"
    return None


# --8<-- [end:faults]
