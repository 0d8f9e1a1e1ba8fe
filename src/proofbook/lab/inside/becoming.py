"""Turns a fork of the preloaded interpreter into the Python that was asked for."""

from __future__ import annotations

import _frozen_importlib_external
import _signal
import builtins
import fcntl
import io
import os
import posix
import sys
from _frozen_importlib import BuiltinImporter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

    from .ending import Ending

OWN = os.path.dirname(os.path.dirname(__file__)) + "/"
OF_PYTHON = (_signal.SIGPIPE, _signal.SIGXFSZ)
PLACES_IN_STAT = slice(45, 49)
STDERR = 2


class Call:
    """How a program was called: its words, its environment, and what its caller had open."""

    def __init__(
        self, sent: tuple[str, list[str], dict[bytes, bytes], bytes, bytes, list[int]], files: list[int]
    ) -> None:
        """Keep what the client sent; the first of the files is its folder."""
        self.name, self.words, self.environment, status, self.limits, self.numbers = sent
        self.status = read_status(status.decode())
        self.folder, *self.files = files
        self.cwd = os.readlink(f"/proc/self/fd/{self.folder}")
        first = self.words[0]
        self.script = "" if first in ("-c", "-m") else _absolute(first, self.cwd)
        # where the program looks for modules first
        self.first_path = os.path.dirname(os.path.realpath(self.script)) if self.script else self.cwd


def _absolute(path: str, cwd: str) -> str:
    """Give a script's path as Python itself writes it."""
    return path if path.startswith("/") else f"{cwd}/{path}"


def read_status(text: str) -> dict[str, str]:
    """Read /proc/self/status."""
    pairs = (line.partition(":") for line in text.splitlines())
    return {name: value.strip() for name, _, value in pairs}


def become(call: Call, python: str) -> None:
    """Take over all that a program gets from its caller."""
    os.fchdir(call.folder)
    os.umask(int(call.status["Umask"], 8))
    _take_files(dict(zip(call.numbers, call.files, strict=True)))
    _take_environment(call.environment)
    _take_signals(int(call.status["SigIgn"], 16), int(call.status["SigBlk"], 16))
    _show([call.name, *call.words], call.environment)
    sys.stdin, sys.stdout, sys.stderr = sys.__stdin__, sys.__stdout__, sys.__stderr__ = _streams()  # type: ignore[misc]
    sys.executable = f"{python}/{call.name}"
    sys.orig_argv = [call.name, *call.words]
    for path in [path for path in sys.path_importer_cache if f"{path}/".startswith(OWN)]:
        del sys.path_importer_cache[path]


def _take_files(wanted: dict[int, int]) -> None:
    floor = max([*wanted, *map(int, os.listdir("/proc/self/fd"))]) + 1
    moved = {number: fcntl.fcntl(file, fcntl.F_DUPFD_CLOEXEC, floor) for number, file in wanted.items()}
    os.closerange(0, floor)
    for number, file in moved.items():
        os.dup2(file, number, inheritable=True)
        os.close(file)


def _take_environment(environment: dict[bytes, bytes]) -> None:
    os.environ.clear()
    for name, value in environment.items():
        os.environb[name] = value
    posix.environ.clear()
    posix.environ.update(environment)


def _take_signals(ignored: int, blocked: int) -> None:
    _signal.set_wakeup_fd(-1)
    for number in _signal.valid_signals():
        if number in (_signal.SIGKILL, _signal.SIGSTOP, *OF_PYTHON):
            continue
        if ignored >> (number - 1) & 1:
            _signal.signal(number, _signal.SIG_IGN)
        elif number == _signal.SIGINT:
            _signal.signal(number, _signal.default_int_handler)
        elif _signal.getsignal(number) is not _signal.SIG_DFL:
            _signal.signal(number, _signal.SIG_DFL)
    _signal.pthread_sigmask(
        _signal.SIG_SETMASK, [number for number in _signal.valid_signals() if blocked >> (number - 1) & 1]
    )


