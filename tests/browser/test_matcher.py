"""The terminal and the browser say the same of every log: faults, order, lines, values, commands, unknown errors."""

from __future__ import annotations

import io
import os
import random

import pytest
from tests.repository import CASES, ROOT
from tests.test_diagnose import CARRIED, CHAIN, ERRORS, SPOKEN

from proofbook.diagnosis.diagnose import diagnose
from proofbook.diagnosis.telling import as_json
from proofbook.pages.reading import read_catalogue
from proofbook.settings import read_settings

pytestmark = pytest.mark.slow

FOLDER = CASES / "signatures"
FILES = sorted(FOLDER.rglob("*.log"))
SEED = int(os.environ.get("PROOFBOOK_TEST_SEED", "20261123"))
MIXED = 60
ASK = """async ([script, logs]) => {
  const worker = new Worker(script);
  const answer = (log, number) => new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(`log ${number}: ${message}`));
    worker.postMessage({ number, log });
  });
  const answers = [];
  for (const [number, log] of logs.entries()) answers.push(await answer(log, number));
  worker.terminate();
  return answers;
}"""


@pytest.fixture(scope="module")
def catalogue():
    return read_catalogue(read_settings(ROOT))


@pytest.fixture
def browsed(page, site):
    page.goto("/")
    return lambda logs: page.evaluate(ASK, [f"{site}/javascripts/diagnosis/worker.js", logs])


def of_terminal(log, catalogue):
    told = as_json(diagnose(io.BytesIO(log.encode("utf-8", "replace")), catalogue), catalogue)
    for each in told["matches"]:
        each["page"] = each["page"].removeprefix("docs/").removesuffix(".md") + "/"
    return told


def of_browser(answer):
    return {
        "matches": [
            {
                name: each[name]
                for name in ("fault", "line", "text", "score", "sqlstate", "values", "count", "title", "cause", "page")
            }
            | {"follow_on": each["followOn"], "next": each["next"], "first": each["first"]}
            for each in answer["found"]
        ],
        "unknown": answer["unknown"],
        "more_unknown": answer["moreUnknown"],
    }


def differences(logs, answers, catalogue):
    both = (
        (name, of_terminal(log, catalogue), of_browser(answer))
        for (name, log), answer in zip(logs, answers, strict=True)
    )
    return [(name, terminal, browser) for name, terminal, browser in both if terminal != browser]


def mixed():
    """Give logs made of lines of all logs, written by several containers at once, odd lines between them."""
    drawn = random.Random(SEED)
    files = [file.read_text("utf-8", "replace") for file in FILES]
    odd = (*ODD, *(log.decode("utf-8", "replace") for log in (carry(CHAIN) for carry in list(CARRIED.values())[4:8])))
    for _ in range(MIXED):
        lines = [
            [f"{source} | {line}" for line in drawn.choice(files).splitlines()] for source in ("a-1", "b-2", "web  ")
        ]
        log = []
        while any(lines):
            taken = drawn.choice([each for each in lines if each])
            log += [taken.pop(0) for _ in range(min(len(taken), drawn.randint(1, 9)))]
            if drawn.random() < 0.2:
                log.append(drawn.choice(odd))
        yield "\n".join(log)


