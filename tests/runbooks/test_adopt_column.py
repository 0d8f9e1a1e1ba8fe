import pytest

CALL = ("adopt_column", "--app", "stock", "--migration", "0002")
BY_HAND = "ALTER TABLE stock_item ADD weight integer; CREATE INDEX by_hand ON stock_item (weight)"


@pytest.fixture
def template(without_weight):
    return without_weight


@pytest.fixture
def drifted(shop):
    """Somebody has added the column by hand, and filled it."""
    shop.sql(BY_HAND)
    shop.sql("UPDATE stock_item SET weight = id")
    return shop


def test_a_column_as_the_migration_makes_it_is_adopted(drifted):
    assert 'column "weight" of relation "stock_item" already exists' in drifted.manage("migrate", check=False).err

    plan = drifted.plans(*CALL)
    drifted.applies(*CALL)

    assert "record stock.0002_weight as applied" in plan.out
    drifted.manage("migrate", "--check")
    assert drifted.sql("SELECT count(weight) FROM stock_item") == "50"


def test_the_undo_takes_back_the_record_only(drifted):
    before = drifted.lines()
    drifted.run(*CALL, "--apply")
    assert drifted.lines() != before

    drifted.applies("adopt_column", "--app", "stock", "--migration", "0002_weight", "--forget")

    assert drifted.lines() == before


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ("weight bigint", "stock_item.weight should be integer NULL, it is bigint NULL"),
        ("weight integer NOT NULL DEFAULT 1", "it is integer NOT NULL DEFAULT 1"),
        ("weight integer DEFAULT 1", "it is integer NULL DEFAULT 1"),
        ("weight integer", "(weight), it is not there"),
        ("weight integer UNIQUE", "is UNIQUE (weight), which the migration does not make"),
        ("weight integer CHECK (weight > 0)", "is CHECK ((weight > 0)), which the migration does not make"),
        ("weight integer REFERENCES stock_item", "is FOREIGN KEY (weight)"),
        ("other integer", "Add field weight to item: not in the database"),
    ],
)
def test_it_refuses_what_differs_and_names_the_difference(shop, columns, says):
    shop.sql(f"ALTER TABLE stock_item ADD {columns}")

    refused = shop.refuses(*CALL)

    assert says in refused.out


@pytest.mark.parametrize(
    ("operation", "says"),
    [
        ('migrations.AddField("item", "more", models.IntegerField(null=True))', "more to item: not in the database"),
        ("migrations.RunPython(migrations.RunPython.noop)", "leaves no trace in the schema"),
        ('migrations.RunSQL("UPDATE stock_item SET name = name")', "leaves no trace in the schema"),
        ('migrations.RunSQL("ALTER TABLE nowhere ADD x int")', 'relation "nowhere" does not exist'),
    ],
)
def test_it_refuses_a_migration_that_does_more(drifted, operation, says):
    drifted.edit(
        "stock/migrations/0002_weight.py", "    operations = [\n", f"    operations = [\n        {operation},\n"
    )

    refused = drifted.refuses(*CALL)

    assert says in refused.out


def test_it_refuses_a_migration_whose_dependency_is_not_applied(drifted):
    drifted.sql("DELETE FROM django_migrations WHERE app = 'stock'")

    refused = drifted.refuses(*CALL)

    assert "stands on stock.0001_initial, which is not applied" in refused.out


@pytest.mark.parametrize("name", ["0009", "000"])
def test_it_refuses_a_name_that_is_not_one_migration(drifted, name):
    assert "name one of: stock.0001_initial, stock.0002_weight" in drifted.refuses(*CALL[:-1], name).out


def test_it_neither_waits_for_a_writer_nor_keeps_one_waiting(drifted):
    with drifted.connect() as connection:
        connection.execute("SET lock_timeout = '1ms'")
        connection.execute("UPDATE stock_item SET weight = 0 WHERE id = 1")
        done = drifted.run(*CALL, "--apply")
        connection.execute("UPDATE stock_item SET weight = 0 WHERE id = 2")

    assert done.code == 0, done.out
