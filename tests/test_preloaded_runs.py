"""A run with the preloaded interpreter proves what one without proves, and leaves nothing behind either."""

from __future__ import annotations

import json
import signal
import time
from typing import Any

import pytest
from tests.repository import Repository

from proofbook.lab.places import run_folder
from proofbook.lab.sweeping import only_run
from proofbook.settings import read_settings

pytestmark = pytest.mark.slow

GUIDE = """---
title: Programs
---
# Programs

```bash
python -c 'import json; print(json.dumps({"a": 1}))'
```
```output
{"a": 1}
```
```bash {exit=1}
python -c 'import json; json.loads("{")'
```
```output
...
json.decoder.JSONDecodeError: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)
```
```bash
python -c 'import time; time.sleep(30)' &
```
```bash
python -c 'raise SystemExit(3)'
```
"""


@pytest.fixture
def preloading(tiny: Repository) -> Repository:
    """Give a tiny repository that preloads a module, with a page on which Python succeeds and fails."""
    tiny.edit("pyproject.toml", 'role = "keeper"', 'role = "keeper"\npreload = ["json"]')
    tiny.write("docs/programs.md", GUIDE)
    return tiny


def proven(repository: Repository, *words: str) -> tuple[int, list[dict[str, Any]]]:
    outcome = repository.prove("--fresh", *words)
    files = sorted((repository.root / ".proofbook/records").rglob("*.json"))
    records = [entry for file in files for entry in json.loads(file.read_text())]
    for entry in records:
        entry.update(seconds=None, date=None)
        # what was left in the background is named as the system names it
        entry["message"] = entry["message"].partition("left a job in the background")[0]
    return outcome.status, records


def test_the_records_are_the_same(preloading: Repository) -> None:
    cold = proven(preloading, "--cold")
    warm = proven(preloading)

    assert warm == cold
    assert {record["state"] for record in warm[1]} >= {"passed", "failed", "could-not-check"}
    assert preloading.leftovers() == []


def test_without_it_the_run_goes_on_and_says_so(preloading: Repository) -> None:
    preloading.edit("pyproject.toml", '"json"', '"json", "no_such_module"')

    outcome = preloading.prove("docs/faults")

    assert (outcome.status, outcome.found()) == (0, {})
    assert (
        "the preloaded interpreter: does not start: ModuleNotFoundError: No module named 'no_such_module'"
        in outcome.text
    )
    assert "takes longer" in outcome.text


def test_nothing_of_a_killed_run_is_left(preloading: Repository) -> None:
    run = preloading.start("prove", "--fresh", "docs/programs.md")
    calls = run_folder(preloading.root) / "preloaded" / "calls"
    began = time.monotonic()
    while not calls.exists():
        assert run.poll() is None, "the run ended before its moment came"
        assert time.monotonic() - began < 300
        time.sleep(0.005)
    run.send_signal(signal.SIGKILL)
    run.wait()

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PROOFBOOK_DATABASE_URL", preloading.environment["PROOFBOOK_DATABASE_URL"])
        with only_run(read_settings(preloading.root)):
            pass

    assert preloading.leftovers() == []
