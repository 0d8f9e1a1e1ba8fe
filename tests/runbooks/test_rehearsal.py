"""Each check on a scratch database: one case in which it must fail, one in which it holds."""

import random
import re

import pytest
from tests.runbooks.judged import judge, waiting
from tests.runbooks.killing import ALL, SEED

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


def test_of_tables_with_one_name_the_largest_counts(shop):
    """A schema for each tenant: an empty table of one must not hide the rows of another."""
    shop.sql("CREATE SCHEMA zz_tenant; CREATE TABLE zz_tenant.stock_item (id int); ANALYZE")
    waiting(shop, "migrations.AddIndex('item', models.Index(fields=['name'], name='by_name'))")

    told = judge(shop, only=("rehearsal", "lock-hazards"))

    assert told.hazards == ["HAZ101"], told.text


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


DRAWN = FAULTS if ALL else random.Random(SEED).sample(sorted(FAULTS), 4)


@pytest.mark.parametrize("fault", DRAWN)
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


def test_what_a_migration_read_from_rows_is_not_told(shop):
    shop.sql("UPDATE stock_item SET name = 'secret ' || id")
    waiting(shop, "migrations.AlterField('item', 'name', models.IntegerField())")

    told = judge(shop, only=REHEARSAL)

    assert 'invalid input syntax for type integer: "?"' in told.finding("MIG211")["message"]
    assert "secret" not in told.text


def test_a_migration_cannot_write_beside_the_scratch_database(shop):
    """A second alias means the database in use; a rehearsal that writes there would be a deployment."""
    shop.edit("shop/settings.py", "}\nDEFAULT_AUTO", '}\nDATABASES["other"] = dict(DATABASES["default"])\nDEFAULT_AUTO')
    act = "apps.get_model('stock', 'Item').objects.using('other').filter(pk=1).update(weight=7)"
    imports = f"\n\ndef write(apps, _):\n    {act}\n"
    waiting(shop, "migrations.RunPython(write, write)", imports=imports)

    told = judge(shop, only=REHEARSAL)

    assert told.found == {("rehearsal", "MIG222")}
    assert told.finding("MIG222")["line"] == 5


def test_a_project_that_connects_elsewhere_than_it_is_told_is_not_rehearsed(shop):
    backend = shop.folder / "stubborn"
    backend.mkdir()
    (backend / "__init__.py").touch()
    (backend / "base.py").write_text(
        "import os\n\nfrom django.db.backends.postgresql import base\n\n\n"
        "class DatabaseWrapper(base.DatabaseWrapper):\n"
        "    def get_connection_params(self):\n"
        "        return dict(super().get_connection_params(), dbname=os.environ['SHOP_DATABASE'])\n"
    )
    shop.edit("shop/settings.py", "django.db.backends.postgresql", "stubborn")

    told = judge(shop, only=BUILD)

    assert told.code == 2
    reason = told.check("build-from-empty")["reason"]
    assert f"the project connects to {shop.database}, whatever NAME says" in reason


def test_somebody_connected_keeps_a_copy_from_being_made_and_the_flag_is_named(shop):
    waiting(shop, "migrations.AddField('item', 'note', models.TextField(null=True))")
    with shop.connect():
        told = judge(shop, only=("rehearsal", "lock-hazards"))

    assert told.code == 2
    assert told.check("rehearsal")["reason"] == (
        f"{shop.database} cannot be copied while others are connected: 1 "
        "(name a backup with --copy-of FILE; backup_database makes one)"
    )
    assert told.status["lock-hazards"] == "could-not-check"


def test_without_a_copy_hazards_are_measured_on_an_empty_database(shop):
    waiting(
        shop,
        "migrations.AddIndex('item', models.Index(fields=['name'], name='by_name'))",
        "migrations.RunSQL('UPDATE stock_item SET weight = 1', '')",
        "migrations.AddField('item', 'x', models.IntegerField(default=1))",
    )
    with shop.connect():
        told = judge(shop)

    assert told.hazards == ["HAZ101", "HAZ108", "HAZ111"]
    assert told.check("lock-hazards")["notes"] == ["measured on an empty database, rows as the target has them"]
    assert "read from the statement" in told.finding("HAZ108")["message"]
    assert "50 rows" in told.finding("HAZ101")["message"]


def backup(shop):
    done = shop.run("backup_database", "--into", str(shop.folder.parent / "backups"), "--apply")
    assert done.code == 0, done.out + done.err
    [dump] = (shop.folder.parent / "backups").glob("*.dump")
    return dump


def test_a_backup_is_rehearsed_on_while_others_are_connected(shop):
    dump = backup(shop)
    shop.sql("INSERT INTO stock_item (name) VALUES ('after the backup')")
    waiting(shop, "migrations.AlterField('item', 'weight', models.IntegerField(unique=True, null=True))")
    with shop.connect():
        told = judge(shop, "--copy-of", str(dump), only=("rehearsal", "lock-hazards"))

    assert told.code == 0, told.text
    assert told.check("rehearsal")["notes"][0] == f"on {dump}, restored and equal to its manifest, 110 rows"
    assert told.hazards == ["HAZ102"]


