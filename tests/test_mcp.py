"""`proofbook mcp`, asked by the SDK's own client over a real standard input and output."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters
from tests.repository import CASES, PROOFBOOK, ROOT

from proofbook.asking import Answers
from proofbook.errors import ProofbookError
from proofbook.site.edition import read_edition

# the SDK hands on next to nothing
ENVIRONMENT = {name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}
TOOLS = {"diagnose", "explain", "search_lessons", "list_runbooks"}
LOG = """\
Operations to perform:
  Apply all migrations: orders
Traceback (most recent call last):
  File "manage.py", line 22, in <module>
django.db.migrations.exceptions.InconsistentMigrationHistory: \
Migration orders.0015_a is applied before its dependency suppliers.0016_b on database 'default'.
postgresql://depot:hunter2@db/depot failed: ERROR: nobody knows this one, password=hunter2
"""
# what starts a program, by any of the ways that Python has, and what writes a file
ALONE = """\
import sys
STARTS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty", "pty.spawn")
def watch(event, args):
    is_file = event == "open" and isinstance(args[0], str) and args[0] != "/dev/null"
    writes = is_file and isinstance(args[1], str) and set(args[1]) & set("wax+")
    if event in STARTS or writes:
        print("AUDIT", event, args[0], file=sys.stderr, flush=True)
        raise PermissionError(event)
