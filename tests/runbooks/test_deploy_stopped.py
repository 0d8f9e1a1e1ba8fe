"""What a person at a terminal does to a deployment: Ctrl-C goes to every program that runs in it, and not only once."""

import os
import signal

import pytest
from tests.runbooks.test_deploy import (
    FILL,
    add_migration,
    alone,
    applied,
    comparable,
    current,
    in_the_switch,
    journal,
    rows,
    v1,  # noqa: F401  # a fixture
)

pytestmark = pytest.mark.slow


@pytest.fixture
def template(without_weight):
    return without_weight


@pytest.fixture
def heard():
    """Ctrl-C is heard: whoever runs the tests may have asked for it to be ignored."""
    was = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, was)


@pytest.mark.usefixtures("heard")
def test_however_often_ctrl_c_is_pressed_it_goes_back_all_the_way(v1):  # noqa: F811
    add_migration(v1, f"migrations.RunSQL({FILL!r}, '')")
    before, said = comparable(rows(v1)), ""

    with in_the_switch(v1, *alone("v2", "--apply"), group=True) as running:
        os.killpg(running.pid, signal.SIGINT)
        for line in running.stdout:
            said += line
            if "GOING BACK" in said and "     Done." not in said:
                os.killpg(running.pid, signal.SIGINT)

    assert (running.returncode, current(v1), applied(v1)) == (1, "v1", False), said
    assert "the backup was restored" in said, said
    assert (journal(v1)[-1]["event"], comparable(rows(v1)) == before) == ("went back", True)
