"""What all commands share: exit statuses, errors shown without a traceback, the repository at hand."""

from __future__ import annotations

import functools
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from proofbook.errors import ProofbookError
from proofbook.pages.reading import page_files
from proofbook.settings import Settings, find_root, read_settings

HOLDS, FINDING, UNKNOWN = 0, 1, 2


def shown_errors(command: Callable[..., int]) -> Callable[..., None]:
    """Turn an error of ours into its text and exit status 2, and a result into the exit status."""

    @functools.wraps(command)
    def shown(*args: Any, **words: Any) -> None:
        _end_tidily()
        try:
            sys.exit(command(*args, **words))
        except ProofbookError as error:
            click.echo(f"proofbook: {error}", err=True)
            sys.exit(UNKNOWN)

    return shown


def _end_tidily() -> None:
    """Let a command that is asked to end, or whose terminal is closed, still remove what it made."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        # ignored, as under nohup, it stays so
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda number, _frame: sys.exit(128 + number))


def end_undisturbed() -> None:
    """Let nothing but a SIGKILL interrupt the removing that follows."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def settings_here() -> Settings:
    """Read the settings of the repository we stand in."""
    return read_settings(find_root(Path.cwd()))


def tell(text: str) -> None:
    """Tell a person something, beside the output."""
    click.echo(text, err=True)


def chosen_files(settings: Settings, paths: tuple[Path, ...]) -> list[Path]:
    """Give the page files named by paths, all of them when none is named."""
    files = page_files(settings)
    if not files:
        raise ProofbookError(str(settings.root), "there is no page here", "set `pages` in [tool.proofbook]")
    if not paths:
        return files
    chosen: list[Path] = []
    for path in paths:
        found = [file for file in files if file == path.absolute() or path.absolute() in file.parents]
        if not found:
            raise ProofbookError(
                str(path), "is no page of this repository", f"pages are below {', '.join(settings.pages)}"
            )
        chosen += found
    return list(dict.fromkeys(chosen))


def add_to(file: Path, text: str) -> None:
    """Add a text to the end of a file, which need not be there.

    Raises ProofbookError when it cannot be written.
    """
    try:
        with file.open("a", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise ProofbookError(str(file), f"cannot be written: {error.strerror}", "name a file in a folder") from None
