"""Logs, however they are carried, and what is named in them."""

from __future__ import annotations

import io
import json
import os
import re

import pytest
from tests.hostile import hostile
from tests.repository import CASES, ROOT

from proofbook.diagnosis import errors_seen, looking, masking, sifting, sqlstates, wrapping
from proofbook.diagnosis.diagnose import diagnose
from proofbook.diagnosis.masking import MASK
from proofbook.diagnosis.telling import as_json
from proofbook.errors import ProofbookError
from proofbook.pages.expected import TAB
from proofbook.pages.page import parse_page
from proofbook.pages.reading import read_catalogue
from proofbook.pages.signatures import Catalogue
from proofbook.settings import read_settings

FOLDER = CASES / "signatures"
OF_A_FAULT = sorted(FOLDER.glob("[A-Z]*[0-9]/*.log"))
assert OF_A_FAULT, "there are no logs to try"
NEAR_ONE = sorted(FOLDER.glob("[A-Z]*[0-9]/near_misses/*.log"))
# the logs of what is no fault of ours, and of nothing at all
HEALTHY = [*sorted(FOLDER.glob("near_misses/*healthy*.log")), FOLDER / "near_misses" / "prose.log"]
CHAIN = (FOLDER / "MIG201" / "psycopg3.log").read_text("utf-8")


def named(file):
    return str(file.relative_to(FOLDER))


@pytest.fixture(scope="module")
def catalogue():
    return read_catalogue(read_settings(ROOT))


def codes(log, catalogue):
    return [each.fault for each in diagnose(io.BytesIO(log), catalogue).found]


@pytest.mark.parametrize("file", OF_A_FAULT, ids=named)
def test_each_log_of_a_fault_is_diagnosed_as_it(file, catalogue):
    found, fault = diagnose(io.BytesIO(file.read_bytes()), catalogue).found, file.parent.name

    best = [each.fault for each in found if each.score == found[0].score]
    assert fault in best
    assert set(best) <= catalogue.groups[fault]


@pytest.mark.parametrize("file", OF_A_FAULT, ids=named)
def test_the_cause_holds_a_name_of_the_log_where_the_log_tells_one(file, catalogue):
    diagnosis, fault = diagnose(io.BytesIO(file.read_bytes()), catalogue), file.parent.name
    found = next(each for each in as_json(diagnosis, catalogue)["matches"] if each["fault"] == fault)
    own = {name for text in catalogue.pages[fault].signatures for name in re.findall(r"\?P<(\w+)>", text)}
    told = [value for name, value in found["values"].items() if name in own and MASK not in value]

    assert "{" not in found["cause"]
    assert not told or any(value in found["cause"] for value in told)


@pytest.mark.parametrize("file", OF_A_FAULT, ids=named)
def test_no_claim_is_lost_where_only_some_lines_are_read(file, catalogue):
    log = file.read_bytes()

    assert set(codes(log, catalogue)) == {match.fault for match in catalogue.claims(log.decode())}


@pytest.mark.parametrize("file", NEAR_ONE, ids=named)
def test_what_looks_like_a_fault_is_not_diagnosed_as_it(file, catalogue):
    assert file.parts[-3] not in codes(file.read_bytes(), catalogue)


@pytest.mark.parametrize("file", HEALTHY, ids=named)
def test_a_healthy_log_gives_nothing(file, catalogue):
    diagnosis = diagnose(io.BytesIO(file.read_bytes()), catalogue)

    assert (diagnosis.found, diagnosis.unknown) == ([], [])


