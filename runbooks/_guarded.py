"""What a deployment does when a step of it fails, or when it is asked to end: it goes back."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import TypeVar

from _back import Back
from _deploying import Deploying, hold_again
from _saying import explain, say_to
from _step import Failed, Said
from _way_back import go_back

T = TypeVar("T", bound=Deploying)


# --8<-- [start:or_back]
def or_back(act: Callable[[T], Said]) -> Callable[[T], Iterator[str]]:
    """Give an act that goes back by itself when it fails or is asked to end."""

    def acting(case: T) -> Iterator[str]:
        try:
            yield from act(case) or ()
        except (Exception, KeyboardInterrupt) as error:
            yield from explain(error)
            yield from give_way(case, explain(error)[0])
            raise Failed("the deployment failed; it is told above what was done about it") from error

    return acting


def give_way(case: Deploying, why: str) -> Iterator[str]:
    now = case.open_one
    if now is None or now.is_going_back():
        return
    if now.has("migrates") or now.has("switches"):
        yield from hold_again(case)
        yield from go_back(case, Back([(len(case.found), now)], now.fact("previous")), why)
    else:
        case.note("gave up", why=why)
        yield "nothing had been changed"


def net(case: Deploying) -> None:
    """Catch what ends a run between two steps, where no act can."""
    out = sys.stderr if case.options.json else sys.stdout
    try:
        for line in give_way(case, "it was ended"):
            say_to(out, case.redact(f"     {line}"))
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  # all of it is told, without secrets
        for line in explain(error):
            say_to(out, case.redact(f"     {line}"))


# --8<-- [end:or_back]
