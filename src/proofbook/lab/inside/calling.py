"""Hands a call of ``proofbook`` in a sandbox to the run that made it: the engine may be out of reach there."""

import json
import os
import socket
import sys
import tempfile

COULD_NOT = 2
# options of `diagnose` whose value is the next word
WITH_VALUES = ("--format", "--summary", "--pages-at")


def main(words: list[str]) -> int:
    """Pass the words on with what they read and write; give the status that comes back."""
    try:
        words, given = _read_here(words)
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(os.environ["PROOFBOOK_ASK"])
            socket.send_fds(line, [json.dumps(words).encode()], [given, 1, 2])
            line.shutdown(socket.SHUT_WR)
            return int(line.recv(16) or COULD_NOT)
    except (KeyError, OSError) as error:
        place = error.filename if isinstance(error, OSError) and error.filename else "the sandbox"
        fact = error.strerror if isinstance(error, OSError) else "has ended"
        hint = "give a log that you may read, or - for standard input" if place in words else "leave it: exit"
        sys.stderr.write(f"proofbook: {place}: {fact}\nhint: {hint}\n")
        return COULD_NOT
    except KeyboardInterrupt:
        return 130


def _read_here(words: list[str]) -> tuple[list[str], int]:
    """Read what a log is read from, with the rights and the terminal of the one who asks."""
    if words[:1] != ["diagnose"] or "--help" in words or "-h" in words:
        return words, os.open(os.devnull, os.O_RDONLY)
    at = _place_of_log(words)
    if at and words[at] != "-":
        with open(words[at], "rb") as log:
            return [*words[:at], "-", *words[at + 1 :]], os.dup(log.fileno())
    if sys.stdin.isatty():
        sys.stderr.write("paste the log, then press Ctrl-D on a line of its own\n")
    # not the terminal itself: only a program of the shell's own group may read it
    kept = tempfile.TemporaryFile()  # noqa: SIM115
    kept.write(sys.stdin.buffer.read())
    kept.seek(0)
    return words, os.dup(kept.fileno())


def _place_of_log(words: list[str]) -> int:
    """Give where the log is named, 0 where it is not: the value of an option is none."""
    for at in range(1, len(words)):
        is_option = words[at].startswith("-") and words[at] != "-"
        if not is_option and words[at - 1] not in WITH_VALUES:
            return at
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
