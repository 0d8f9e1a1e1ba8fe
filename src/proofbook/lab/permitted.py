"""Judges what is asked from a sandbox: the engine that answers has the rights of the one who opened it."""

from __future__ import annotations

from collections.abc import Sequence

from proofbook.errors import ProofbookError

ABOUT = ("--help", "-h", "--version")
HELP = ("--help", "-h")
FORMATS = ("text", "json", "github")
OF_DIAGNOSE = ("-", "--json", *HELP, *(f"--format={form}" for form in FORMATS))
PRINT = "--print"


def permitted(words: Sequence[str]) -> list[str]:
    """Give the words of a call that reads nothing but pages and standard input, and writes nothing.

    Raises ProofbookError for any other.
    """
    name, rest = (words[0], list(words[1:])) if words else ("a command", [])
    if name == "diagnose":
        return [name, *_diagnose(rest)]
    if name == "lesson":
        return [name, *_lesson(rest)]
    # it takes a fault's code, which is no path, and --json
    if name == "explain" or (name in ABOUT and not rest):
        return [name, *rest]
    hint = "here you have diagnose, explain and lesson; for the rest leave it first: exit"
    raise ProofbookError(name, "is not to be had inside a sandbox", hint)


def _diagnose(rest: list[str]) -> list[str]:
    """Give what follows ``diagnose``: no file to read, which the asker opens, and none to write."""
    left = iter(rest)
    for word in left:
        value = f"{word}={next(left, '')}" if word == "--format" else word
        if value not in OF_DIAGNOSE:
            hint = f"give a log and --json or --format {'|'.join(FORMATS)}; for the rest leave it first: exit"
            raise ProofbookError(f"diagnose {word}", "is not to be had inside a sandbox", hint)
    return rest


def _lesson(rest: list[str]) -> list[str]:
    """Give what follows ``lesson``: a new one is only printed, for the repository is not the asker's."""
    if rest[:1] == ["new"]:
        if not {PRINT, *HELP} & set(rest):
            hint = f"let it be shown, with {PRINT}, or leave the sandbox first: exit"
            raise ProofbookError("lesson new", "writes into the repository, not into this sandbox", hint)
        # first, for further on it may be the value of another option
        return ["new", PRINT, *rest[1:]]
    if not rest or rest[0] in ("list", *HELP):
        return rest
    hint = f"here you have lesson list, and lesson new with {PRINT}"
    raise ProofbookError(f"lesson {rest[0]}", "is not to be had inside a sandbox", hint)
