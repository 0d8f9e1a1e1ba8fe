"""Errors of a server that does not speak English: named by their SQLSTATE, or listed with what it leaves."""

from __future__ import annotations

import io

import pytest
from tests.repository import CASES, ROOT

from proofbook.diagnosis.diagnose import diagnose
from proofbook.diagnosis.found import BY_SQLSTATE, SURE
from proofbook.diagnosis.masking import masked
from proofbook.diagnosis.sqlstates import coded
from proofbook.diagnosis.telling import as_github, as_json, as_summary, as_text
from proofbook.errors import PageError
from proofbook.pages.page import parse_page
from proofbook.pages.reading import read_catalogue
from proofbook.pages.signatures import Catalogue, check_signatures
from proofbook.pages.sqlstates import PERHAPS, classes
from proofbook.settings import read_settings

FOLDER = CASES / "signatures"
TRANSLATED = sorted(FOLDER.glob("[A-Z]*[0-9]/translated/*.log"))
UNDECIDED = sorted(FOLDER.glob("[A-Z]*[0-9]/perhaps/*.log"))
assert TRANSLATED, "there are no logs to try"
assert UNDECIDED, "there are no logs to try"


def named(file):
    return str(file.relative_to(FOLDER))


@pytest.fixture(scope="module")
def catalogue():
    return read_catalogue(read_settings(ROOT))


def read(log, catalogue):
    return diagnose(io.BytesIO(log if isinstance(log, bytes) else log.encode()), catalogue)


@pytest.mark.parametrize("file", TRANSLATED, ids=named)
def test_a_fault_is_named_by_its_sqlstate_and_less_surely(file, catalogue):
    (found,) = read(file.read_bytes(), catalogue).found

    assert (found.fault, found.score) == (file.parts[-3], BY_SQLSTATE)
    assert found.sqlstate in catalogue.pages[found.fault].sqlstates


@pytest.mark.parametrize("file", UNDECIDED, ids=named)
def test_a_code_of_many_causes_names_nobody_and_is_listed_with_what_it_may_be(file, catalogue):
    diagnosis = read(file.read_bytes(), catalogue)

    assert diagnosis.found == []
    assert [each for each in diagnosis.unknown if file.parts[-3] in each.perhaps]


def test_every_sqlstate_is_tried_on_a_log(catalogue):
    tried = {(file.parts[-3], read(file.read_bytes(), catalogue).found[0].sqlstate) for file in TRANSLATED}
    listed = {each.sqlstate for file in UNDECIDED for each in read(file.read_bytes(), catalogue).unknown}
    wanted = {
        (fault, code)
        for code, faults in catalogue.sqlstates.items()
        for fault, text in faults.items()
        if text != PERHAPS
    }

    assert len(wanted) > 15
    assert wanted - tried == set()
    assert {code for code, faults in catalogue.sqlstates.items() if PERHAPS in faults.values()} - listed == set()


@pytest.mark.parametrize("file", [*TRANSLATED, *UNDECIDED], ids=named)
def test_no_log_names_the_machine_it_was_written_on(file, scrubbing):
    text = file.read_text("utf-8")

    assert not scrubbing.FOLDER.search(text)
    assert "proofbook" not in text


COLUMN = "Spalte »a« von Relation »b« existiert bereits"


@pytest.mark.parametrize(
    "line",
    [
        f"psycopg.errors.DuplicateColumn: {COLUMN}",
        f"psycopg2.errors.DuplicateColumn: FEHLER:  {COLUMN}",
        f"E   psycopg.errors.DuplicateColumn: {COLUMN}",
        f"sqlalchemy.exc.ProgrammingError: (psycopg2.errors.DuplicateColumn) FEHLER:  {COLUMN}",
        f"FEHLER:  42701: {COLUMN}",
        f"FEHLER: 42701: {COLUMN}",
        f"psql:change.sql:3: FEHLER:  42701: {COLUMN}",
        f"2026-11-23 04:00:00.000 UTC [296] FEHLER:  42701: {COLUMN}",
        f"2026-11-23 04:00:00.000 UTC [296] 42701 FEHLER:  {COLUMN}",
        f"2026-11-23 04:00:00 UTC:10.0.0.1(5432):app@shop:[296]:42701:FEHLER:  {COLUMN}",
        f"pid=296,db=shop,SQLSTATE=42701,client=10.0.0.1 FEHLER:  {COLUMN}",
        f"web-1  | \x1b[31mFEHLER:  42701: {COLUMN}\x1b[0m",
        f'{{"error_severity":"FEHLER","state_code":"42701","message":"{COLUMN}"}}',
        f'{{"error_severity":"\\u0046EHLER","state_code":"42701","message":"{COLUMN}"}}',
    ],
)
def test_an_sqlstate_is_read_wherever_it_stands(line, catalogue):
    (found,) = read(line, catalogue).found

    assert (found.fault, found.sqlstate, found.score) == ("MIG201", "42701", BY_SQLSTATE)


