"""Steps that check the lab, or bring what is needed, are run here, once as they are and once with a fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from tests.checkouts import Checkout, checkouts_on_demand
from tests.steps import CASES_OF_STEPS, Fault, is_green, is_red

pytestmark = pytest.mark.slow
PLACES = [place for place, case in CASES_OF_STEPS.items() if case.checkout != "small"]  # those: test_workflow_doors.py
FAULTS = [(place, fault) for place in PLACES for fault in CASES_OF_STEPS[place].faults]
Give = Callable[[str], Checkout]


@pytest.fixture(scope="module")
def checkout_for() -> Iterator[Give]:
    with checkouts_on_demand() as give:
        yield give


@pytest.mark.parametrize("place", PLACES)
def test_a_step_is_green_as_it_is(checkout_for: Give, place: str) -> None:
    is_green(place, checkout_for(CASES_OF_STEPS[place].checkout))


@pytest.mark.parametrize(("place", "fault"), FAULTS, ids=[f"{place}: {fault.__name__}" for place, fault in FAULTS])
def test_a_step_is_red_with_a_fault(checkout_for: Give, place: str, fault: Fault) -> None:
    is_red(place, fault, checkout_for(CASES_OF_STEPS[place].checkout))
