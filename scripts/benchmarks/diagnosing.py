"""Measures the diagnosis of a long log beside ripgrep, which looks for the same words; both on one core."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from proofbook.diagnosis.sifting import Sieve
from proofbook.pages.reading import read_catalogue
from proofbook.settings import read_settings

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))
from tests.hostile import hostile  # noqa: E402

ROUNDS, LINES, TIMES = 3, 200_000, 36
SEED, HOSTILE, MOST_SECONDS = 3, 10_000_000, 300
CONSOLE = Console()
PROOFBOOK = str(Path(sys.executable).parent / "proofbook")


def main() -> int:
    """Print the table."""
    catalogue = read_catalogue(read_settings(ROOT))
    words = Sieve([*catalogue.patterns, *catalogue.evidence.values()]).words
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory(dir=_roomy()) as folder:
        log, asked, short = (Path(folder) / name for name in ("log", "words", "short"))
        asked.write_text("\n".join(words), "utf-8")
        short.write_text("started\n")
        _write(log)
        calls = {"proofbook diagnose": [PROOFBOOK, "diagnose", str(log)]}
        if shutil.which("rg"):
            calls["ripgrep, counting the same words"] = ["rg", "-j1", "-c", "-F", "-f", str(asked), str(log)]
        else:
            CONSOLE.print("ripgrep is not on this machine, so there is nothing to compare with")
        start = min(_took([PROOFBOOK, "diagnose", str(short)])[0] for _ in range(ROUNDS))
        show(calls, start, log.stat().st_size, len(words))
        log.write_text("\n".join(hostile(SEED, HOSTILE)), "utf-8")
        show_hostile(log, start)
    return 0


def show_hostile(log: Path, start: float) -> None:
    """Print what lines took that make a careless expression try again and again; it is ended when it takes long."""
    try:
        taken = f"{_took([PROOFBOOK, 'diagnose', str(log)], MOST_SECONDS)[0] - start:.2f} s"
    except subprocess.TimeoutExpired:
        taken = f"more than {MOST_SECONDS} s"
    CONSOLE.print(f"{log.stat().st_size / 1e6:.0f} MB of hostile lines: {taken}")


def show(calls: dict[str, list[str]], start: float, size: int, words: int) -> None:
    """Run every call in turn, so that all meet the same machine, and print what they took."""
    rounds: dict[str, list[tuple[float, int]]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, command in calls.items():
            rounds[name].append(_took(command))
    title = f"A log of {size / 1e9:.2f} GB, {words} words, {ROUNDS} rounds in turn, one core"
    table = Table(title=title, title_justify="left")
    for name in ("program", "seconds", "MB/s", "memory, MB"):
        table.add_column(name, justify="left" if name == "program" else "right")
    for name, took in rounds.items():
        taken = statistics.median(seconds for seconds, _memory in took) - (start if name.startswith("proofbook") else 0)
        table.add_row(name, f"{taken:.2f}", f"{size / taken / 1e6:.0f}", str(max(memory for _seconds, memory in took)))
    CONSOLE.print(table)
    CONSOLE.print(f"proofbook without its start of {start:.2f} s; ripgrep maps the file, which counts as memory")


def _lines() -> Iterator[str]:
    """Give the access log of a healthy site, with one error in it."""
    for number in range(LINES):
        yield (
            f'2026-11-22T10:{number % 60:02d}:00.{number:07d}Z 10.0.0.{number % 255} - - "GET /api/v1/orders/{number}'
            f'?page={number % 9} HTTP/1.1" {(200, 201, 304)[number % 3]} {number * 7} "Mozilla/5.0 (X11; Linux)"\n'
        )
    yield 'psycopg.errors.DuplicateColumn: column "reference" of relation "orders" already exists\n'


def _write(log: Path) -> None:
    once = "".join(_lines()).encode()
    with log.open("wb") as file:
        for _ in range(TIMES):
            file.write(once)


def _roomy() -> Path | None:
    """Give a place in memory, so that no disk is measured."""
    place = Path("/dev/shm")  # noqa: S108
    return place if place.is_dir() and shutil.disk_usage(place).free > 2 << 30 else None


def _took(command: list[str], most: float | None = None) -> tuple[float, int]:
    """Give the seconds that a program took, and the most memory it had, in MB.

    Raises TimeoutExpired when it takes more than ``most``, which ends it.
    """
    began = time.perf_counter()
    started = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    if most is not None:
        ending = threading.Timer(most, started.kill)
        ending.start()
    _child, status, used = os.wait4(started.pid, 0)
    if most is not None:
        ending.cancel()
        if os.WIFSIGNALED(status):
            raise subprocess.TimeoutExpired(command, most)
    return time.perf_counter() - began, used.ru_maxrss // 1024


if __name__ == "__main__":
    raise SystemExit(main())
