"""Rehearse what waits, as the check does, and print what was measured: one JSON object a migration.

Runs in a sandbox of the lab, with its Python and its runbooks.
"""

import argparse
import json
import sys
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path.cwd() / "runbooks"))

from _migrating import migrating
from _rehearsal import Rehearsing, scratch
from _rehearsing import copy_with_rows
from _target import open_target, start_project

OPTIONS = argparse.Namespace(project=".", python="python", database="default", format="json", copy_of=None)


def main() -> None:
    """Rehearse on a copy of the sandbox's database."""
    with ExitStack() as stack:
        case = Rehearsing(__file__, OPTIONS, stack)
        project = start_project(case)
        case.settings = project.ask("settings")
        project.teach("_inside_reading.py", "_inside_records.py", "_inside_checks.py")
        open_target(case, case.settings)
        with scratch(case) as room, copy_with_rows(case, room) as (target, _), migrating(case, target) as work:
            for number in range(len(work.plan)):
                print(json.dumps(work.apply(number, measure=True)))


if __name__ == "__main__":
    main()