sys.addaudithook(watch)
BREACH
from proofbook.cli import main
main(["mcp"])
"""


def asked(calls: list[tuple[str, dict[str, Any]]], breach: str = "", cwd: Path = ROOT) -> list[Any]:
    """Start a server of our own, in which no program can be started, and give its tools and its answers."""

    async def talk() -> list[Any]:
        code = ALONE.replace("BREACH", breach)
        server = StdioServerParameters(command=sys.executable, args=["-c", code], cwd=str(cwd), env=ENVIRONMENT)
        async with asyncio.timeout(120), Client(server) as client:
            return [await client.list_tools(), *[await client.call_tool(name, words) for name, words in calls]]

    return asyncio.run(talk())


@pytest.fixture(scope="module")
def answers() -> list[Any]:
    return asked(
        [
            ("diagnose", {"log": LOG}),
            ("explain", {"code": "mig101"}),
            ("search_lessons", {"words": "index lock"}),
            ("list_runbooks", {}),
            ("explain", {"code": "MIG999"}),
            ("diagnose", {"log": "all is well\n"}),
            ("diagnose", {"log": "\x00\x01\x02"}),
        ]
    )


def structured(answer: Any) -> Any:
    assert not answer.is_error, answer.content
    told = answer.structured_content
    return told.get("result", told) if isinstance(told, dict) else json.loads(answer.content[0].text)


def test_there_are_four_tools_and_each_says_that_it_only_reads(answers):
    tools = {tool.name: tool for tool in answers[0].tools}

    assert set(tools) == TOOLS
    assert all(tool.annotations.read_only_hint for tool in tools.values())
    assert all(len(tool.description) > 40 for tool in tools.values())
    assert set(tools["diagnose"].input_schema["properties"]) == {"log"}


def test_a_log_is_diagnosed_as_on_the_command_line_with_what_is_secret_masked(answers, tmp_path):
    told = structured(answers[1])
    (tmp_path / "a.log").write_text(LOG)
    done = subprocess.run(
        [PROOFBOOK, "diagnose", "--json", tmp_path / "a.log"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert told["matches"][0]["fault"] == "MIG101"
    assert told["matches"][0]["values"]["child"] == "orders.0015_a"
    assert "repair_history" in told["matches"][0]["next"]
    assert told["unknown"]
    assert "hunter2" not in str(answers[1])
    assert told == json.loads(done.stdout)


def test_a_page_is_explained_by_its_code(answers):
    text = answers[2].content[0].text

    assert text.startswith("MIG101")
    assert "git restore --source=$DEPLOYED" in text


def test_lessons_are_found_by_words_those_with_the_words_in_their_rule_first(answers):
    names = [each["name"] for each in structured(answers[3])]

    assert names[0] in ("build-indexes-concurrently", "limit-the-wait", "name-your-indexes")
    assert {"build-indexes-concurrently", "limit-the-wait"} <= set(names)
    assert len(names) <= 10


def test_runbooks_are_listed_with_what_they_repair(answers):
    listed = {each["name"]: each for each in structured(answers[4])}

    assert set(listed) == {file.stem for file in (ROOT / "runbooks").glob("[a-z]*.py")}
    assert "MIG101" in listed["repair_history"]["faults"]
    assert any(step["changes_with_apply"] for step in listed["repair_history"]["steps"])


def test_what_is_not_known_is_an_error_with_a_hint_and_ends_nothing(answers):
    assert answers[5].is_error
    assert "MIG999: there is no page for this fault" in answers[5].content[0].text
    assert "known are BAK101" in answers[5].content[0].text
    assert structured(answers[6]) == {"matches": [], "unknown": [], "more_unknown": 0}
    assert answers[7].is_error


BREACHES = """\
import os, subprocess
from proofbook.asking import Answers
Answers.explain = lambda *_: subprocess.getoutput("true")
Answers.search_lessons = lambda *_: os.system("true")
Answers.list_runbooks = lambda *_: open("written-by-mcp", "w").name
"""


def test_a_tool_that_started_a_program_or_wrote_a_file_would_be_noticed():
    calls = [("explain", {"code": "MIG101"}), ("search_lessons", {"words": "a"}), ("list_runbooks", {})]

    _tools, *told = asked(calls, BREACHES)

    assert [each.is_error for each in told] == [True] * 3
    assert not (ROOT / "written-by-mcp").exists()


@pytest.mark.parametrize(("name", "key"), [("vscode-mcp.json", "servers"), ("coding-agent-mcp.json", "mcpServers")])
def test_the_configurations_that_are_documented_start_this_server(name, key, checkout):
    [server] = json.loads((CASES / "copilot" / name).read_text("utf-8"))[key].values()
    home, _, script = server["command"].partition("/proofbook/")
    assert home in ("${userHome}", "/opt")

    async def talk() -> list[Any]:
        words = StdioServerParameters(
            command=str(checkout / script), args=server.get("args", []), cwd="/", env=ENVIRONMENT
        )
        async with asyncio.timeout(120), Client(words) as client:
            return [await client.list_tools(), await client.call_tool("diagnose", {"log": LOG})]

    tools, told = asyncio.run(talk())

    assert {tool.name for tool in tools.tools} == set(server.get("tools", TOOLS)) == TOOLS
    assert structured(told)["matches"][0]["fault"] == "MIG101"
    assert (checkout / "set-up").read_text() == "yes\n"


def test_what_the_set_up_says_is_no_answer(checkout):
    done = subprocess.run(
        [checkout / "scripts/mcp"], input="", capture_output=True, text=True, check=True, env=os.environ | ENVIRONMENT
    )

    assert done.stdout == ""
    assert done.stderr.startswith("setting up .venv\n")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Give a checkout whose set-up has something to say: what it says must not be taken for an answer."""
    place = tmp_path / "proofbook"
    made = (".git", ".venv*", ".proofbook", ".*_cache", "__pycache__", "site", "*.sock")
    shutil.copytree(ROOT, place, ignore=shutil.ignore_patterns(*made))
    (place / "scripts/setup").write_text("#!/bin/sh\necho setting up .venv\necho yes > set-up\n")
    (place / ".venv").symlink_to(sys.prefix)
    return place


def test_no_other_command_pays_for_the_sdk():
    code = "import sys, proofbook.cli; print(sorted({'mcp', 'pydantic', 'starlette'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_where_there_are_no_pages_it_says_so_and_ends(tmp_path):
    done = subprocess.run(
        [PROOFBOOK, "mcp"], cwd=tmp_path, input="", capture_output=True, text=True, check=False, timeout=120
    )

    assert done.returncode == 2
    assert "there are no fault pages here" in done.stderr
    assert done.stdout == ""


def test_words_that_no_lesson_holds_find_none():
    found = Answers(read_edition(ROOT))

    assert found.search_lessons("zzzz") == []
    assert found.search_lessons("") == []
    with pytest.raises(ProofbookError, match="there is no page for this fault"):
        found.explain("")
