"""The preloaded interpreter: it waits for calls of ``python`` and forks for each that it can answer like a new one."""

from __future__ import annotations

import _signal
import _socket
import gc
import os
import resource
import select

from .becoming import Call, become, read_status
from .ending import Ending
from .messages import accept, receive, tell
from .modules import Ahead, Unseen
from .watched import FORGOTTEN, Watched

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SAME = ("Uid", "Gid", "Groups", "CapEff", "NoNewPrivs", "Seccomp", "Cpus_allowed_list")
STEERING = (b"PYTHON", b"LD_", b"LC_", b"MALLOC_", b"GLIBC_", b"COVERAGE_")
ALSO_STEERING = frozenset((b"LANG", b"LANGUAGE", b"TZ"))
FENCE = b"PROOFBOOK_FENCE"
DIFFERS = frozenset((b"HOME", b"PATH", b"TMPDIR"))
ROOM = "PROOFBOOK_ROOM"
ARCHIVE = b"PK\5\6"
GONE = -1


class Interpreter:
    """One interpreter that answers calls until its starter is gone."""

    def __init__(self, folder: str, python: str, names: list[str]) -> None:
        """Listen first, then import: a call made meanwhile waits."""
        self.folder, self.python = folder, python
        self.listener = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
        self.listener.bind(f"{folder}/socket")
        self.listener.listen(64)
        del os.environ[ROOM]
        self.environment = dict(os.environb)
        ahead, kind = Ahead(), type(os.environ)
        os.environ.__class__ = Watched
        try:
            ahead.load_all([*names, "runpy"])
        finally:
            os.environ.__class__ = kind
        for name in sorted(DIFFERS.intersection(Watched.readers)):
            fact = f"{Watched.readers[name]} reads {name.decode()} when it is imported, and each sandbox has its own"
            raise RuntimeError(fact)
        if len(os.listdir("/proc/self/task")) > 1:
            raise RuntimeError("a preloaded module has started a thread")
        self.unseen = Unseen(ahead.asked, FORGOTTEN)
        self.ending = Ending(self.unseen.modules)
        self.status, self.limits = read_status(_text("status")), _text("limits").encode()
        self.clients: dict[int, Any] = {}
        self.running: dict[int, int] = {}
        self.words: dict[int, list[str]] = {}
        self.woken, self.waking = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self.poll = select.poll()
        gc.collect()
        gc.freeze()

    def serve(self) -> Call | None:
        """Answer calls; in a fork give the call it is to become, and nothing when the starter is gone."""
        _signal.set_wakeup_fd(self.waking)
        _signal.signal(_signal.SIGCHLD, lambda *_: None)
        for file in (0, self.woken, self.listener.fileno()):
            self.poll.register(file, select.POLLIN)
        while True:
            for file, _event in self.poll.poll():
                if file == 0:
                    return None
                if file == self.woken:
                    self._reap()
                elif file == self.listener.fileno():
                    client = accept(self.listener)
                    self.clients[client.fileno()] = client
                    self.poll.register(client.fileno(), select.POLLIN)
                elif (call := self._hear(file)) is not None:
                    return call

    def _hear(self, file: int) -> Call | None:
        client = self.clients.get(file)
        if client is None:
            return None
        if file in self.running.values():
            lost = next(child for child, its in self.running.items() if its == file)
            self.running[lost] = GONE
            self._forget(file)
            _kill(lost)
            return None
        call = receive(client)
        if call is None:
            self._forget(file)
            return None
        reason = self._reason_against(call)
        child = None if reason else _fork()
        if child == 0:
            self._turn(client, call)
            return call
        if child is None:
            tell(client, b"cold")
            self._forget(file)
            self._log(reason, call.words)
        else:
            self.running[child] = file
            self.words[child] = call.words
        for each in (*call.files, call.folder):
            os.close(each)
        return None

    def _turn(self, client: Any, call: Call) -> None:
        """Become, in a fork, what was called."""
        os.setsid()
        mark = call.environment.get(FENCE, b"").decode()
        if mark.isalnum():
            os.close(os.open(f"{self.folder}/sessions/{mark}.{os.getpid()}", os.O_CREAT | os.O_WRONLY, 0o600))
        client.send(b"%d" % os.getpid())
        for each in (*self.clients.values(), self.listener):
            each.detach()
        become(call, self.python)

    def _reason_against(self, call: Call) -> str:
        """Say why a fork would not be what a new interpreter is, or nothing."""
        if any(call.status.get(name) != self.status.get(name) for name in SAME):
            return "another account, or other rights"
        if call.limits != self.limits:
            return "other limits"
        for name in self.environment.keys() | call.environment.keys():
            if self._steers(name) and self.environment.get(name) != call.environment.get(name):
                reader = Watched.readers.get(name, "Python itself")
                return f"{name.decode(errors='replace')} differs, and {reader} has read it"
        try:
            if call.script and not _is_plain(call.script):
                return "no plain script"
            names = os.listdir(call.first_path)
        except OSError:
            return "the folder of its modules cannot be read"
        hidden = self.unseen.top_level.intersection(name.partition(".")[0] for name in names)
        return f"{min(hidden)} lies there too" if hidden else ""

    def _steers(self, name: bytes) -> bool:
        return name.startswith(STEERING) or name in ALSO_STEERING or name in Watched.readers

    def _reap(self) -> None:
        try:
            while os.read(self.woken, 512):
                pass
        except BlockingIOError:
            pass
        while self.running:
            before = _seconds_of_children()
            child, status = os.waitpid(-1, os.WNOHANG)
            if not child:
                return
            file = self.running.pop(child)
            self._log("", self.words.pop(child), _seconds_of_children() - before)
            client = self.clients.get(file)
            if client is not None:
                tell(client, b"%d" % os.waitstatus_to_exitcode(status))
                self._forget(file)

    def _forget(self, file: int) -> None:
        self.poll.unregister(file)
        self.clients.pop(file).close()

    def _log(self, reason: str, words: list[str], seconds: float = 0.0) -> None:
        with open(f"{self.folder}/calls", "a", encoding="utf-8", errors="replace") as log:
            log.write(f"{reason or 'forked'}\t{seconds:.3f}\t{words[0]} {' '.join(words[1:])[:80]!r}\n")


def _seconds_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _text(name: str) -> str:
    with open(f"/proc/self/{name}", encoding="utf-8") as file:
        return file.read()


def _is_plain(script: str) -> bool:
    """Tell whether a script is source text, and no archive or bytecode."""
    if not os.path.isfile(script) or script.endswith(".pyc"):
        return False
    with open(script, "rb") as file:
        return ARCHIVE not in file.read()


def _fork() -> int | None:
    try:
        return os.fork()
    except OSError:
        return None


def _kill(group: int) -> None:
    try:
        os.killpg(group, _signal.SIGKILL)
    except OSError:
        return