CARRIED = {
    "as it is": lambda text: text.encode(),
    "Windows": lambda text: text.replace("\n", "\r\n").encode(),
    "PowerShell": lambda text: text.encode("utf-16"),
    "docker compose": lambda text: "".join(f"web-1  | {line}\n" for line in text.splitlines()).encode(),
    "docker's files": lambda text: "".join(
        json.dumps({"log": f"{line}\n", "stream": "stderr", "time": "2026-11-22T10:00:00.0Z"}) + "\n"
        for line in text.splitlines()
    ).encode(),
    "one JSON object": lambda text: json.dumps({"level": "error", "message": "failed", "exc_info": text}).encode(),
    "JSON in JSON": lambda text: json.dumps({"jsonPayload": {"message": text}}).encode(),
    "a named container": lambda text: "".join(f"depot  | {line}\n" for line in text.splitlines()).encode(),
    "the journal": lambda text: "".join(
        f"Nov 22 10:00:00 web gunicorn[77]: {line}\n" for line in text.splitlines()
    ).encode(),
    "a pipeline's group": lambda text: (
        "2026-11-22T10:00:00.0000000Z ##[group]Run migrations\n"
        + "".join(f"2026-11-22T10:00:00.0000000Z {line}\n" for line in text.splitlines())
    ).encode(),
    "a pipeline's steps": lambda text: "".join(
        f"deploy\tRun migrations\t{mark}2026-11-22T10:00:00.0000000Z {line}\n"
        for mark, line in zip(("\ufeff", *[""] * 999), text.splitlines(), strict=False)
    ).encode(),
    "a pipeline's error": lambda text: "".join(f"##[error]{line}\n" for line in text.splitlines()).encode(),
    "after a progress bar": lambda text: "".join(f" 12%\r 98%\r{line}\n" for line in text.splitlines()).encode(),
    "coloured": lambda text: "".join(f"\x1b[31m{line}\x1b[0m\n" for line in text.splitlines()).encode(),
    "coloured inside": lambda text: text.replace("already", "\x1b[1malrea\x1b[0mdy").encode(),
    "cut while written": lambda text: b"\0" * 5000 + text.encode(),
    "no end of line": lambda text: text.rstrip("\n").encode(),
}


@pytest.mark.parametrize("carry", CARRIED.values(), ids=CARRIED)
def test_a_fault_is_known_however_its_log_is_carried(carry, catalogue):
    (found,) = diagnose(io.BytesIO(carry(CHAIN)), catalogue).found

    assert (found.fault, found.count) == ("MIG201", 2)
    assert found.values == {
        "app": "orders",
        "migration": "0015_purchaseorder_reference",
        "column": "reference",
        "table": "orders_purchaseorder",
    }


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('FATAL: password authentication failed for user "app"', "DBC102"),
        ('FATAL:  role "app" does not exist', "DBC103"),
        ("FATAL: sorry, too many clients already", "DBC105"),
        ('2026-11-22 10:00:00 UTC:10.0.0.1(5432):app@shop:[77]:FATAL:  database "shop" does not exist', "DBC106"),
        ('ERROR: column "note" of relation "items" already exists', "MIG201"),
    ],
)
def test_one_line_is_enough_even_copied_from_a_browser(line, fault, catalogue):
    assert codes(line.encode(), catalogue) == [fault]


def test_names_that_are_masked_in_the_line_are_masked_by_themselves(catalogue):
    log = b'psycopg.ProgrammingError: invalid percent-encoded token: "100%hunter2"\n'

    (found,) = diagnose(io.BytesIO(log), catalogue).found

    assert (found.fault, found.values) == ("BAK105", {"token": "***"})


def test_what_steers_a_terminal_is_not_told():
    (unknown,) = diagnose(io.BytesIO(b"FATAL: \x1b]0;title\x07 gone\n"), small(("A1", "never", ""))).unknown

    assert unknown.text == "FATAL:  ]0;title gone"


@pytest.mark.parametrize(
    "line", ["WARNING: SET LOCAL can only be used in transaction blocks", "ok\nAccess to fetch at"]
)
def test_a_literal_that_the_sieve_cannot_use_loses_no_line(line):
    catalogue = small(("A1", "WARNING:  SET LOCAL can", ""), ("B1", "^(?:Access|No) to fetch", ""))

    assert codes(b"ok\n" + line.encode(), catalogue) == ["A1" if "LOCAL" in line else "B1"]


def test_a_traceback_that_was_cut_off_is_not_waited_for(monkeypatch):
    looked = []
    real = looking.unwrapped
    monkeypatch.setattr(looking, "unwrapped", lambda *words: looked.append(1) or real(*words))
    log = b"dead-1  | Traceback (most recent call last):\n" + b"web-1   | GET /orders 200\n" * 20_000

    diagnose(io.BytesIO(log), small(("A1", "disk is full", "")))

    assert len(looked) < 1000