def test_a_backup_that_is_cut_could_not_be_rehearsed_on(shop):
    dump = backup(shop)
    dump.write_bytes(dump.read_bytes()[:-100])
    waiting(shop, "migrations.AddField('item', 'note', models.TextField(null=True))")

    told = judge(shop, "--copy-of", str(dump), only=REHEARSAL)

    assert told.code == 2
    assert "is not the file that was written" in told.check("rehearsal")["reason"]


# reversible


def test_a_migration_without_a_way_back_is_found(shop):
    waiting(shop, "migrations.RunSQL('ALTER TABLE stock_item ADD x int')")

    told = judge(shop, only=REVERSIBLE)

    assert (told.code, told.found) == (1, {("reversible", "MIG113")})
    assert (told.finding("MIG113")["path"], told.finding("MIG113")["line"]) == (PLACE, 8)


@pytest.mark.parametrize(
    ("back", "says"),
    [
        ("SELECT 1", "column stock_item.x is only in it is"),
        ("ALTER TABLE stock_item DROP x, ALTER weight SET NOT NULL", "column stock_item.weight: integer NULL in it"),
        ("ALTER TABLE nowhere DROP x", 'ProgrammingError 42P01: relation "nowhere" does not exist'),
    ],
    ids=["nothing taken back", "too much taken back", "fails"],
)
def test_a_way_back_that_leads_elsewhere_is_found(shop, back, says):
    waiting(shop, f"migrations.RunSQL('ALTER TABLE stock_item ADD x int', '{back}')")

    told = judge(shop, only=REVERSIBLE)

    assert told.code == 1
    assert says in told.told["findings"][0]["message"], told.text


def test_each_migration_that_waits_is_taken_back_alone(shop):
    """The first one has no way back; that does not keep the second from being tried."""
    waiting(shop, "migrations.RunSQL('SELECT 1')")
    waiting(shop, "migrations.RunSQL('SELECT 2')", name="stock/0004_more", before="0003_next")

    told = judge(shop, only=REVERSIBLE)

    assert [each["path"] for each in told.told["findings"]] == [PLACE, "stock/migrations/0004_more.py"]


def test_what_is_accepted_with_a_reason_is_told_and_is_no_finding(shop):
    waiting(shop, "migrations.RunSQL('SELECT 1')", imports="# proofbook: accepts MIG113 because nothing is left behind")

    told = judge(shop, only=REVERSIBLE)

    assert (told.code, told.found) == (0, set())
    [note] = told.check("reversible")["notes"]
    assert note.startswith(f"accepted at {PLACE}:2: MIG113 stock.0003_next")
    assert note.endswith("because nothing is left behind")


def test_an_acceptance_without_a_reason_is_none(shop):
    waiting(shop, "migrations.RunSQL('SELECT 1')", imports="# proofbook: accepts MIG113")

    told = judge(shop, only=REVERSIBLE)

    assert told.code == 1
    assert [each["severity"] for each in told.told["findings"]] == ["error", "warning"]


# fresh and upgraded

SERIAL = """ALTER TABLE stock_item ALTER id DROP IDENTITY;
CREATE SEQUENCE s OWNED BY stock_item.id;
ALTER TABLE stock_item ALTER id SET DEFAULT nextval('s')"""


@pytest.mark.parametrize(
    ("statement", "says", "severity"),
    [
        ("ALTER TABLE stock_item ADD extra text", "column stock_item.extra is only in the upgraded one", "error"),
        (
            "ALTER TABLE stock_item ALTER weight TYPE bigint",
            "column stock_item.weight: integer NULL in a fresh",
            "error",
        ),
        ("DROP TABLE sales_sale", "table sales_sale is only in a fresh database", "error"),
        ("CREATE INDEX by_hand ON stock_item (name)", "index by_hand of stock_item is only in the upgraded", "error"),
        ("ALTER TABLE stock_item ADD CHECK (id > 0) NOT VALID", "is only in the upgraded one", "error"),
        (
            SERIAL,
            "column stock_item.id: bigint NOT NULL numbers itself by identity",
            "warning",
        ),
    ],
    ids=["column", "type", "table", "index", "constraint", "serial"],
)
def test_a_schema_that_differs_from_a_fresh_one_is_found(shop, statement, says, severity):
    shop.sql(statement)

    told = judge(shop, only=SAME)

    [finding] = told.told["findings"]
    assert says in finding["message"]
    assert (finding["fault"], finding["severity"], told.code) == ("MIG117", severity, int(severity == "error"))


