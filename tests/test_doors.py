"""The scripts that measure and try: they tell how they are called, and begin nothing that nobody asked for."""

from __future__ import annotations

import re
import subprocess

import pytest
from tests.repository import ROOT

DOORS = ("bench", "lock_table", "test", "trials")
UNKNOWN = {
    "bench": (["--publsh"], ["--backups", "--migrations"], ["docs", "docs"], ["no-such-folder"], ["docs", "--backups"]),
    "lock_table": (["--wriet"], ["--write", "--write"], ["docs"]),
    "test": (["--al"], ["all"]),
    "trials": (["--drawn"], ["--drawn", "many"], ["--only", "nothing"], ["--onyl"]),
}


def call(door: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Call it; what does not answer at once has begun to measure."""
    return subprocess.run([ROOT / "scripts" / door, *words], capture_output=True, text=True, check=False, timeout=20)


@pytest.mark.parametrize("flag", ["--help", "-h"])
@pytest.mark.parametrize("door", DOORS)
def test_a_door_tells_how_it_is_called(door: str, flag: str) -> None:
    done = call(door, flag)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"usage: scripts/{door} [--")


@pytest.mark.parametrize(("door", "words"), [(door, words) for door in DOORS for words in UNKNOWN[door]])
def test_words_that_a_door_does_not_know_are_refused_with_a_hint(door: str, words: list[str]) -> None:
    done = call(door, *words)

    assert (done.returncode, done.stdout) == (2, "")
    fact, hint = done.stderr.splitlines()
    assert fact.startswith(f"scripts/{door}: ")
    assert words[-1] in fact or door == "trials"
    assert hint.startswith("hint: ")
    assert f"scripts/{door} [--" in hint


def test_each_part_of_the_bench_is_told_taken_and_there() -> None:
    arms = (ROOT / "scripts/bench").read_text("utf-8").partition("case $part in\n")[2]
    parts = re.findall(r"^  (--\w+)\)$", arms, re.MULTILINE)
    measures = set(re.findall(r"^    (\w+)$", arms, re.MULTILINE))

    assert parts
    for part in parts:
        assert part in call("bench", "--help").stdout
        assert call("bench", part, "--no-such").stderr.startswith("scripts/bench: unknown option: --no-such")
    defined = set(re.findall(r"^(\w+)\(\) \{", (ROOT / "scripts/bench").read_text("utf-8"), re.MULTILINE))
    assert measures
    assert measures <= defined