@pytest.mark.parametrize("size", [64, 1000, 4097])
def test_where_a_piece_of_a_log_ends_makes_no_difference(size, catalogue, monkeypatch):
    log = b"".join(file.read_bytes() for file in OF_A_FAULT)
    whole = diagnose(io.BytesIO(log), catalogue)
    monkeypatch.setattr(sifting, "PIECE", size)

    assert diagnose(io.BytesIO(log), catalogue) == whole


def test_lines_of_other_programs_between_do_not_tear_a_traceback(catalogue):
    lines = []
    for number, line in enumerate(CHAIN.splitlines()):
        lines += [f"web-1  | {line}\n", f"db-1   | LOG:  checkpoint {number}\n"]

    diagnosis = diagnose(io.BytesIO("".join(lines).encode()), catalogue)

    assert [each.fault for each in diagnosis.found] == ["MIG201"]
    assert diagnosis.unknown == []


SIGNED = "---\nfault: {}\ntitle: {}\nsignature: '{}'\n{}---\n"


def small(*pages):
    return Catalogue(parse_page(f"docs/{code}.md", SIGNED.format(code, code, text, more)) for code, text, more in pages)


def traceback(*exceptions):
    """Write exceptions as Python chains them, the first one first."""
    joint = "\n\nDuring handling of the above exception, another exception occurred:\n\n"
    parts = (
        f'Traceback (most recent call last):\n  File "/app/a.py", line {number}, in call\n    call()\n{each}'
        for number, each in enumerate(exceptions)
    )
    return joint.join(parts).encode() + b"\n"


def test_of_chained_exceptions_the_first_is_the_cause():
    catalogue = small(("A1", "DiskFull: ", ""), ("B1", "Timeout: ", ""))
    log = traceback("KeyError: 'x'", "app.DiskFull: 99 %", "app.Broken", "app.Timeout: 3 s", "app.Gone: all")

    diagnosis = diagnose(io.BytesIO(log), catalogue)

    assert [(each.fault, each.follow_on) for each in diagnosis.found] == [("A1", ["B1"]), ("B1", [])]
    assert diagnosis.unknown == []


def test_faults_of_two_events_stand_in_their_order():
    catalogue = small(("A1", "DiskFull: ", ""), ("B1", "Timeout: ", ""))

    diagnosis = diagnose(io.BytesIO(traceback("Timeout: 3 s") + traceback("DiskFull: 99 %")), catalogue)

    assert [(each.fault, each.follow_on) for each in diagnosis.found] == [("B1", []), ("A1", [])]


def test_an_exception_that_no_page_knows_is_listed_whatever_its_name():
    diagnosis = diagnose(io.BytesIO(b"started\n" + traceback("app.Gone: all of it")), small(("A1", "never", "")))

    assert [(each.line, each.text) for each in diagnosis.unknown] == [(5, "app.Gone: all of it")]


def test_what_an_exception_goes_on_to_say_belongs_to_it():
    log = traceback('scanner.ScannerError: while scanning a key\n  in "deploy.yml", line 7')

    diagnosis = diagnose(io.BytesIO(log), small(("A1", 'in "\\S+yml"', "")))

    assert ([each.fault for each in diagnosis.found], diagnosis.unknown) == (["A1"], [])


def test_an_unknown_error_that_also_follows_a_known_one_is_listed():
    log = traceback("DiskFull: 99 %", "app.Gone: all") + traceback("app.Gone: all")

    diagnosis = diagnose(io.BytesIO(log), small(("A1", "DiskFull: ", "")))

    assert [each.text for each in diagnosis.unknown] == ["app.Gone: all"]


def test_what_once_came_first_is_no_mere_consequence():
    catalogue = small(("A1", "DiskFull: ", ""), ("B1", "Timeout: ", ""))

    diagnosis = diagnose(io.BytesIO(traceback("Timeout: 3 s") + traceback("DiskFull: 9", "Timeout: 3 s")), catalogue)

    assert [each.fault for each in diagnosis.found] == ["B1", "A1"]


