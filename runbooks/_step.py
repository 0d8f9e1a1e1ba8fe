"""What every runbook is made of: its steps, and the reasons to stop at one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


class Stop(Exception):  # noqa: N818  # the reasons to stop are no errors of the program
    """A reason to stop here: what is so, and what the reader can do about it."""

    status = "failed"

    def __init__(self, fact: str, hint: str = "") -> None:
        super().__init__(fact)
        self.fact = fact
        self.hint = hint


class Refused(Stop):
    """It can be told what is wrong, and acting would not be safe."""

    status = "refused"


class Failed(Stop):
    """A command that should have worked did not."""


class CouldNotTell(Stop):
    """Nothing can be said, as something that is needed does not answer."""


Said = Iterable[str] | None


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of a runbook: it looks, and if it has an act it may change something.

    Without an act, look tells what it sees. With one, look tells what there is to do: nothing told,
    nothing to do. A step marked after runs only once something has been done.
    """

    title: str
    look: Callable[[Any], Said]
    act: Callable[[Any], Said] | None = None
    undo: Callable[[Any], Said] | None = None
    after: bool = False
