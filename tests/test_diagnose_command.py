"""`proofbook diagnose`: from a log to a page and a command."""

from __future__ import annotations

import json
import subprocess

import pytest
from click.testing import CliRunner
from tests.repository import CASES, ROOT

from proofbook.cli import main
from proofbook.diagnosis.found import Diagnosis, Found, Unknown
from proofbook.diagnosis.telling import (
    MOST_ANNOTATIONS,
    STANDS_FOR,
    as_github,
    as_json,
    as_summary,
    as_text,
    next_command,
    own_names,
    read_names,
    to_set,
)
from proofbook.pages.page import parse_page
from proofbook.pages.reading import read_catalogue
from proofbook.pages.signatures import Catalogue
from proofbook.settings import read_settings

LOG = CASES / "signatures" / "MIG201" / "psycopg2-compose.log"
PAGE = """\
---
fault: A1
title: Full
signature: full
{}---
```bash
TABLE=orders
DAYS=3
```
## Diagnose
```bash
look $TABLE
```
"""


@pytest.fixture(autouse=True)
def here(monkeypatch):
    monkeypatch.chdir(ROOT)


def diagnosed(*words, log=None):
    return CliRunner().invoke(main, ["diagnose", *words], input=log)


def test_a_log_leads_to_the_page_and_to_a_command_with_its_names_in_it():
    result = diagnosed(str(LOG))

    assert result.exit_code == 1
    assert "1. MIG201  A migration adds a column that was already added by hand" in result.output
    assert "APP=orders\n" in result.output
    assert "MIGRATION=0015_purchaseorder_reference\n" in result.output
    assert "adopt_column.py --app $APP --migration $MIGRATION" in result.output
    assert "docs/faults/MIG201.md" in result.output


def test_standard_input_is_read_where_no_file_is_named():
    result = diagnosed(log=LOG.read_text("utf-8"))

    assert (result.exit_code, "MIG201" in result.output) == (1, True)


def test_json_has_the_fields_that_programs_read():
    (match,) = json.loads(diagnosed("--json", str(LOG)).output)["matches"]

    assert match.keys() >= {"fault", "line", "text", "score", "values"}
    assert (match["fault"], match["score"], match["values"]["column"]) == ("MIG201", 1.0, "reference")


def test_an_unknown_error_is_no_healthy_log():
    result = diagnosed(log="FATAL:  the dog ate it\n")

    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "Errors are there, and no page knows them:",
        "   line 1: FATAL:  the dog ate it",
    ]


def test_a_healthy_log_is_status_zero_and_says_how_far_that_goes():
    result = diagnosed(log="all is well\n")

    assert (result.exit_code, result.output) == (0, "no error in this log, as far as these pages know errors\n")


@pytest.mark.parametrize("log", ["", " \n\n"])
def test_an_empty_log_is_status_two(log):
    result = diagnosed(log=log)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("proofbook: standard input: the log is empty\nhint: ")


def test_a_file_that_is_not_there_is_status_two():
    result = diagnosed("no-such.log")

    assert result.exit_code == 2
    assert result.stderr == (
        "proofbook: no-such.log: cannot be read: No such file or directory\n"
        "hint: give a file, or - for standard input\n"
    )


def test_a_name_from_a_log_stands_above_the_command_and_one_it_does_not_tell_stays():
    page = parse_page("docs/A1.md", PAGE.format("runbook: drop --table $TABLE --days ${DAYS} --at $HOME\n"))

    assert next_command(page, {"table": "items", "other": "x"}) == (
        "TABLE=items\npython runbooks/drop.py --table $TABLE --days ${DAYS} --at $HOME"
    )