def test_errors_of_one_shape_are_listed_once():
    log = b"".join(b'ERROR:  relation "t%d" does not exist\n' % number for number in range(300))

    (unknown,) = diagnose(io.BytesIO(log), small(("A1", "never", ""))).unknown

    assert (unknown.line, unknown.count) == (1, 300)


def test_what_only_says_that_something_failed_is_told_when_nothing_else_is():
    after = b"Error: Process completed with exit code 1.\n"

    assert diagnose(io.BytesIO(after), small(("A1", "full", ""))).unknown
    assert diagnose(io.BytesIO(b"disk full\n" + after), small(("A1", "full", ""))).unknown == []


ERRORS = (
    "django.core.exceptions.AppRegistryNotReady: Apps aren't loaded yet.",
    "ValueError: too many values to unpack",
    "psycopg.errors.CheckViolation: new row violates a constraint",
    "Exception: boom",
    '{"severity":"ERROR","message":"payment gateway unreachable"}',
    '{"level": "critical", "event": "gateway gone"}',
    '{"level":50,"msg":"gateway gone"}',
    '{"log": "{\\"levelname\\": \\"ERROR\\", \\"message\\": \\"gateway gone\\"}\\n", "stream": "stderr"}',
    '{"severity":"ERROR","code":7}',
    'time=2026-11-23T10:00:00Z level=error msg="gateway gone"',
    "2026/11/23 10:00:00 [error] 31#31: *1 connect() failed (111: Connection refused) while connecting to upstream",
    "2026/11/23 10:00:00 [emerg] 1#1: host not found in upstream",
    "nginx: [emerg] unexpected end of file",
    "[2026-11-23 10:00:00,000: ERROR/MainProcess] Task shop.pay raised unexpected",
    'Error from server (NotFound): deployments.apps "shop" not found',
    '  Warning  Failed     3s    kubelet  Failed to pull image "shop:1"',
    "  Warning  BackOff    3s    kubelet  Back-off restarting failed container",
    "web-1   0/1   CrashLoopBackOff   5   10m",
    "      Reason:       OOMKilled",
)


@pytest.mark.parametrize("line", ERRORS)
def test_an_error_that_no_page_knows_does_not_look_healthy(line):
    (unknown,) = diagnose(io.BytesIO(f"started\n{line}\n".encode()), small(("A1", "never", ""))).unknown

    assert (unknown.line, unknown.count) == (2, 1)


@pytest.mark.parametrize(
    "line",
    [
        '{"severity":"INFO","message":"no error today","error":null}',
        'level=info msg="level is not error"',
        '"OOMKilled": false,',
        "    raise ValueError",
        "0 errors, 12 warnings",
        "2026/11/23 10:00:00 [notice] 1#1: start worker processes",
        "[2026-11-23 10:00:00,000: INFO/MainProcess] celery@web ready.",
    ],
)
def test_what_only_holds_such_words_is_no_error(line):
    assert diagnose(io.BytesIO(line.encode()), small(("A1", "never", ""))).unknown == []


@pytest.mark.parametrize(
    "carry",
    [
        lambda text: {"level": "info", "err": {"stack_of": text}},
        lambda text: {"message": "failed", "frames": [{"rendered": text}]},
        lambda text: {"traceback": text.splitlines()},
        lambda text: {"padding": "x" * 20_000, "exc_info": text},
    ],
    ids=["another name", "a list", "a line each", "longer than a line may be"],
)
def test_a_traceback_is_found_wherever_json_holds_it(carry, catalogue):
    (found,) = diagnose(io.BytesIO(json.dumps(carry(CHAIN)).encode()), catalogue).found

    assert (found.fault, found.values["column"]) == ("MIG201", "reference")


def test_what_json_calls_an_error_is_the_heading_of_its_traceback(catalogue):
    log = json.dumps({"level": "error", "message": "failed", "exc_info": CHAIN}).encode()

    assert diagnose(io.BytesIO(log), catalogue).unknown == []