ODD = (
    *SPOKEN,
    *ERRORS,
    "E   psycopg.errors.DuplicateColumn: Spalte »a« von Relation »b« existiert bereits",
    "2026-11-23 04:00:00 UTC:10.0.0.1(5432):a@b:[29]:42701:FEHLER:  Spalte »a« von Relation »b« existiert bereits",
    "2026-11-23 04:00:00.000 UTC [42701] FEHLER:  Spalte »a« von Relation »b« existiert bereits",
    "db=shop,SQLSTATE=42701 FEHLER:  Spalte »a« von Relation »b« existiert bereits\nANWEISUNG:  ALTER TABLE b",
    '{"error_severity":"\\u0046EHLER","state_code":"42701","message":"Spalte »a« von Relation »b« existiert bereits"}',
    'შეცდომა:  column "a" of relation "b" already exists\nERROR:  42P07: relation "b" already exists',
    'ВАЖНО: 3D000: база данных "shop" не существует\npsql: Fehler: x\npsycopg.errors.LockNotAvailable: «a» größe',
    "ERREUR:  22P02: syntaxe en entrée invalide pour le type integer : « hidden »\n FEHLER: \u00a042701: x y z",
    "FEHLER:  22P02: ungültige Eingabesyntax für Typ inet: »203.0.113.7«",
    '오류:  22P02: money 자료형 대한 잘못된 입력: "7"\nエラー:  22P02: "time"型の入力構文が不正です: "7:"',
    "ERROR: --password hidden X-Api-Key: hidden -----BEGIN PRIVATE " + "KEY-----hidden",
    'ERROR: {\\"password\\": \\"hidden too\\"} pwd=*hidden,hidden;hidden)hidden token=None',
    "ERROR: Failing row contains (7, Ann (x), hidden",
    "products/models.py:5: error MIG101 products.0002 is applied, its dependency is not",
    '  Applying shop.0002_note... OK\nERROR:  relation "shop_item" does not exist\nERROR:  column a.b does not exist',
    '{"b": "x\\nERROR: one", "a": ["ERROR: two\\n", {"msg": "y\\nERROR: three"}], "Level": "error", "padding": "'
    + "x" * 20_000
    + '"}',
    "ERREUR:  x INSTRUCTION :  select 'hidden'",
    "ERROR: at postgresql://app:hidden@db and redis://:hidden@hidden@cache/0 end",
    "ERROR: http://example.test/?next=postgresql://app:hidden@db",
    "ERROR: PGPASSWORD=hidden and 'api_key': 'hidden' SECRET_KEY=\"hidden;,)\"",
    "FATAL: DETAIL:  Key (email)=(hidden@example.com) already exists.",
    'psycopg.ProgrammingError: invalid percent-encoded token: "100%hidden"',
    "ERROR: Authorization: Bearer hidden123 Cookie: sessionid=hidden",
    "ERROR: \u202egnp.exe\u202c \x1b]0;title\x07 \x1b[31mred\x1b[0m \u00a0 caf\u00e9 \u4e2d\u6587 \U0001f600",
    'ERROR:\t relation "caf\u00e9" does not exist',
    "\t\tERROR: tabs\tin\ta line ",
    '{"log": "FATAL:  role \\"x\\" does not exist\\n", "detail": "two\\u2028lines", "error": {"message": "ERROR: in"}}',
    '{"log": [1], "message": null, "msg": "ERROR: e",}',
    "ERROR: " + "long " * 4000,
    "x" * 20_000 + " FATAL: far away",
    "ERROR: " + "\U0001f600" * 5000 + "end",
    "10%\r50%\r##[error]2026-11-22T10:00:00Z FATAL:  sorry, too many clients already",
)


def test_both_matchers_say_the_same_of_every_kept_log(browsed, catalogue):
    logs = [(str(file.relative_to(FOLDER)), file.read_bytes().decode("utf-8", "replace")) for file in FILES]

    answers = browsed([log for _name, log in logs])

    assert len(logs) > 400
    assert differences(logs, answers, catalogue) == []


def test_both_matchers_say_the_same_however_a_log_is_carried(browsed, catalogue):
    carried = {name: carry(CHAIN) for name, carry in CARRIED.items()}
    logs = [(name, log.decode("utf-16" if name == "PowerShell" else "utf-8")) for name, log in carried.items()]
    logs += [(f"odd {number}", line) for number, line in enumerate(ODD)]

    answers = browsed([log for _name, log in logs])

    assert differences(logs, answers, catalogue) == []
    assert all(answer["found"] for answer in answers[: len(carried)])


def test_both_matchers_say_the_same_of_mixed_logs(browsed, catalogue):
    logs = [(f"seed {SEED}, log {number}", log) for number, log in enumerate(mixed())]

    answers = browsed([log for _name, log in logs])

    assert differences(logs, answers, catalogue) == []
    assert "hidden" not in str(answers)


def test_a_difference_would_be_seen(browsed, catalogue):
    logs = [("one", "FATAL:  sorry, too many clients already"), ("other", "ERROR:  gone")]

    answers = browsed([logs[0][1], logs[1][1] + " too"])

    assert [name for name, *_both in differences(logs, answers, catalogue)] == ["other"]
