"""A migration that defines something anew under its name, and what Django writes of its own: only that goes back."""

import pytest
from tests.runbooks.test_deploy import add_migration, alone, current, v1  # noqa: F401  # a fixture

from _address import Target
from _labels import drop_labels, labels_since, newest_labels
from _postgres import connect

pytestmark = pytest.mark.slow
PRICE = "CREATE OR REPLACE FUNCTION price() RETURNS int LANGUAGE sql AS 'SELECT {}'"
FAILS = ("--switch", "exit 3", "--apply")


@pytest.fixture
def template(without_weight):
    return without_weight


def test_what_is_defined_anew_under_its_name_is_not_reversed_by_doing_nothing(v1):  # noqa: F811
    v1.sql(PRICE.format(1))
    add_migration(v1, f'migrations.RunSQL("{PRICE.format(2)}", migrations.RunSQL.noop)')

    done = v1.run(*alone(), *FAILS)

    assert (done.code, current(v1), v1.sql("SELECT price()")) == (1, "v1", "1"), done.out
    assert "after reversing: function price()" in done.out
    assert "on a failure: restore" in done.out


def test_what_only_in_earnest_is_defined_anew_is_seen_on_the_way_back(v1):  # noqa: F811
    v1.sql(PRICE.format(1))
    body = PRICE.format(2).replace("'", "''")
    earnest = f"DO $$ BEGIN IF current_database() NOT LIKE 'proofbook%%' THEN EXECUTE '{body}'; END IF; END $$"
    add_migration(v1, f'migrations.RunSQL("{earnest}", migrations.RunSQL.noop)')

    done = v1.run(*alone(), *FAILS)

    assert "on a failure: reverse" in done.out, done.out
    assert "not as before: function price()" in done.out, done.out
    assert (done.code, current(v1), v1.sql("SELECT price()")) == (1, "v1", "1"), done.out


def test_what_postgresql_writes_in_another_way_once_it_was_restored_is_the_same(v1):  # noqa: F811
    """The database was restored once, so its check is written as PostgreSQL reads it back from a dump."""
    written = "(((name)::text <> ALL (ARRAY[('a'::character varying)::text, ('b'::character varying)::text])))"
    v1.sql(f"ALTER TABLE stock_item ADD CONSTRAINT named CHECK {written}")
    drop = "ALTER TABLE stock_item DROP CONSTRAINT named"
    back = "ALTER TABLE stock_item ADD CONSTRAINT named CHECK (name NOT IN ('a', 'b'))"
    add_migration(v1, f'migrations.RunSQL("{drop}", "{back}")')
    definition = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'named'"
    before = v1.sql(definition)

    done = v1.run(*alone(), *FAILS)

    assert "on a failure: reverse" in done.out, done.out
    assert "the schema is as before, and so is every row" in done.out, done.out
    assert v1.sql(definition) != before


def test_a_row_of_the_same_table_that_django_did_not_write_stays(v1):  # noqa: F811
    add_migration(
        v1, "migrations.CreateModel('Extra', [('id', __import__('django.db').db.models.AutoField(primary_key=True))])"
    )
    insert = "INSERT INTO django_content_type (app_label, model) VALUES ('legacy', 'thing')"
    write = f'{v1.server.tools}/psql -q -h {v1.server.folder} -U depot -d {v1.database} -c "{insert}"'
    labels = "SELECT string_agg(model, ' ') FROM django_content_type WHERE model IN ('extra', 'thing')"

    done = v1.run(*alone(), "--skip", "models", "--switch", f"{write}; exit 3", "--apply")

    assert (done.code, "on a failure: reverse" in done.out) == (1, True), done.out
    assert v1.sql(labels) == "thing", done.out


def test_a_permission_is_told_by_what_it_is_for_and_not_by_its_number(v1, monkeypatch):  # noqa: F811
    monkeypatch.setenv("PATH", v1.environment["PATH"])
    target = Target({"host": str(v1.server.folder), "dbname": v1.database, "user": "depot"})
    v1.sql("CREATE TABLE auth_permission (id serial, content_type_id int, codename text)")
    v1.sql("INSERT INTO django_content_type (app_label, model) VALUES ('stock', 'old')")
    old = "FROM django_content_type WHERE model = 'old'"
    add = f"INSERT INTO auth_permission (content_type_id, codename) SELECT id, '{{}}' {old}"
    v1.sql(add.format("view"))
    with connect(target, "test") as sql:
        newest = newest_labels(sql)
        v1.sql(add.format("change"))
        made = labels_since(sql, newest)
    v1.sql(add.format("by an admin"))

    told = list(drop_labels(target, newest, made))

    assert made == {"auth_permission": ['["stock", "old", "change"]'], "django_content_type": []}
    assert (told, v1.sql("SELECT string_agg(codename, ', ' ORDER BY id) FROM auth_permission")) == (
        [], "view, by an admin",
    )  # fmt: skip
