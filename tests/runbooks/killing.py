"""Kills a runbook with SIGKILL at every moment that matters, and asks each time whether anything was lost.

How to use it for a runbook of yours::

    @pytest.mark.slow
    def test_killed_at_any_moment_nothing_is_lost(guarded):
        def holds(shop, killed):                  # right after the kill: look, run again, look
            assert shop.server.dump(shop.database) == before
            assert shop.run("deploy", "--apply").code == 0
            return "the release before is in use"  # what happened, for the table

        for moment, happened in kill_everywhere(guarded, ("deploy", "--apply"), holds):
            tried("killed with SIGKILL", f"deploy: {moment.outer}", happened)

``guarded`` is called for each kill and gives a project with a database of its own; whatever the runbook needs
beforehand is done in a context manager of yours around it. The runbook is first run to its end once, which lists the
moments: before each step, each piece of SQL, each program it starts, each file it writes, renames or removes, and
in the middle of what takes longest. Every other kill takes the programs it started with it, as a reboot would; the
others hit the runbook alone, as the kernel does when memory is short.

Five moments are drawn, or PROOFBOOK_TEST_KILLS, each of another step as long as there are steps, by
PROOFBOOK_TEST_SEED; all are taken when
PROOFBOOK_TEST_ALL is set, as ``scripts/test --all`` does. A failure tells the moment and the seed.
"""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from itertools import chain, islice, pairwise, zip_longest
from pathlib import Path

from tests.runbooks.conftest import ROOT, Shop

KILLER = Path(__file__).with_name("killer.py")
# one for all workers and for every day: a change is judged by what it changes, not by the day on which it is made
SEED = os.environ.get("PROOFBOOK_TEST_SEED") or "2026-11-23"
ALL = bool(os.environ.get("PROOFBOOK_TEST_ALL"))
DRAWN, LEAST, LONG = int(os.environ.get("PROOFBOOK_TEST_KILLS") or 5), 20, 4
SIGKILL = -9


@dataclass(frozen=True)
class Moment:
    """Where a run ends: before its n-th event, or some seconds after it."""

    number: int
    step: str
    what: str
    delay: float = 0
    whom: str = "alone"

    @property
    def outer(self) -> str:
        """Give the step of the runbook itself, whatever the one within it was at."""
        return self.step.partition(" > ")[0]

    def __str__(self) -> str:
        place = "in the middle of" if self.delay else "before"
        return f"{place} `{self.what}` in `{self.step}`{', with all it started' * (self.whom != 'alone')}"


def start(shop: Shop, call: tuple[str, ...], **environment: str) -> subprocess.CompletedProcess[str]:
    runbook, *flags = call
    done = subprocess.run(
        [sys.executable, str(KILLER), str(ROOT / "runbooks" / f"{runbook}.py"), *flags],
        cwd=shop.folder,
        env=shop.environment | environment,
        text=True,
        capture_output=True,
        check=False,
        timeout=300,
        start_new_session=True,
    )
    shop.heard += [done.stdout, done.stderr]
    return done


def rehearse(shop: Shop, call: tuple[str, ...]) -> list[Moment]:
    """Run it to its end, and give the moments at which it could have been killed."""
    log = shop.folder.parent / "moments.jsonl"
    done = start(shop, call, PROOFBOOK_MOMENTS=str(log))
    assert done.returncode == 0, done.stdout + done.stderr
    events = [json.loads(line) for line in log.read_text().replace(shop.database, "shop").splitlines()]
    moments = {(each["step"], each["what"]): as_moment(each) for each in reversed(events)}
    found = [*moments.values(), *middles(events)]
    found.sort(key=lambda moment: (moment.number, moment.delay))
    return [replace(each, whom=("alone", "group")[place % 2]) for place, each in enumerate(found)]


def as_moment(event: dict) -> Moment:
    return Moment(event["number"], event["step"], event["what"])


def middles(events: list[dict]) -> list[Moment]:
    """Give two moments in the middle of each of the things that took longest."""
    gaps = sorted(((after["at"] - event["at"], event["number"], event) for event, after in pairwise(events)))[-LONG:]
    return [replace(as_moment(event), delay=round(gap * share, 4)) for gap, _, event in gaps for share in (0.3, 0.7)]


def drawn(moments: list[Moment]) -> list[Moment]:
    """Give all of them, or as many as are drawn: from each step one, then from each another, in the order they come."""
    if ALL or len(moments) <= DRAWN:
        return moments
    draw = random.Random(SEED)
    steps: dict[str, list[Moment]] = {}
    for moment in draw.sample(moments, len(moments)):
        steps.setdefault(moment.outer, []).append(moment)
    rounds = chain.from_iterable(zip_longest(*draw.sample([*steps.values()], len(steps))))
    return sorted(islice(filter(None, rounds), DRAWN), key=lambda moment: (moment.number, moment.delay))


def kill(shop: Shop, call: tuple[str, ...], moment: Moment) -> None:
    """Run it until that moment."""
    done = start(shop, call, PROOFBOOK_KILL=f"{moment.number} {moment.delay} {moment.whom}")
    assert done.returncode == SIGKILL, f"it was not killed {moment}: {done.stdout}{done.stderr}"


def kill_everywhere(
    fresh: Callable[[], AbstractContextManager[Shop]],
    call: tuple[str, ...],
    holds: Callable[[Shop, Moment], str],
) -> Iterator[tuple[Moment, str]]:
    """Kill it at the drawn moments, each in a project of its own; give what ``holds`` said of each, then fail."""
    with fresh() as shop:
        moments = rehearse(shop, call)
    assert len(moments) >= LEAST, [str(each) for each in moments]
    failed: list[Exception] = []
    for moment in drawn(moments):
        try:
            with fresh() as shop:
                kill(shop, call, moment)
                happened = holds(shop, moment)
        except Exception as error:  # noqa: BLE001  # all of them are told at the end
            error.add_note(f"{call[0]} was killed {moment}; PROOFBOOK_TEST_SEED={SEED}")
            failed.append(error)
        else:
            yield moment, happened
    if failed:
        raise ExceptionGroup(f"{call[0]} was killed at {len(failed)} moments too many", failed)
