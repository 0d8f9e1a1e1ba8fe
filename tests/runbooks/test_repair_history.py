import json

import pytest
from tests.runbooks.conftest import flags_of

TOO_EARLY = 'dependencies = [("sales", "0001_initial")]'
FAULT = "InconsistentMigrationHistory: Migration sales.0002_quantity is applied before its dependency stock.0002_weight"


@pytest.fixture
def template(without_weight):
    return without_weight


@pytest.fixture
def broken(shop):
    """The migrations are applied, and then somebody edits what one of them stands on."""
    shop.edit("sales/migrations/0002_quantity.py", TOO_EARLY, TOO_EARLY.replace("[", '[("stock", "0002_weight"), '))
    return shop


def records(shop):
    return shop.sql("SELECT id, app, name, applied FROM django_migrations WHERE app = 'sales' ORDER BY id")


def test_a_missing_dependency_that_is_not_in_the_database_is_run(broken):
    rows, kept = broken.sql("SELECT id, name FROM stock_item ORDER BY id"), records(broken)
    assert FAULT in broken.manage("migrate", "--plan", check=False).err

    plan = broken.plans("repair_history", "--app", "sales")
    broken.applies("repair_history", "--app", "sales")

    assert "migrate stock 0002_weight" in plan.out
    broken.manage("migrate", "--check")
    assert broken.sql("SELECT id, name FROM stock_item ORDER BY id") == rows
    assert broken.sql("SELECT count(*) FROM pg_indexes WHERE indexdef LIKE '%(weight)'") == "1"
    assert records(broken) == kept


def test_a_missing_dependency_that_is_in_the_database_is_recorded(broken):
    broken.sql("ALTER TABLE stock_item ADD weight integer; CREATE INDEX ON stock_item (weight)")
    broken.sql("UPDATE stock_item SET weight = id")

    plan = broken.plans("repair_history")
    broken.applies("repair_history")

    assert "record stock.0002_weight" in plan.out
    assert broken.sql("SELECT count(weight) FROM stock_item") == "50"


@pytest.mark.parametrize("column", ["", "weight integer"])
def test_the_undo_it_names_brings_the_state_before_back(broken, column):
    broken.sql(f"ALTER TABLE stock_item ADD {column}; CREATE INDEX ON stock_item (weight)" if column else "SELECT 1")
    before = broken.lines()
    told = broken.run("repair_history", "--apply", "--json").out

    undo = next(step["undo"] for step in json.loads(told)["steps"] if step["undo"])
    assert broken.lines() != before
    broken.applies("repair_history", *flags_of(undo))

    assert broken.lines() == before


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ("ADD weight text", "stock_item.weight should be integer NULL, it is text NULL"),
        ("ADD weight integer", "(weight), it is not there"),
        ("ADD weight integer NOT NULL DEFAULT 0", "should be integer NULL, it is integer NOT NULL DEFAULT 0"),
    ],
)
def test_it_refuses_when_it_cannot_tell(broken, columns, says):
    broken.sql(f"ALTER TABLE stock_item {columns}")

    refused = broken.refuses("repair_history")

    assert says in refused.out


def test_it_refuses_to_guess_about_code_but_takes_a_word_for_it(broken):
    code = "operations = [migrations.RunPython(migrations.RunPython.noop, migrations.RunPython.noop)]"
    text = (broken.folder / "stock/migrations/0002_weight.py").read_text()
    broken.edit("stock/migrations/0002_weight.py", text[text.index("operations") :], code + "\n")

    refused = broken.refuses("repair_history")
    broken.applies("repair_history", "--absent", "stock.0002_weight")

    assert "leaves no trace in the schema" in refused.out


def test_it_refuses_to_run_what_a_later_migration_has_changed_again(broken):
    later = (broken.folder / "stock/migrations/0002_weight.py").read_text()
    later = later.replace("0001_initial", "0002_weight").replace("AddField", "RemoveField")
    later = later.replace(", models.IntegerField(null=True, db_index=True)", "")
    (broken.folder / "stock/migrations/0003_no_weight.py").write_text(later)
    broken.sql("INSERT INTO django_migrations (app, name, applied) VALUES ('stock', '0003_no_weight', now())")

    refused = broken.refuses("repair_history")

    assert "stock.0002_weight and stock.0003_no_weight, which is applied, both change stock_item.weight" in refused.out


def test_only_the_named_app_is_repaired(broken):
    done = broken.run("repair_history", "--app", "stock", "--apply")

    assert (done.code, "nothing to do" in done.out) == (0, True)


@pytest.mark.parametrize("seconds", [0.3, 0.5, 0.6])
def test_killed_at_any_moment_it_can_be_run_again(broken, seconds):
    broken.killed(seconds, "repair_history", "--apply")

    assert broken.run("repair_history", "--apply").code == 0

    broken.manage("migrate", "--check")


def test_a_graph_that_cannot_be_read_could_not_be_told(shop):
    (shop.folder / "stock/migrations/0003_bad.py").write_text("class Migration(:\n")

    plan = shop.run("repair_history")

    assert (plan.code, "SyntaxError" in plan.out) == (2, True)


@pytest.mark.parametrize("flag", ["--forget", "--unapply"])
def test_an_undo_of_what_is_no_migration_is_refused(shop, flag):
    assert "there is no migration stock.0009" in shop.refuses("repair_history", f"{flag}=stock.0009").out


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--present", "stock.0002_typo"], "there is no migration stock.0002_typo"),
        (["--absent", "stock.0002"], "there is no migration stock.0002"),
        (["--present", "sales.0004_later"], "sales.0004_later is not what is missing"),
        (
            ["--present", "stock.0002_weight", "--absent", "stock.0002_weight"],
            "stock.0002_weight cannot be both present and absent",
        ),
    ],
)
def test_a_word_about_what_is_not_asked_is_refused(broken, flags, says):
    text = (broken.folder / "sales/migrations/0003_note.py").read_text().replace("0002_quantity", "0003_note")
    (broken.folder / "sales/migrations/0004_later.py").write_text(text.replace('"note"', '"later"'))

    assert says in broken.refuses("repair_history", *flags).out


def test_a_word_against_what_the_database_shows_is_refused(broken):
    broken.sql("ALTER TABLE stock_item ADD weight integer; CREATE INDEX ON stock_item (weight)")

    refused = broken.refuses("repair_history", "--absent", "stock.0002_weight")

    assert "stock.0002_weight is in the database, whatever --absent says" in refused.out


def test_a_word_about_what_has_been_repaired_meanwhile_is_no_mistake(broken):
    broken.applies("repair_history", "--absent", "stock.0002_weight")