@pytest.mark.parametrize("log", [b"", b" \n\t\r\n", b"\0" * 5000, b"\xff\xfe"])
def test_an_empty_log_is_not_called_healthy(log, catalogue):
    with pytest.raises(ProofbookError, match="the log is empty"):
        diagnose(io.BytesIO(log), catalogue, "it.log")


def test_names_of_two_objects_are_not_told_as_one(catalogue):
    log = (
        b'psycopg.errors.UndefinedTable: relation "shop_item" does not exist\n'
        b'psycopg.errors.UndefinedTable: relation "billing_invoice" does not exist\n'
        b"psycopg.errors.UndefinedColumn: column shop_order.gift_note does not exist\n"
    )

    found = diagnose(io.BytesIO(log), catalogue).found

    assert found
    for each in found:
        assert len({"shop_item", "billing_invoice", "shop_order"} & set(each.values.values())) == 1
        assert ("gift_note" in each.values.values()) == ("shop_order" in each.values.values())


def test_only_what_belongs_to_a_match_adds_to_its_names():
    catalogue = small(("A1", "(?:no table (?P<table>\\w+)|no column (?P<column>\\w+))", ""))

    def values(log):
        return diagnose(io.BytesIO(log), catalogue).found[0].values

    assert values(b"ERROR: no table a\nERROR: no column b\n") == {"table": "a"}
    assert values(b"ERROR: no table a\nDETAIL:  no column b\n").keys() == {"table", "column"}
    assert values(traceback("ValueError: no table a", "ValueError: no column b")) == {"table": "a", "column": "b"}


def test_a_migration_that_has_ended_is_not_named_for_a_later_error():
    catalogue = small(("A1", "DiskFull", ""))

    def values(after):
        log = f"  Applying shop.0002_note...{after}\nDiskFull: 99 %\n"
        return diagnose(io.BytesIO(log.encode()), catalogue).found[0].values

    assert values("") == {"app": "shop", "migration": "0002_note"}
    assert (values(" OK"), values(" FAKED"), values("\x1b[32;1m OK\x1b[0m")) == ({}, {}, {})


def test_evidence_decides_between_faults_of_one_text():
    more = "same_text: [{}]\nquestion: Which?\n{}"
    catalogue = small(
        ("A1", "full", more.format("B1", "evidence: 'tape \\w+'\n")), ("B1", "full", more.format("A1", ""))
    )

    def scores(log):
        return [(each.fault, each.score) for each in diagnose(io.BytesIO(log), catalogue).found]

    assert scores(b"full\n") == [("A1", 0.5), ("B1", 0.5)]
    assert scores(b"full\nsee tape seven\n") == [("A1", 0.9), ("B1", 0.1)]


def test_data_and_secrets_are_masked():
    log = (
        b"ERROR: at postgresql://app:hidden@db/x\n"
        b"ERROR: PGPASSWORD=hidden and 'api_key': 'hidden'\n"
        b"ERROR: DETAIL:  Key (email)=(hidden@example.com) already exists.\n"
        b"ERROR: Failing row contains (1, hidden).\n"
        b"ERROR: Authorization: Bearer hidden123\n"
        b"ERROR: Authorization: Token hidden1234\n"
        b"ERROR: at mysql://app:hidden@hidden@db/x\n"
        b'ERROR: with "password": "hidden too"\n'
        b"ERROR: sent Cookie: sessionid=hidden\n"
        b'ERROR: invalid input syntax for type bigint: "hidden"\n'
        b'ERROR: invalid percent-encoded token: "100%hidden"\n'
        b'ERROR: could not translate host name "hidden@db" to address\n'
        b"ERROR: SECRET_KEY='hidden;,)'\n"
        b"ERROR: X-Api-Key: hidden\n"
        b"ERROR: access-key=hidden\n"
        b"ERROR: key -----BEGIN RSA PRIVATE "
        b"KEY-----\\nhidden hidden\n"
        b"ERROR: ran mysql --password hidden --db-token 'hidden too'\n"
        b'ERROR: {\\"password\\": \\"hidden too\\"}\n'
        b'ERROR: "password": "a \\" hidden"\n'
        b"ERROR: password=*hidden\n"
        b"ERROR: pwd=None-hidden\n"
        b"ERROR: password=null-hidden, token: None\n"
        b"ERROR: password=a,hidden;hidden)hidden end\n"
        b'ERROR: password:  a"hidden\n'
        b"ERROR: Failing row contains (7, Ann (x), hidden\n"
        b"ERROR: Key (email)=(a (x), hidden\n"
    )

    unknown = diagnose(io.BytesIO(log), small(("A1", "never", ""))).unknown

    assert len(unknown) == 26
    assert not any("hidden" in each.text for each in unknown)


