"""What stops a migration is known by PostgreSQL's code, in whatever language the server speaks."""

import pytest

from _failure import failure, fault_of

ALTER, CREATE, RUN = "ALTER TABLE t ...", "CREATE TABLE t (x int REFERENCES o (id))", "RunPython"


def error(sqlstate="", statement="", kind="ProgrammingError", operation="RunSQL", message="Fehler"):
    words = {"sqlstate": sqlstate, "statement": statement, "kind": kind, "operation": operation}
    return words | {"message": message, "says": "", "line": 7}


@pytest.mark.parametrize(
    ("given", "fresh", "fault"),
    [
        (error("42701"), False, "MIG201"),
        (error("23502", "ALTER TABLE t ALTER x SET NOT NULL"), False, "MIG207"),
        (error("23502", "ALTER TABLE t ADD COLUMN x integer NOT NULL"), False, "MIG208"),
        (error("23502", "INSERT INTO t VALUES (NULL)"), False, "MIG219"),
        (error("42P07", CREATE), False, "MIG202"),
        (error("25P02", kind="InternalError"), False, "MIG204"),
        (error("23505", "INSERT INTO t", "TransactionManagementError", RUN), False, "MIG204"),
        (error("42P07", "CREATE UNIQUE INDEX CONCURRENTLY i ON t (x)"), False, "MIG214"),
        (error("42P07", CREATE), True, "MIG110"),
        (error("42501", CREATE), False, "MIG218"),
        (error("42501", ALTER), False, "MIG203"),
        (error("42501", 'CREATE INDEX "i" ON "t" ("x")'), False, "MIG203"),
        (error("42804", CREATE), False, "MIG205"),
        (error("42804", "ALTER TABLE t ALTER x TYPE integer"), False, "MIG211"),
        (error("42P01", "SELECT * FROM o"), True, "MIG108"),
        (error("42P01", "SELECT * FROM o"), False, ""),
        (error("42P01", "ALTER INDEX a RENAME TO b"), False, "MIG111"),
        (error("0A000", "CREATE EXTENSION vector"), True, "MIG223"),
        (error("0A000", "CREATE TABLE t"), True, ""),
        (error("42601", "SELEKT"), True, ""),
        (error(kind="IrreversibleError"), False, "MIG113"),
        (error(kind="KeyError", operation="AddIndex"), False, "MIG109"),
        (error(kind="FieldDoesNotExist", operation="AddIndex"), False, "MIG109"),
        (error(kind="LookupError", operation=RUN), False, "MIG108"),
        (error(kind="DoesNotExist", operation=RUN), True, "MIG206"),
        (error(kind="DoesNotExist", operation=RUN), False, ""),
        (error(kind="NotSupportedError", operation="AddIndexConcurrently"), False, "MIG213"),
        (error(kind="NotSupportedError", operation="AddField"), False, ""),
    ],
)
def test_a_fault_is_known_by_code_statement_and_operation(given, fresh, fault):
    assert fault_of(given, fresh=fresh) == fault


def test_a_value_in_the_message_is_left_out_and_a_name_is_not():
    value = {"name": "a.0002", "error": error("22P02", ALTER, message='ungueltige Eingabe fuer Typ: "Ada"')}
    name = {"name": "a.0002", "error": error("42703", ALTER, message='Spalte: "weight" fehlt')}

    assert "Ada" not in failure(value, "a.py", fresh=False).message
    assert '"weight"' in failure(name, "a.py", fresh=False).message
