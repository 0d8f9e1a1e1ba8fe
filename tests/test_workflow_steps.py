"""The workflows are doc-tests, too: each step that has a script is run here, once as it is and once with a fault."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator

import pytest
from tests.checkouts import CHECKOUTS, Checkout
from tests.steps import CASES_OF_STEPS, Fault, is_green, is_red

pytestmark = pytest.mark.slow
FAULTS = [(place, fault) for place, case in CASES_OF_STEPS.items() for fault in case.faults]
Give = Callable[[str], Checkout]


@pytest.fixture(scope="module")
def checkout_for() -> Iterator[Give]:
    """Give what gives the checkout in which a step is run; each is made once, and keeps what it has prepared."""
    with contextlib.ExitStack() as stack:
        yield functools.cache(lambda name: stack.enter_context(CHECKOUTS[name]()))


@pytest.mark.parametrize("place", CASES_OF_STEPS)
def test_a_step_is_green_as_it_is(checkout_for: Give, place: str) -> None:
    is_green(place, checkout_for(CASES_OF_STEPS[place].checkout))


@pytest.mark.parametrize(("place", "fault"), FAULTS, ids=[f"{place}: {fault.__name__}" for place, fault in FAULTS])
def test_a_step_is_red_with_a_fault(checkout_for: Give, place: str, fault: Fault) -> None:
    is_red(place, fault, checkout_for(CASES_OF_STEPS[place].checkout))
