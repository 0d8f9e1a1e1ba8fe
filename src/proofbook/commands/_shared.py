"""What all commands share: exit statuses, errors shown without a traceback, the repository at hand."""

from __future__ import annotations

import functools
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from proofbook.errors import ProofbookError, writing
from proofbook.pages.reading import page_files
from proofbook.settings import Settings, find_root, read_settings

HOLDS, FINDING, UNKNOWN = 0, 1, 2


class Ended(KeyboardInterrupt):
    """Somebody asked us to end by a signal, which as little as Ctrl-C is an error of what was just at work."""

    def __init__(self, number: int) -> None:
        """Keep the signal's number."""
        super().__init__()
        self.number = number


def shown_errors(command: Callable[..., int]) -> Callable[..., None]:
    """Turn an error of ours into its text and exit status 2, and a result into the exit status.

    What was ended by a signal ends with 128 and its number, as in a shell.
    """

    @functools.wraps(command)
    def shown(*args: Any, **words: Any) -> None:
        _end_tidily()
        try:
            sys.exit(command(*args, **words))
        except ProofbookError as error:
            click.echo(f"proofbook: {error}", err=True)
            sys.exit(UNKNOWN)
        except Ended as error:
            sys.exit(128 + error.number)
        except KeyboardInterrupt:
            click.echo("ended", err=True)
            sys.exit(128 + signal.SIGINT)

    return shown


def _end_tidily() -> None:
    """Let a command that is asked to end, or whose terminal is closed, still remove what it made."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        # ignored, as under nohup, it stays so
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)


def _end(number: int, _frame: object) -> None:
    raise Ended(number)


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
    with writing(file), file.open("a", encoding="utf-8") as stream:
        stream.write(text)


def put(file: Path, text: str) -> None:
    """Write a file, in the place of the one that is there.

    Raises ProofbookError when it cannot be written.
    """
    with writing(file):
        file.write_text(text, "utf-8")


def check_place(file: Path) -> None:
    """Raise ProofbookError when a file could not be written, before there is anything to write."""
    hint = "name a file in a folder that is there and may be written"
    if not file.parent.is_dir():
        raise ProofbookError(str(file), "its folder is not there", hint)
    if file.is_dir():
        raise ProofbookError(str(file), "is a folder", hint)
    if not os.access(file if file.exists() else file.parent, os.W_OK):
        raise ProofbookError(str(file), "may not be written", hint)