@pytest.mark.parametrize(
    "secret",
    [
        "password={}",
        "postgresql://app:{}@db",
        "https://a.test/?next=redis://:{}@cache",
        'password="correct {}"',
        "Failing row contains (7, Ann (x), {})",
        "Key (name, note)=(Ann (x), {}) already exists.",
    ],
)
def test_a_long_line_is_cut_where_no_secret_is_torn(secret):
    hidden = ("hidden (a) " if " " in secret else "hidden") * 9
    for room in range(4000, 4110):
        log = f"ERROR: {'x' * room} {secret.format(hidden)} end\n".encode()

        (unknown,) = diagnose(io.BytesIO(log), small(("A1", "never", ""))).unknown

        assert "hidden" not in unknown.text
        assert len(unknown.text) <= 4200


# as servers wrote them whose lc_messages are German and French
SPOKEN = (
    "2026-11-23 02:01:26.660 UTC [296] FEHLER:  Spalte »reference« von Relation »orders« existiert bereits",
    "2026-11-23 02:01:26.724 UTC [296] ERREUR:  la colonne « reference » de la relation « orders » existe déjà",
    "FEHLER:  42701: Spalte »reference« von Relation »orders_purchaseorder« existiert bereits",
    "psql: error: connection to server failed: FATAL:  Rolle »nobodyhere« existiert nicht",
)


@pytest.mark.parametrize("line", SPOKEN)
def test_an_error_in_another_language_does_not_look_healthy(line, catalogue):
    diagnosis = diagnose(io.BytesIO(f"{line}\n".encode()), catalogue)

    assert [each.text for each in (*diagnosis.found, *diagnosis.unknown)] == [line]


def test_what_a_server_adds_in_another_language_is_masked():
    log = (
        "FEHLER:  x ZUSAMMENHANG:  hidden\n"
        "ERREUR:  la clé DÉTAIL:  La clé « (email)=(hidden@example.com) » existe déjà.\n"
        "ERREUR:  x INSTRUCTION :  select 'hidden'\n"
        "ОШИБКА:  x ОПЕРАТОР:  select 'hidden'\n"
    )

    unknown = diagnose(io.BytesIO(log.encode()), small(("A1", "never", ""))).unknown

    assert len(unknown) == 4
    assert not any("hidden" in each.text for each in unknown)


def test_what_speaks_of_passwords_stays_readable():
    log = b'FATAL:  password authentication failed for user "app"\n'

    (found,) = diagnose(io.BytesIO(log), small(("A1", "password authentication failed", ""))).found

    assert 'failed for user "app"' in found.text


@pytest.mark.parametrize(
    "line",
    [
        "FATAL:  password=None, user=app",
        "FATAL:  psql --no-password failed",
        'FATAL:  Key (id)=(***) is not present in table "orders".',
        "FATAL:  the token was refused; the secret of the stack is not told",
    ],
)
def test_what_holds_no_secret_is_told_as_it_is(line):
    assert masking.masked(line) == line


@pytest.mark.parametrize(
    ("log", "fact"),
    [(b"\x1f\x8b\x08\x00rest", "is compressed"), (b"\x89PNG\r\n\x1a\n" + bytes(range(32)) * 20, "is no text")],
)
def test_what_is_no_text_is_said_to_be_none(log, fact, catalogue):
    with pytest.raises(ProofbookError, match=fact):
        diagnose(io.BytesIO(log), catalogue, "it.log")