def _show(words: list[str], environment: dict[bytes, bytes]) -> None:
    """Write where ps, and the search for jobs left behind, read a program's words and environment."""
    with open("/proc/self/stat", "rb") as stat:
        fields = stat.read().rpartition(b")")[2].split()[PLACES_IN_STAT]
    words_at, words_end, environment_at, environment_end = map(int, fields)
    line = os.fsencode(" ".join(words))[: words_end - words_at - 2]
    # our own marks first, should there be no room for all
    pairs = sorted(environment.items(), key=lambda pair: not pair[0].startswith(b"PROOFBOOK_"))
    block = b"".join(name + b"=" + value + b"\0" for name, value in pairs)[: environment_end - environment_at - 2]
    with open("/proc/self/mem", "r+b", buffering=0) as memory:
        memory.seek(environment_at)
        memory.write(block.ljust(environment_end - environment_at, b"\0"))
        memory.seek(words_at)
        # the last byte tells the kernel that this is one text and no list
        memory.write(line.ljust(words_end - words_at - 1, b"\0") + b".")


def _streams() -> tuple[Any, Any, Any]:
    """Make the three streams as Python does at its start."""
    made: list[Any] = []
    for number, (name, mode) in enumerate((("<stdin>", "r"), ("<stdout>", "w"), ("<stderr>", "w"))):
        old: Any = (sys.__stdin__, sys.__stdout__, sys.__stderr__)[number]
        try:
            binary: Any = open(number, f"{mode}b", closefd=False)  # noqa: SIM115
        except OSError:
            made.append(None)
            continue
        (binary.raw if hasattr(binary, "raw") else binary).name = name
        by_line = number == STDERR or binary.raw.isatty()
        stream: Any = io.TextIOWrapper(binary, old.encoding, old.errors, "\n", by_line)
        stream.mode = mode
        made.append(stream)
    return made[0], made[1], made[2]


def run(call: Call, ending: Ending) -> None:
    """Run the program as ``__main__``; what it raises leaves here, with a traceback of its own frames only."""
    try:
        _run(call)
    except BaseException as error:
        ending.by(error)
        if not isinstance(error, SystemExit):
            _show_own_frames_only()
        raise
    else:
        ending.by(None)
    finally:
        if call.script:
            _flush()


def _run(call: Call) -> None:
    kind, script = call.words[0], call.script
    main: Any = type(sys)("__main__")
    main.__annotations__, main.__builtins__, main.__loader__ = {}, builtins, BuiltinImporter
    sys.modules["__main__"] = main
    sys.argv = [kind, *call.words[2:]] if not script else call.words
    sys.path[0] = call.first_path if kind != "-c" else ""
    if kind == "-m":
        import runpy  # noqa: PLC0415

        runpy._run_module_as_main(call.words[1])  # type: ignore[attr-defined]
        return
    if script:
        main.__file__, main.__cached__ = script, None
        main.__loader__ = _frozen_importlib_external.SourceFileLoader("__main__", script)
    source = _read(script) if script else call.words[1] + "\n"
    exec(compile(source, script or "<string>", "exec", dont_inherit=True), vars(main))  # noqa: S102


def _read(script: str) -> bytes:
    with open(script, "rb") as file:
        return file.read()


def _show_own_frames_only() -> None:
    hook = sys.excepthook

    def shown(kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
        sys.last_traceback = trace = _own(error.__traceback__)
        hook(kind, error.with_traceback(trace), trace)

    sys.excepthook = shown


def _flush() -> None:
    """Do what Python does at the end of a script, before any traceback."""
    for stream in (sys.stderr, sys.stdout):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            continue


def _own(trace: TracebackType | None) -> TracebackType | None:
    """Leave the frames of the interpreter itself out: the first, which is no file, and those of this folder."""
    trace = trace and trace.tb_next
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(OWN):
        trace = trace.tb_next
    return trace