@pytest.mark.parametrize(
    "line",
    [
        f"2026-11-23 04:00:00.000 UTC [42701] FEHLER:  {COLUMN}",
        f"2026-11-23 04:00:00.000 UTC 42701 FEHLER:  {COLUMN}",
        f"2026-11-23 04:00:00.000 UTC [296] FEHLER:  {COLUMN}",
        f"FEHLER:  42701: {COLUMN.replace('»b«', 'b')}",
        "FEHLER:  42701: Spalte »a« mehrmals angegeben",
        "FEHLER: Die Spalte »a« der Datei »b« (42701) existiert bereits",
        "psycopg.errors.CheckViolation: neue Zeile für Relation »a« verletzt Check-Constraint »b«",
    ],
    ids=["a process", "a process too", "no code", "one name", "another text", "prose", "no page's code"],
)
def test_what_only_looks_like_it_stays_unknown(line, catalogue):
    diagnosis = read(line, catalogue)

    assert (diagnosis.found, len(diagnosis.unknown)) == ([], 1)


@pytest.mark.parametrize(
    "line",
    [
        'psycopg.errors.DuplicateColumn: column "a" was given with relation "b"',
        'ERROR:  42701: column "a" was given with relation "b"',
        'FEHLER:  42701: column "a" was given with relation "b"',
        'psycopg.errors.DuplicateColumn: the column größe and "a" of "b"',
        'psycopg.errors.LockNotAvailable: "orders"',
    ],
)
def test_an_english_text_that_no_signature_knows_stays_unknown_whatever_its_code(line, catalogue):
    diagnosis = read(line, catalogue)

    assert diagnosis.found == []
    assert [each.perhaps for each in diagnosis.unknown] == [[]]


@pytest.mark.parametrize(
    "line",
    [
        'ERROR:  42701: column "a" of relation "b" already exists',
        'ERROR: 42701: column "a" of relation "b" already exists',
        '2026-11-23 04:00:00.000 UTC [296] 42701 ERROR:  column "a" of relation "b" already exists',
        'FEHLER:  42701: column "a" of relation "b" already exists',
        'შეცდომა:  column "a" of relation "b" already exists',
        '{"error_severity":"ERROR","state_code":"42701","message":"column \\"a\\" of relation \\"b\\" already exists"}',
    ],
)
def test_an_english_text_is_known_by_its_signature_also_beside_a_code_or_a_foreign_word(line, catalogue):
    (found,) = read(line, catalogue).found

    assert (found.fault, found.sqlstate, found.score) == ("MIG201", "", SURE)
    assert found.values == {"column": "a", "table": "b"}


def test_a_text_in_english_makes_a_fault_sure_that_its_sqlstate_named_before(catalogue):
    log = f'FEHLER:  42701: {COLUMN}\nERROR:  column "a" of relation "b" already exists\n'

    (found,) = read(log, catalogue).found

    assert (found.fault, found.count, found.sqlstate, found.score) == ("MIG201", 2, "", SURE)


INNER = 'Traceback (most recent call last):\n  File "/lib/django/db/backends/utils.py", line 1, in call\n    call()\n'
JOINT = "\nThe above exception was the direct cause of the following exception:\n\n"


def chained(frame, text, driver):
    outer = f'Traceback (most recent call last):\n  File "{frame}", line 1, in call\n    call()\n'
    return f"{INNER}psycopg.errors.{driver}: {text}\n{JOINT}{outer}django.db.utils.DataError: {text}\n"


