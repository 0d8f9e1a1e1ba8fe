"""What ``python`` is in a sandbox: it lets the preloaded interpreter run the program, or becomes a new Python.

It is started some thousand times in a run, so it imports nothing that is not built in.
"""

import _signal
import _socket
import marshal
import posix
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

PYTHON = "@python@"
FOLDER = "@folder@"
MOST_FILES = 250
INT = 4
ASKED_TO_END = (_signal.SIGHUP, _signal.SIGINT, _signal.SIGQUIT, _signal.SIGTERM, _signal.SIGUSR1, _signal.SIGUSR2)
LOST = 125


def become_new(name: str, words: list[str]) -> "NoReturn":
    """Become a new Python, under the path by which it finds its environment."""
    python = f"{PYTHON}/{name}"
    posix.execve(python, [python, *words], posix.environ)


def text(path: str) -> bytes:
    """Read a file of the kernel."""
    file = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC)
    parts = []
    while part := posix.read(file, 65536):
        parts.append(part)
    posix.close(file)
    return b"".join(parts)


def open_files() -> list[int]:
    """Give the numbers of the files that a program would inherit."""
    found = []
    for name in posix.listdir("/proc/self/fd"):
        try:
            if posix.get_inheritable(int(name)):
                found.append(int(name))
        except OSError:
            continue
    return found


def call(name: str, words: list[str]) -> tuple[_socket.socket, int] | None:
    """Ask the preloaded interpreter; give the connection and its child, or nothing when it declines."""
    numbers = open_files()
    if len(numbers) > MOST_FILES:
        return None
    folder = posix.open(".", posix.O_PATH | posix.O_CLOEXEC)
    client = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
    parts = (name, words, posix.environ, text("/proc/self/status"), text("/proc/self/limits"), numbers)
    files = b"".join(number.to_bytes(INT, sys.byteorder) for number in (folder, *numbers))
    client.connect(f"{FOLDER}/socket")
    client.sendmsg([marshal.dumps(parts)], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, files)])
    posix.close(folder)
    answer = client.recv(32)
    return (client, int(answer)) if answer.isdigit() else None


def can_be_forked(words: list[str]) -> bool:
    """Tell whether a script, a module or a command is asked for, without any option."""
    if not words or not words[0]:
        return False
    return not words[0].startswith("-") or (words[0] in ("-c", "-m") and len(words) > 1)


class Signals:
    """What asks this program to end is passed on to its fork, or kept until there is one."""

    def __init__(self) -> None:
        """Take every such signal that is not ignored."""
        self.child = 0
        self.waiting: list[int] = []
        for number in ASKED_TO_END:
            if _signal.getsignal(number) != _signal.SIG_IGN:
                _signal.signal(number, self.take)

    def take(self, number: int, _frame: object) -> None:
        """Pass one on."""
        if self.child:
            end(self.child, number)
        else:
            self.waiting.append(number)

    def pass_on(self, child: int) -> None:
        """Tell who gets them from now on, and what came before."""
        self.child = child
        for number in self.waiting:
            end(child, number)

    def give_back(self) -> None:
        """Let this program itself get what came before."""
        for number in self.waiting:
            _signal.signal(number, _signal.SIG_DFL)
            posix.kill(posix.getpid(), number)


def main() -> "NoReturn":
    """Run the program and end as it ends."""
    name, words = sys.argv[0].rpartition("/")[2], sys.argv[1:]
    if not can_be_forked(words):
        become_new(name, words)
    signals = Signals()
    try:
        called = call(name, words)
    except OSError:
        called = None
    if called is None:
        signals.give_back()
        become_new(name, words)
    client, child = called
    signals.pass_on(child)
    try:
        status = client.recv(32)
    except OSError:
        status = b""
    if not status:
        lose(child)
    finish(int(status))


def end(child: int, number: int) -> None:
    """Send a signal to the program and its children: whoever limits its time means them too."""
    try:
        posix.killpg(child, number)
    except OSError:
        return


def lose(child: int) -> "NoReturn":
    """Say that nobody knows how the program ends, and see to it that it does."""
    end(child, _signal.SIGKILL)
    posix.close(posix.open(f"{FOLDER}/lost", posix.O_CREAT | posix.O_WRONLY, 0o600))
    posix.write(2, b"proofbook: the preloaded interpreter has ended in the middle of a program\n")
    posix._exit(LOST)


def finish(status: int) -> "NoReturn":
    """End as the program ended."""
    if status < 0:
        if -status != _signal.SIGKILL:
            _signal.signal(-status, _signal.SIG_DFL)
        posix.kill(posix.getpid(), -status)
    posix._exit(status & 255 if status >= 0 else 128 - status)


if __name__ == "__main__":
    main()
