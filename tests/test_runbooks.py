from __future__ import annotations

import pytest

from proofbook.errors import ProofbookError
from proofbook.pages.runbooks import RunbookStep, read_runbook, read_runbooks

RUNBOOK = '''"""Mend a shelf.

More about it.
"""
raise SystemExit("a runbook is read, never imported")
STEPS = [
    Step("Look", look),
    Step("Build", look, build, undo),
    Step(title="Raze", look=look, act=raze),
    Check("straight", "It is straight", look, needs=("level",)),
]
'''


def test_a_runbook_tells_its_purpose_and_its_steps(tmp_path):
    (tmp_path / "mend_shelf.py").write_text(RUNBOOK)
    (tmp_path / "_step.py").write_text("")

    runbooks = read_runbooks(tmp_path)

    assert list(runbooks) == ["mend_shelf"]
    assert runbooks["mend_shelf"].summary == "Mend a shelf."
    assert runbooks["mend_shelf"].steps == (
        RunbookStep("Look", acts=False),
        RunbookStep("Build", acts=True),
        RunbookStep("Raze", acts=True),
        RunbookStep("It is straight", acts=False),
    )


def test_what_is_no_python_is_an_error_with_its_place(tmp_path):
    (tmp_path / "broken.py").write_text("def (")

    with pytest.raises(ProofbookError, match=r"broken\.py: runbook cannot be read"):
        read_runbook(tmp_path / "broken.py")
