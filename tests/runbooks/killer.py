"""Starts a runbook, numbers the moments at which a kill could hurt, and kills it with SIGKILL at one of them.

A moment lies before each step, each piece of SQL, each program started, and each file opened for writing, renamed
or removed. Started by killing.py: PROOFBOOK_MOMENTS names the file for the moments, PROOFBOOK_KILL says where it ends.
"""

import json
import os
import re
import runpy
import signal
import sys
import threading
import time
from pathlib import Path

NUMBER, DELAY, WHOM = (os.environ.get("PROOFBOOK_KILL") or "0 0 alone").split()
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
FILES = {"os.rename": "rename", "os.remove": "remove", "os.mkdir": "make", "os.rmdir": "remove", "os.truncate": "cut"}
step, number, asleep = "start", 0, False
steps: list[str] = []  # a runbook within another has steps of its own
pid, began, log = os.getpid(), time.monotonic(), os.environ.get("PROOFBOOK_MOMENTS")
listed = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) if log else None


def kill() -> None:
    if WHOM == "alone":
        os.kill(pid, signal.SIGKILL)
    os.killpg(os.getpgid(pid), signal.SIGKILL)


def moment(what: str) -> None:
    global number, asleep  # noqa: PLW0603
    number += 1
    if listed is not None:
        line = json.dumps({"number": number, "at": time.monotonic() - began, "step": step, "what": what})
        os.write(listed, f"{line}\n".encode())
    if asleep or (number == int(NUMBER) and not float(DELAY)):
        kill()
    if number == int(NUMBER):
        asleep = True
        threading.Timer(float(DELAY), kill).start()


def name_of(path: object) -> str:
    return re.sub(r"secret-\w+", "secret", Path(os.fsdecode(path)).name)


def hook(event: str, arguments: tuple) -> None:
    if os.getpid() != pid:  # a child between fork and exec
        return
    match event, arguments:
        case "subprocess.Popen", (_, [program, *words], *_):
            moment(f"start {Path(os.fsdecode(program)).name}{' --version' * ('--version' in words)}")
        case "open", (str() | bytes() as path, _, int(flags)) if flags & WRITES and str(path) != os.devnull:
            moment(f"write {name_of(path)}")
        case name, (path, *_) if name in FILES:
            moment(f"{FILES[name]} {name_of(path)}")


def watched(kind: type, method: str, tell) -> None:
    real = getattr(kind, method)

    def told(self, *given, **named):
        tell(*given)
        return real(self, *given, **named)

    setattr(kind, method, told)


def within(kind: type, title_of) -> None:
    """Know in which step, of which step, a moment lies; what comes after the last one is told as its own."""
    take = kind.take

    def taking(self, *given):
        enter(title_of(*given))
        try:
            return take(self, *given)
        finally:
            steps.pop()
            name_step()

    kind.take = taking


def enter(title: str) -> None:
    steps.append(title)
    name_step()
    moment("begin")


def name_step() -> None:
    global step  # noqa: PLW0603
    step = " > ".join(steps) or step


def main() -> None:
    sys.dont_write_bytecode = True
    script = Path(sys.argv[1]).resolve()
    sys.argv, sys.path[0] = sys.argv[1:], str(script.parent)
    import _check  # noqa: PLC0415  # found only now
    import _postgres  # noqa: PLC0415
    import _run  # noqa: PLC0415

    watched(_postgres.Sql, "script", lambda sql, *_: moment(f"SQL {' '.join(sql.split()[:3])}"))
    within(_run.Run, lambda number, step: f"{number}. {step.title}")
    within(_check.Checking, lambda check: check.name)
    sys.addaudithook(hook)
    runpy.run_path(str(script), run_name="__main__")


main()
