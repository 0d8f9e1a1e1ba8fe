"""The preloaded interpreter of a run: started as the sandbox's user, found through the sandboxes' PATH."""

from __future__ import annotations

import contextlib
import select
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from proofbook.errors import ProofbookError
from proofbook.lab import inside
from proofbook.lab.ownership import give
from proofbook.lab.programs import Account, as_user
from proofbook.settings import Settings

NAMES = ("python", "python3")
LONGEST_LINE = 120
PATIENCE = 60.0
# what ps shows of a fork is written over what the interpreter was started with
ROOM = {"PROOFBOOK_ROOM": "." * 32768}
WORDS_ROOM = "." * 4096
START = """\
import sys

sys.path[0] = sys.argv[1]
from inside.serving import Interpreter
from inside.becoming import run

interpreter = Interpreter(sys.argv[1], sys.argv[2], sys.argv[4:])
sys.stdout.write("ready\\n")
sys.stdout.flush()
call = interpreter.serve()
if call is not None:
    run(call, interpreter.ending)
"""


@contextlib.contextmanager
def preloaded_interpreter(
    settings: Settings, folder: Path, account: Account | None, environment: Mapping[str, str]
) -> Iterator[Callable[[], Path]]:
    """Start an interpreter that imports what the repository names, and give what waits for it.

    The waiting gives its folder, and raises ProofbookError when it cannot start.
    """
    place = folder / "preloaded"
    _make(place, settings, account)
    command: list[str | Path] = [settings.lab_python, "-c", START, place, settings.lab_python.parent, WORDS_ROOM]
    with (place / "log").open("wb") as log:
        starting = subprocess.Popen(
            [*command, *settings.preload],
            cwd="/",
            env={**environment, **ROOM},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            umask=0o022,
            **as_user(account),
        )
    try:
        yield lambda: _wait(starting, place)
    finally:
        starting.kill()
        starting.communicate()


def _make(place: Path, settings: Settings, account: Account | None) -> None:
    """Put the programs where the sandbox's user can read them, for the checkout may be out of its reach."""
    python = settings.lab_python
    source = Path(inside.__file__).parent
    shutil.copytree(source, place / "inside", ignore=shutil.ignore_patterns("__pycache__", "client.py"))
    for name in ("bin", "sessions"):
        (place / name).mkdir()
    text = (source / "client.py").read_text("utf-8").replace("@python@", str(python.parent))
    client = place / "bin" / NAMES[0]
    # no environment of its own: it starts faster
    client.write_text(f"#!{python.resolve()} -IS\n" + text.replace("@folder@", str(place)))
    client.chmod(0o755)
    for name in NAMES[1:]:
        (place / "bin" / name).symlink_to(NAMES[0])
    give(place, account)


def _wait(starting: subprocess.Popen[bytes], place: Path) -> Path:
    stream = starting.stdout
    assert stream is not None  # noqa: S101
    if select.select([stream], [], [], PATIENCE)[0] and stream.readline():
        return place
    told = (place / "log").read_text("utf-8", errors="replace").strip().splitlines()
    hint = "see `preload` in [tool.proofbook]: what it names must not need the project or its settings"
    raise ProofbookError("the preloaded interpreter", f"does not start: {told[-1] if told else 'no answer'}", hint)
