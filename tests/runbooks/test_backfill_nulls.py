import json

import pytest
from tests.runbooks.conftest import flags_of

WITHOUT_PROJECT = ("backfill_nulls", "--project", "..")
CALL = (*WITHOUT_PROJECT, "--table", "stock_item", "--column", "weight")


def nulls(shop):
    return shop.sql("SELECT count(*) FROM stock_item WHERE weight IS NULL")


@pytest.mark.parametrize(
    ("how", "total"), [(["--value", "7"], "350"), (["--expression", "id * 2"], "2550"), (["--value", "-1"], "-50")]
)
def test_nulls_are_filled_in_batches(shop, how, total):
    how = [f"{how[0]}={how[1]}"]

    plan = shop.plans(*CALL, *how, "--batch", "7")
    shop.applies(*CALL, *how, "--batch", "7")

    assert "fill 50 rows, 7 at a time" in plan.out
    assert (nulls(shop), shop.sql("SELECT sum(weight) FROM stock_item")) == ("0", total)
    assert shop.sql("SELECT count(*) FROM stock_item WHERE name = 'item ' || id") == "50"


def test_the_undo_empties_what_was_filled_and_not_what_was_changed_since(shop):
    shop.sql("UPDATE stock_item SET weight = 5 WHERE id <= 10")
    before = shop.state()
    steps = json.loads(shop.run(*CALL, "--value", "7", "--apply", "--json").out)["steps"]
    undo = next(step["undo"] for step in steps if step["undo"])

    shop.sql("UPDATE stock_item SET weight = 8 WHERE id = 20")
    shop.applies("backfill_nulls", *flags_of(undo))

    assert nulls(shop) == "39"
    shop.sql("UPDATE stock_item SET weight = NULL WHERE id = 20")
    assert sorted(shop.state().splitlines()) == sorted(before.splitlines())


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ([], "no value is given"),
        (["--value", "1", "--expression", "2"], "no value is given"),
        (["--value", "many"], 'invalid input syntax for type integer: "many"'),
        (["--value", ""], 'invalid input syntax for type integer: ""'),
        (["--value", "99999999999"], "out of range"),
        (["--expression", "nowhere"], 'column "nowhere" does not exist'),
        (["--expression", "NULL"], "the expression gives NULL for 50 of the first 1000 rows"),
        (["--expression", "1; DROP TABLE sales_sale"], "the expression holds a semicolon"),
        (["--expression", "weight"], "the expression gives NULL"),
    ],
)
def test_it_refuses_what_does_not_fit(shop, flags, says):
    assert says in shop.refuses(*CALL, *flags).out


@pytest.mark.parametrize(
    ("prepare", "says"),
    [
        ("ALTER TABLE stock_item ADD UNIQUE (weight)", "violates unique constraint"),
        ("ALTER TABLE stock_item ADD CHECK (weight > 10)", "violates check constraint"),
        (
            "ALTER TABLE stock_item ADD FOREIGN KEY (weight) REFERENCES sales_sale (id) DEFERRABLE INITIALLY DEFERRED",
            "violates foreign key constraint",
        ),
        ("ALTER TABLE sales_sale DROP item_id; ALTER TABLE stock_item DROP id", "has no primary key"),
        ("ALTER TABLE stock_item DROP weight", "there is no column stock_item.weight"),
    ],
)
def test_it_refuses_what_the_table_does_not_take(shop, prepare, says):
    shop.sql(prepare)

    assert says in shop.refuses(*CALL, "--value", "0").out


def test_a_value_that_is_too_long_is_not_cut(shop):
    shop.sql("ALTER TABLE stock_item ADD code varchar(3)")

    assert "value too long" in shop.refuses(*CALL[:-1], "code", "--value", "abcd").out


def test_awkward_names_and_keys(shop):
    shop.sql('CREATE TABLE "My ""Table" ("a key" text, b int, "select" text, PRIMARY KEY (b, "a key"))')
    shop.sql("""INSERT INTO "My ""Table" SELECT 'it''s ' || n, n % 3 FROM generate_series(1, 20) n""")

    shop.applies(
        "backfill_nulls", "--table", 'My "Table', "--column", "select", "--value", "it's \\ {x}", "--batch", "3"
    )

    assert shop.sql("""SELECT count(*) FROM "My ""Table" WHERE "select" = 'it''s \\ {x}'""") == "20"


def test_killed_while_it_fills_it_goes_on_and_one_undo_takes_all_back(shop):
    shop.sql("INSERT INTO stock_item (name) SELECT 'more ' || n FROM generate_series(1, 30000) n")
    with shop.connect() as connection:
        connection.execute("SELECT FROM stock_item WHERE id = 20000 FOR UPDATE")  # at which it stops, and is met
        with shop.start(shop.command(*CALL, "--value", "7", "--batch", "1000", "--apply")) as running:
            shop.wait_for("SELECT count(*) FROM pg_locks WHERE NOT granted", "1")
            running.kill()

    left = int(nulls(shop))
    steps = json.loads(shop.run(*CALL, "--value", "7", "--apply", "--json").out)["steps"]
    assert nulls(shop) == "0"

    undo = next(step["undo"] for step in steps if step["undo"])
    shop.run("backfill_nulls", *flags_of(undo), "--apply")
    assert (nulls(shop), 0 < left < 30050) == ("30050", True)


def test_a_journal_is_for_its_owner_only(shop):
    shop.run(*CALL, "--value", "7", "--apply", "--journal", str(shop.folder / "kept"))

    assert [oct(path.stat().st_mode)[-3:] for path in (shop.folder / "kept").iterdir()] == ["600"]


@pytest.mark.parametrize("journal", ["", ".", "nowhere.jsonl"])
def test_an_undo_without_its_journal_is_refused(shop, journal):
    assert "there is no journal" in shop.refuses(*CALL, f"--undo={journal}").out
