"""Takes out of the site's own scripts and styles what is for those who write them: comments and indentation."""

from __future__ import annotations

import re
from pathlib import Path

SCRIPTS, STYLES = "javascripts", "stylesheets"
_REMARK = re.compile(r"^[ \t]*//.*\n", re.MULTILINE)
_NOTE = re.compile(r"/\*.*?\*/", re.DOTALL)
_BLANKS = re.compile(r"^\s+", re.MULTILINE)
_ENDS = re.compile(r"(?:\A|(?<=[;{},]))\s*\n\s*")
_FOLDS = re.compile(r"\s*\n\s*")


def squeeze(site: Path) -> None:
    """Squeeze what a build has copied from the repository; what is the theme's is squeezed already."""
    for file in (site / SCRIPTS).rglob("*.js"):
        file.write_text(script(file.read_text("utf-8")), "utf-8")
    for file in (site / STYLES).rglob("*.css"):
        file.write_text(style(file.read_text("utf-8")), "utf-8")


def script(text: str) -> str:
    """Give a script without lines that are a comment, and without indentation; each line stays one.

    Text over several lines (in backticks) would lose its indentation, so a script of ours has none.
    """
    return _BLANKS.sub("", _REMARK.sub("", text))


def style(text: str) -> str:
    """Give a style sheet without comments, on one line."""
    return _FOLDS.sub(" ", _ENDS.sub("", _NOTE.sub("", text))).strip() + "\n"