TOO_LONG = "Wert zu lang für Typ character varying(20)"


def test_where_circumstances_must_be_seen_the_code_alone_names_nobody(catalogue):
    (found,) = read(chained("/app/orders/migrations/0002.py", TOO_LONG, "StringDataRightTruncation"), catalogue).found
    elsewhere = read(chained("/app/orders/views.py", TOO_LONG, "StringDataRightTruncation"), catalogue)
    alone = read(f"FEHLER:  22001: {TOO_LONG}\n", catalogue)

    assert (found.fault, found.score, found.values) == ("MIG210", BY_SQLSTATE, {"length": "20"})
    for diagnosis in (elsewhere, alone):
        assert diagnosis.found == []
        assert [each.perhaps for each in diagnosis.unknown] == [["MIG210"]]


def test_the_statement_below_a_line_is_seen_in_every_language(catalogue):
    log = f"[7] FEHLER:  22001: {TOO_LONG}\n[7] ANWEISUNG:  ALTER TABLE orders ALTER x TYPE varchar(20)\n"

    assert [each.fault for each in read(log, catalogue).found] == ["MIG210"]
    assert read(log.replace("ALTER TABLE", "UPDATE"), catalogue).found == []


NULLS = "Spalte »a« von Relation »b« enthält NULL-Werte"


def test_of_several_faults_with_one_text_the_code_names_one_only_with_its_evidence_in_the_same_event(catalogue):
    frame = chained("/app/manage.py", NULLS, "NotNullViolation")
    evident = frame.replace("    call()\ndjango", "    schema_editor.alter_field(\ndjango")

    (found,) = read(evident, catalogue).found
    apart = read(f"    schema_editor.alter_field(\n{frame}", catalogue)

    assert (found.fault, found.sqlstate) == ("MIG207", "23502")
    assert apart.found == []
    assert {"MIG207", "MIG208", "MIG219"} <= set(apart.unknown[0].perhaps)


def test_the_exception_that_repeats_the_drivers_is_no_other_error(catalogue):
    text = "Relation »a« existiert nicht"

    (unknown,) = read(chained("/app/views.py", text, "UndefinedTable"), catalogue).unknown

    assert (unknown.sqlstate, unknown.count) == ("42P01", 1)


def test_it_is_told_why_and_what_an_error_may_be(catalogue):
    diagnosis = read(f"FEHLER:  42701: {COLUMN}\nFEHLER:  42703: Spalte »c« existiert nicht\n", catalogue)
    sure = "70% sure: by its SQLSTATE 42701; the text is not English"
    perhaps = "(SQLSTATE 42703: perhaps MIG107, MIG108 or MIG114)"

    for tell in (as_text, as_summary):
        assert sure in tell(diagnosis, catalogue)
        assert perhaps in tell(diagnosis, catalogue)
    assert sure.replace("%", "%25") in as_github(diagnosis, catalogue)
    assert perhaps in as_github(diagnosis, catalogue)
    told = as_json(diagnosis, catalogue)
    assert [each["sqlstate"] for each in told["matches"]] == ["42701"]
    assert [(each["sqlstate"], each["perhaps"]) for each in told["unknown"]] == [
        ("42703", ["MIG107", "MIG108", "MIG114"])
    ]


@pytest.mark.parametrize(
    "line",
    [
        "FEHLER:  x", "ВАЖНО:  x", "ERREUR:  x", "შეცდომა:  x", "致命错误:  x", "[7]:FEHLER:  x",
        "psql: Fehler: x", "psql: erreur : x", "pg_dump: ошибка: x", "pg_restore: エラー: x", "psql:a.sql:1: Fehler: x",
    ],
)  # fmt: skip
def test_an_error_in_another_language_is_seen(line, catalogue):
    assert [each.text for each in read(line, catalogue).unknown] == [line]


@pytest.mark.parametrize("line", ["Es gab keine Fehler: alles gut", "Import: Fehler: 0", "LOG:  Anweisung: select 1"])
def test_prose_in_another_language_is_no_error(line, catalogue):
    assert (read(line, catalogue).found, read(line, catalogue).unknown) == ([], [])