def test_the_order_of_columns_is_no_difference(shop):
    shop.sql("ALTER TABLE sales_sale DROP quantity; ALTER TABLE sales_sale ADD quantity int NOT NULL DEFAULT 1")
    shop.sql("ALTER TABLE sales_sale ALTER quantity DROP DEFAULT")
    shop.sql("ALTER TABLE stock_item DROP name; ALTER TABLE stock_item ADD name varchar(40) NOT NULL DEFAULT ''")
    shop.sql("ALTER TABLE stock_item ALTER name DROP DEFAULT")

    assert judge(shop, only=SAME).told["findings"] == []


def test_a_guard_that_skips_on_an_empty_database_shows_after_the_rehearsal(shop):
    guarded = "DO $$ BEGIN IF EXISTS (SELECT FROM stock_item) THEN ALTER TABLE stock_item ADD x int; END IF; END $$"
    waiting(shop, f"migrations.RunSQL({guarded!r}, '')")

    told = judge(shop)

    assert ("same-schema", "MIG117") in told.found
    assert "column stock_item.x is only in the upgraded one" in told.finding("MIG117")["message"]


def test_what_a_restore_writes_in_another_way_is_no_difference(shop):
    """PostgreSQL puts the casts of a list elsewhere when it reads its own dump."""
    constraint = "models.CheckConstraint(condition=models.Q(name__in=['a', 'b']) | models.Q(pk__gt=0), name='known')"
    waiting(shop, f"migrations.AddConstraint('item', {constraint})")
    shop.manage("migrate", "-v", "0")
    dump = backup(shop)
    waiting(shop, "migrations.RunSQL('SELECT 1', '')", name="stock/0004_more", before="0003_next")

    assert judge(shop, "--copy-of", str(dump), only=("rehearsal", "same-schema")).told["findings"] == []


# what surrounds it


def test_what_one_migration_changes_is_not_told_of_the_next(shop):
    waiting(shop, "migrations.RunSQL('UPDATE stock_item SET weight = 1', '')")
    waiting(shop, "migrations.RunSQL('ALTER TABLE stock_item ADD x int', '')", name="stock/0004_x", before="0003_next")

    notes = judge(shop, only=REHEARSAL).check("rehearsal")["notes"]

    assert [note.partition(", ")[2] for note in notes if " on stock_item " in note] == ["50 rows updated", ""]


def test_on_another_kind_of_database_it_could_not_check(shop):
    shop.edit("shop/settings.py", "django.db.backends.postgresql", "django.db.backends.sqlite3")
    shop.edit("shop/settings.py", 'os.environ["SHOP_DATABASE"]', '"shop.sqlite3"')
    shop.environment.pop("DATABASE_URL")
    shop.manage("migrate", "-v", "0")

    told = judge(shop, only=BUILD)

    assert told.code == 2
    assert "PostgreSQL only, the project's database is sqlite" in told.check("build-from-empty")["reason"]


def test_the_password_is_never_told(shop):
    shop.server.sql("CREATE ROLE locked LOGIN CREATEDB PASSWORD 'open-sesame'")
    shop.server.sql(f"GRANT ALL ON DATABASE {shop.database} TO locked; GRANT depot TO locked")
    address = f"postgresql://locked:open-sesame@/{shop.database}?host={shop.server.folder}"
    waiting(shop, "migrations.RunSQL(\"DO $$ BEGIN RAISE 'open-sesame'; END $$\", '')")
    try:
        told = judge(shop, "--record", "records", SHOP_USER="locked", SHOP_PASSWORD="open-sesame", DATABASE_URL=address)
        record = (shop.folder / "records/validate_migrations.jsonl").read_text()
    finally:
        shop.server.sql("DROP OWNED BY locked; DROP ROLE locked")

    assert told.code == 1
    assert "***" in told.text
    assert "open-sesame" not in told.text + str(told.told) + record


@pytest.mark.slow
def test_progress_is_told_when_it_takes_long(shop):
    waiting(shop, "migrations.RunSQL('SELECT pg_sleep(2.2)', '')")
    waiting(shop, "migrations.RunSQL('SELECT 1', '')", name="stock/0004_more", before="0003_next")

    assert re.search(r"  \.\.\. 8 of 9 migrations, \d+ s, now stock\.0004_more\n", judge(shop, only=BUILD).text)


def test_of_two_transactions_the_longer_one_tells_how_long_a_lock_is_held(shop):
    wait = "migrations.RunSQL('DO $$ BEGIN LOCK TABLE stock_item; PERFORM pg_sleep(0.5); END $$', '')"
    waiting(shop, wait, wait, atomic=False)

    _, whole, held = judge(shop, only=REHEARSAL).check("rehearsal")["notes"]

    # the half second of the other one is in the whole and not in what was held
    assert float(held.split()[-2]) <= float(whole.split()[-2]) - 0.5 + 0.01
