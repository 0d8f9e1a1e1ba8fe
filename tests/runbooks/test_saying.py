"""What a run says reaches its reader, whatever letters the terminal has, and harms nobody when there is no reader."""

import json
import os
import subprocess
import sys

import pytest
from tests.runbooks.conftest import ARCHIVE, PROJECT, ROOT

RECORD = {"at": "2026-11-22T03:10:00+00:00", "runbook": "deploy", "mode": "apply", "exit": 0}
PLAIN = {"PYTHONIOENCODING": "ascii"}
OLD = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def run(folder, code, environment=(), **options):
    (folder / "tried.py").write_text(code, "utf-8")
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": ARCHIVE or str(ROOT / "runbooks")} | dict(environment)
    command = [sys.executable, "tried.py"]
    return subprocess.run(command, cwd=folder, env=environment, check=False, **{"capture_output": True} | options)


CHECK = """
from _check import Check, check_all
raise SystemExit(check_all(__file__, "Prüfe.", [Check("shelf", "Es hält", lambda _: ["ein Stück"])], []))
"""
RUN = """
from _run import perform
from _step import Step
raise SystemExit(perform(__file__, "Räume auf.", [Step("Größe", lambda _: ["Maß 1"])], []))
"""
SHOW = """
from _show import show_all
from _step import Step
def shown(case):
    case.shown = "Maß"
raise SystemExit(show_all(__file__, "Zeige.", [Step("Größe", shown)], [], formats=("text",)))
"""


@pytest.mark.parametrize("terminal", [PLAIN, OLD], ids=["ascii", "an old locale"])
@pytest.mark.parametrize(
    ("code", "says"),
    [
        (CHECK, [rb"\u2713 shelf", rb"ein St\xfcck", b"All checks hold."]),
        (RUN, [rb"1. Gr\xf6\xdfe", rb"Ma\xdf 1"]),
        (SHOW, [rb"Ma\xdf"]),
    ],
    ids=["check", "runbook", "show"],
)
def test_letters_that_a_terminal_lacks_are_spelled(tmp_path, code, says, terminal):
    done = run(tmp_path, code, terminal)

    assert done.returncode == 0, done.stderr
    assert [each for each in says if each not in done.stdout] == []


def test_what_a_command_prints_is_read_as_utf_8_in_every_locale(tmp_path):
    code = "from _command import *\nprint(ascii(list(run_command(in_shell(r\"printf 'Ma\\303\\237'\"), {}))))"

    done = run(tmp_path, code, OLD)

    assert done.stdout.decode().strip() == r"['Ma\xdf']", done.stderr


@pytest.mark.parametrize(
    ("runbook", "flags"), [("draft_review", ["--records", "records"]), ("validate_environment", ["--draft"])]
)
def test_a_reader_who_has_gone_makes_no_failure_of_what_is_shown(tmp_path, runbook, flags):
    (tmp_path / "records").mkdir()
    (tmp_path / "records/deploy.jsonl").write_text(json.dumps(RECORD) + "\n")
    reading, writing = os.pipe()
    os.close(reading)
    code = f"import {runbook}\nraise SystemExit({runbook}.main({[*flags, '--project', str(PROJECT)]!r}))"

    done = run(tmp_path, code, capture_output=False, stdout=writing, stderr=subprocess.PIPE)

    os.close(writing)
    assert (done.returncode, b"Broken pipe" in done.stderr) == (0, False), done.stderr