def test_a_value_is_masked_in_every_language(catalogue):
    log = "FEHLER:  22P02: ungültige Eingabesyntax für Typ integer: »hidden«\n"
    log += "FEHLER:  22P02: ungültige Eingabesyntax für Typ inet: »hidden«\n"
    log += 'ОШИБКА:  22P02: неверный синтаксис для типа integer: "hidden"\n'
    log += "ERREUR:  22P02: syntaxe en entrée invalide pour le type integer : « hidden »\n"

    assert "hidden" not in as_text(read(log, catalogue), catalogue)


@pytest.mark.parametrize("kind", ["inet", "timestamp with time zone", "time", "interval", "money", "shop_colour"])
@pytest.mark.parametrize(
    "line",
    [
        "FEHLER:  22P02: ungültige Eingabesyntax für Typ {}: »hid:den«",
        "ERREUR:  22P02: syntaxe en entrée invalide pour le type {} : « hid:den »",
        "ERROR:  22P02: la sintaxis de entrada no es válida para tipo {}: «hid:den»",
        'ERRORE:  22P02: sintassi di input non valida per il tipo {}: "hid:den"',
        'FEL:  22P02: ogiltig indatasyntax för type {}: "hid:den"',
        'ОШИБКА:  22P02: неверный синтаксис для типа {}: "hid:den"',
        'ПОМИЛКА:  22P02: неприпустимий синтаксис для типу {}: "hid:den"',
        'შეცდომა:  22P02: არასწორი შეყვანის სინტაქსი ტიპისთვის {}: "hid:den"',
        'エラー:  22P02: "{}"型の入力構文が不正です: "hid:den"',
        '오류:  22P02: {} 자료형 대한 잘못된 입력: "hid:den"',
        '错误:  22P02: 无效的类型 {} 输入语法: "hid:den"',
    ],
)  # fmt: skip
def test_a_value_of_any_type_is_masked(line, kind):
    shown = masked(line.format(kind))

    assert ("den" in shown, kind in shown) == (False, True)


FRONT = """---
fault: A1
signature: disk full
{}
sqlstate:
  {}
---
"""


@pytest.mark.parametrize(
    ("sqlstate", "fact"),
    [
        ("'4270X': alone", "there is no SQLSTATE 4270X"),
        ("'42701': ''", "does not say what must stand beside it"),
        ("'42701': '(?=a)'", "cannot be used"),
    ],
)
def test_an_sqlstate_that_says_nothing_is_told(sqlstate, fact):
    page = parse_page("docs/faults/A1.md", FRONT.format("", sqlstate))

    (error,) = check_signatures(page)

    assert fact in error.fact
    assert error.place.startswith("docs/faults/A1.md:")


def test_a_code_that_others_of_the_same_text_name_too_needs_evidence():
    one, other = (
        FRONT.replace("A1", code).format(f"same_text: [{else_}]", "'42701': alone")
        for code, else_ in (("A1", "B1"), ("B1", "A1"))
    )
    pages = [parse_page("docs/faults/A1.md", one), parse_page("docs/faults/B1.md", other)]
    apart = parse_page("docs/faults/B1.md", other.replace("42701", "42P01"))

    with pytest.raises(PageError, match="sqlstate 42701 cannot decide between faults of one text"):
        Catalogue(pages).check_group(pages[0])
    Catalogue([pages[0], apart]).check_group(pages[0])


def test_two_pages_whose_codes_decide_leave_it_open():
    pages = [
        parse_page(f"docs/faults/{code}.md", FRONT.format("", "'42701': alone").replace("A1", code))
        for code in ("A1", "B1")
    ]

    diagnosis = read(f"FEHLER:  42701: {COLUMN}\n", Catalogue(pages))

    assert diagnosis.found == []
    assert diagnosis.unknown[0].perhaps == ["A1", "B1"]


def test_the_classes_are_those_of_the_driver():
    assert {
        "DuplicateColumn": "42701",
        "UndefinedTable": "42P01",
        "InvalidPassword": "28P01",
    }.items() <= classes().items()


def test_a_line_without_error_has_no_code(catalogue):
    assert coded("all is well", catalogue.classes) is None
