"""The table of what was tried: it counts what came out alike."""

import re

from tests.runbooks.trials import table

ROW = re.compile(r"^\| (?P<what>.+?) \| `(?P<on>[^`]+)` \| (?P<times>\d+) \| (?P<happened>.+) \|$", re.MULTILINE)


def test_what_came_out_alike_is_one_row():
    told = table([["killed", "a: 1", "fine"], ["killed", "a: 1", "fine"], ["killed", "a: 1", "again"]])

    assert [match.group("times", "happened") for match in ROW.finditer(told)] == [("2", "fine"), ("1", "again")]
    assert told.endswith("3 trials.")