HOSTILE = [
    "$(touch made)",
    "`touch made`",
    "'; touch made; '",
    '"; touch made; "',
    "a\ntouch made",
    "\\'; touch made #",
]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("shown", ['echo "seen: $TABLE"', """python3 -c 'import sys; print(sys.argv[1])' "x$TABLE" """])
def test_no_name_from_a_log_becomes_a_program(value, shown, tmp_path):
    page = parse_page("docs/A1.md", PAGE.format("").replace("look $TABLE", shown))

    done = subprocess.run(
        ["bash", "-c", next_command(page, {"table": value})], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert value in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_without_a_runbook_the_first_look_comes_next():
    assert next_command(parse_page("docs/A1.md", PAGE.format("")), {"table": "items"}) == "TABLE=items\nlook $TABLE"


def test_a_variable_that_names_another_is_told_too():
    page = parse_page("docs/A1.md", PAGE.format("").replace("look $TABLE", "look ${!TABLE}"))

    assert next_command(page, {"table": "items"}) == "TABLE=items\nlook ${!TABLE}"


LEFT = "set {} first, see the top of the page: the log does not tell"


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("look $TABLE", []),
        ("look $TABLE $DAYS", [LEFT.format("DAYS")]),
        ("look ${TABLE%s} ${#DAYS}", [LEFT.format("DAYS")]),
        ("tail $PGLOG", ["PGLOG must be in the environment: the log of the PostgreSQL server"]),
        (
            'psql "$SUPERUSER_URL" -c "select $DAYS"; ask $DESK_URL',
            [
                LEFT.format("DAYS"),
                "DESK_URL must be in the environment: the page says what it is",
                "SUPERUSER_URL must be in the environment: a connection of a superuser",
            ],
        ),
        ("look ${DAYS:-7} ${WHERE:-$HOME} \\$LATER", []),
        ("WHERE=$HOME; look $WHERE $TABLE", []),
    ],
)
def test_each_name_that_the_command_reads_and_the_log_does_not_tell_is_told(command, told):
    page = parse_page("docs/A1.md", PAGE.format("").replace("look $TABLE", command))

    assert to_set(page, {"table": "items"}) == told


def test_a_name_that_a_mask_covers_is_left_to_the_reader():
    page = parse_page("docs/A1.md", PAGE.format(""))

    assert to_set(page, {"table": "***"}) == [LEFT.format("TABLE")]


def test_what_is_to_be_set_stands_in_every_format():
    page = parse_page("docs/A1.md", PAGE.format("").replace("look $TABLE", "look $DAYS $PGLOG"))
    wanted = to_set(page, {})
    catalogue = Catalogue([page])
    found = Diagnosis([Found("A1", 1, "full", {})], [])

    shown = [as_text(found, catalogue), as_github(found, catalogue), as_summary(found, catalogue)]

    assert len(wanted) == 2
    assert [[each for each in wanted if each not in text] for text in shown] == [[], [], []]
    assert as_json(found, catalogue)["matches"][0]["first"] == wanted


def test_what_a_page_does_not_set_it_says_what_it_is():
    pages = read_catalogue(read_settings(ROOT)).pages.values()

    outside = [(page, name) for page in pages for name in read_names(page) - own_names(page)]

    assert "PGLOG" in {name for _page, name in outside}
    unsaid = [(page.fault, name) for page, name in outside if name not in STANDS_FOR and f"`{name}`" not in page.text]
    assert unsaid == []


def test_without_pages_no_log_is_called_healthy(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    result = diagnosed(log="all is well\n")

    assert (result.exit_code, "no fault pages here" in result.stderr) == (2, True)


def test_annotations_stay_within_what_github_shows_and_say_what_is_left_out():
    catalogue = Catalogue([parse_page("docs/A1.md", PAGE.format(""))])
    unknown = [Unknown(number, f"50% of {number}\n::error::forged") for number in range(30)]

    lines = as_github(Diagnosis([Found("A1", 1, "full", {})], unknown), catalogue).split("\n")

    assert len(lines) == MOST_ANNOTATIONS
    told = f"line 1: full%0Anext: look $TABLE%0A{LEFT.format('TABLE')}%0Apage: docs/A1.md"
    assert lines[0] == f"::error title=A1 Full::{told}"
    assert lines[1].endswith("::line 0: 50%25 of 0%0A::error::forged")
    assert "22 more" in lines[-1]


def test_what_a_check_of_ours_has_named_in_a_log_is_named(tmp_path):
    log = tmp_path / "deploy.log"
    log.write_text(
        "✗ history   What is applied has its dependencies  0.00 s\n"
        "    orders/migrations/0001_initial.py:9: error MIG101 orders.0001 is applied, its dependency is not\n"
        "    products/migrations/0002.py:5: error MIG101 products.0002 is applied, its dependency is not\n"
        "    products/models.py:7: warning MIG113 cannot be taken back\n"
        "    what: error ABC999 no page has this code\n"
    )

    for done in (diagnosed("--json", str(log)), diagnosed("--json", log=log.read_text("utf-8"))):
        assert done.exit_code == 1, done.output
        assert [(each["fault"], each["line"], each["count"]) for each in json.loads(done.stdout)["matches"]] == [
            ("MIG101", 2, 2)
        ]