def test_a_line_without_end_is_cut_and_what_follows_is_read(catalogue, monkeypatch):
    monkeypatch.setattr(sifting, "PIECE", 1000)
    monkeypatch.setattr(sifting, "LONGEST_LINE", 4000)

    assert codes(b"x" * 200_000 + b"\n" + CHAIN.encode(), catalogue) == ["MIG201"]


class Counted:
    """Stands for a pattern, and counts how often a text is looked through and how many letters that were."""

    def __init__(self, pattern):
        self.pattern, self.passes, self.letters = pattern, 0, 0

    def search(self, text, *at):
        self.passes, self.letters = self.passes + 1, self.letters + len(text)
        return self.pattern.search(text, *at)

    def Match(self, text):  # noqa: N802
        self.passes, self.letters = self.passes + 1, self.letters + len(text)
        return self.pattern.Match(text)


@pytest.mark.slow
def test_ten_megabytes_of_hostile_lines_are_looked_through_once_for_each_pattern(monkeypatch):
    """All signatures take one pass over a line, two where its severity is translated; each place of an SQLSTATE one."""
    catalogue = read_catalogue(read_settings(ROOT))
    looked = []
    unwrapping = looking.unwrapped
    monkeypatch.setattr(
        looking, "unwrapped", lambda *words: [looked.append(line) or line for line in unwrapping(*words)]
    )
    every, evident = (Counted(pattern) for pattern in (catalogue._all, catalogue._any_evidence))
    monkeypatch.setattr(catalogue, "_all", every)
    monkeypatch.setattr(catalogue, "_any_evidence", evident)
    places = tuple(Counted(pattern) for pattern in sqlstates._PLACES)
    monkeypatch.setattr(sqlstates, "_PLACES", places)
    errors = Counted(errors_seen._ERROR)
    monkeypatch.setattr(errors_seen, "_ERROR", errors)
    log = "\n".join(hostile(int(os.environ.get("PROOFBOOK_TEST_SEED", "20261123")), 10_000_000))

    diagnose(io.BytesIO(log.encode()), catalogue)

    letters = sum(len(line.text) for line in looked)
    assert letters > len(log) // 4
    assert evident.passes == len(looked) <= every.passes <= 2 * len(looked)
    assert every.letters <= 2 * letters
    assert any(each.passes for each in places)
    for each in (*places, errors):
        assert (each.passes, each.letters) <= (len(looked), letters)


@pytest.mark.slow
def test_hostile_lines_cost_no_more_than_their_length(catalogue, monkeypatch):
    """Each line is looked at once, and what is looked at and masked is bounded: no expression sees more."""
    seen = []
    real = masking._shortened
    monkeypatch.setattr(masking, "_shortened", lambda text: seen.append(real(text)) or seen[-1])
    looked = []
    unwrapping = looking.unwrapped
    monkeypatch.setattr(
        looking, "unwrapped", lambda *words: [looked.append(line) or line for line in unwrapping(*words)]
    )
    log = "\n".join(hostile(3, 10_000_000 if "PROOFBOOK_TEST_ALL" in os.environ else 1_000_000))

    diagnose(io.BytesIO(log.encode()), catalogue)

    lines = log.count("\n") + 1 + log.count("\r") + log.count("\\n")
    assert 0 < len(looked) <= lines
    assert max(len(line.text) for line in looked) <= wrapping.LONGEST * TAB
    assert max(map(len, seen)) <= masking.LONGEST + len(" ...")


def test_of_a_log_without_words_of_ours_no_line_is_looked_at(monkeypatch):
    looked = []
    monkeypatch.setattr(looking, "unwrapped", lambda *words: looked.append(words) or [])

    diagnose(io.BytesIO(b"GET /orders 200\n" * 10_000), small(("A1", "disk is full", "")))

    assert looked == []


@pytest.mark.parametrize("key", ["ghp_", "gho_", "ghs_", "ghu_", "ghr_", "github_pat_", "glpat-", "xoxb-", "AKIA"])
def test_a_key_is_known_by_its_beginning_wherever_it_stands(key):
    assert masking.masked(f"remote: {key}{'a1' * 18} was refused") == f"remote: {key}*** was refused"
