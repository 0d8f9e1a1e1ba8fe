"""What GitHub reads in a job's output: annotations, each on one line, and the tables of a job's summary."""

from __future__ import annotations

MOST_ANNOTATIONS = 10
_AS_TEXT = {ord(each): f"&#{ord(each)};" for each in "&\\`*_[]<>|@#~"} | {0x1B: None}


def annotation(title: str, text: str, *, file: str = "", line: int = 0) -> str:
    """Give one error as GitHub reads it: at a line of a file, if there is one."""
    words = [f"file={_property(file)}"] if file else []
    words += [f"line={line}"] if file and line else []
    return f"::error {','.join([*words, f'title={_property(title)}'])}::{_escaped(text)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return text.replace("%", "%25").replace("\r", " ").replace("\n", " ").replace(":", "%3A").replace(",", "%2C")


def cell(text: str) -> str:
    """Give a text as it can stand in one cell of a table: nothing in it is markup, or ends the cell."""
    return " ".join(text.split()).translate(_AS_TEXT)


def row(*cells: str) -> str:
    """Give one row of a table, of cells that are Markdown already."""
    return f"| {' | '.join(cells)} |"
