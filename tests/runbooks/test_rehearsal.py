"""Each check on a scratch database: one case in which it must fail, one in which it holds."""

import pytest
from tests.runbooks.judged import judge, waiting

BUILD, REHEARSAL, REVERSIBLE, SAME = ("build-from-empty",), ("rehearsal",), ("reversible",), ("same-schema",)
PLACE = "stock/migrations/0003_next.py"


def test_a_project_with_nothing_to_apply_holds(shop):
    told = judge(shop)

    assert told.code == 0, told.text
    assert set(told.status.values()) == {"passed"}
    assert told.check("rehearsal")["notes"] == ["no migration waits for this database"]


def test_unless_asked_for_nothing_is_made(shop):
    done = shop.run("validate_migrations")

    assert done.out.count("skipped: it makes scratch databases\n      hint: ask for it with --rehearse\n") == 4
    assert "skipped: needs `build-from-empty`, which was left out" in done.out
    assert "scratch" not in shop.sql("SELECT string_agg(datname, ' ') FROM pg_database")


def test_a_migration_that_is_safe_holds_in_all_and_is_told(shop):
    waiting(shop, "migrations.AddField('item', 'note', models.TextField(null=True))")

    told = judge(shop)

    assert told.code == 0, told.text
    assert set(told.status.values()) == {"passed"}
    assert told.told["findings"] == []
    notes = told.check("rehearsal")["notes"]
    assert notes[0] == f"on a copy of {shop.database}, 110 rows"
    assert notes[1].startswith("stock.0003_next: 0.")
    assert notes[2].startswith("  ACCESS EXCLUSIVE on stock_item for 0.")


# build from empty


def test_a_missing_dependency_is_found_on_an_empty_database(shop):
    """On the deployed database the table is there, whatever the order of the files says."""
    shop.edit("stock/migrations/0002_weight.py", "operations = [", "operations = [\n        LOOK,")
    shop.edit(
        "stock/migrations/0002_weight.py",
        "class Migration",
        "LOOK = migrations.RunSQL('SELECT * FROM sales_sale', '')\n\n\nclass Migration",
    )
    shop.edit("sales/migrations/0001_initial.py", '("stock", "0001_initial")', '("stock", "0002_weight")')

    told = judge(shop, only=BUILD)

    assert told.code == 1
    assert told.found == {("build-from-empty", "MIG108")}
    finding = told.finding("MIG108")
    assert (finding["path"], finding["line"]) == ("stock/migrations/0002_weight.py", 12)
    assert 'relation "sales_sale" does not exist' in finding["message"]


def test_a_data_migration_that_needs_rows_is_found_on_an_empty_database(shop):
    imports = "\n\ndef first(apps, _):\n    apps.get_model('stock', 'Item').objects.get(pk=1)\n"
    waiting(shop, "migrations.RunPython(first, first)", imports=imports)

    told = judge(shop, only=("build-from-empty", "rehearsal"))

    assert told.found == {("build-from-empty", "MIG206")}
    assert (told.finding("MIG206")["path"], told.finding("MIG206")["line"]) == (PLACE, 5)
    assert told.status["rehearsal"] == "passed"


# rehearsal: rows that a migration cannot have

CLASH = "UPDATE stock_item SET weight = 1"
LONG = "UPDATE stock_item SET name = 'much longer than five'"
FAULTS = {
    "MIG201": (
        "ALTER TABLE stock_item ADD note text",
        "migrations.AddField('item', 'note', models.TextField(null=True))",
    ),
    "MIG202": (
        "CREATE TABLE stock_shelf (id int)",
        "migrations.CreateModel('Shelf', [('id', models.BigAutoField(primary_key=True))])",
    ),
    "MIG207": ("UPDATE stock_item SET weight = NULL", "migrations.AlterField('item', 'weight', models.IntegerField())"),
    "MIG209": (CLASH, "migrations.AlterField('item', 'weight', models.IntegerField(null=True, unique=True))"),
    "MIG210": (LONG, "migrations.AlterField('item', 'name', models.CharField(max_length=5))"),
    "MIG211": (LONG, "migrations.AlterField('item', 'name', models.IntegerField())"),
    "MIG212": (
        "",
        "migrations.RunSQL('UPDATE sales_sale SET item_id = 2', '')",
        "migrations.RunSQL('ALTER TABLE sales_sale ADD x int', 'ALTER TABLE sales_sale DROP x')",
    ),
    "MIG213": ("", "migrations.RunSQL('CREATE INDEX CONCURRENTLY by_name ON stock_item (name)', 'DROP INDEX by_name')"),
    "MIG220": (
        "UPDATE stock_item SET weight = 99",
        "migrations.AlterField('item', 'weight', models.ForeignKey('sales.Sale', models.CASCADE, db_column='weight'))",
    ),
    "MIG203": (
        "ALTER TABLE stock_item OWNER TO keeper",
        "migrations.AddField('item', 'n', models.IntegerField(null=True))",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_stops_a_migration_on_real_rows_is_named_by_its_fault(shop, fault):
    prepare, *operations = FAULTS[fault]
    shop.server.sql("DO $$ BEGIN CREATE ROLE keeper; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
    shop.server.sql(prepare or "SELECT 1", shop.database)
    waiting(shop, *operations, before="0002_weight")
    if fault == "MIG220":
        shop.edit(PLACE, "('stock', '0002_weight')", "('stock', '0002_weight'), ('sales', '0003_note')")

    told = judge(shop, only=REHEARSAL)

    assert told.code == 1, told.text
    assert told.found == {("rehearsal", fault)}
    assert (told.finding(fault)["path"], told.finding(fault)["line"]) == (PLACE, 7 + len(operations))
    assert "much longer" not in told.text
