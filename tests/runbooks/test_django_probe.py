import pytest
from tests.runbooks.conftest import LAB_BIN

from _django_probe import FIRST, open_project, source
from _step import CouldNotTell, Failed

PYTHON = str(LAB_BIN / "python")
TEXT = source(*FIRST)


@pytest.fixture
def asked(shop, monkeypatch):
    """The project's environment is this one's, as it is for a runbook."""
    for name, value in shop.environment.items():
        monkeypatch.setenv(name, value)
    return shop


def probe(shop):
    return open_project(str(shop.folder), PYTHON, "default")


def test_the_settings_are_those_that_manage_py_chooses(asked):
    with probe(asked) as project:
        settings = project.ask("settings")

    assert (settings["vendor"], settings["NAME"]) == ("postgresql", asked.database)


def test_the_history_is_told_even_if_it_is_inconsistent(asked):
    asked.sql("DELETE FROM django_migrations WHERE name = '0002_quantity'")

    with probe(asked) as project:
        nodes = {node["name"]: node for node in project.ask("history")["nodes"]}

    assert nodes["sales.0003_note"]["applied"]
    assert not nodes["sales.0002_quantity"]["applied"]
    assert nodes["sales.0002_quantity"]["parents"] == ["sales.0001_initial"]


def test_operations_come_with_their_sql_and_run_nothing(asked):
    before = asked.state()

    with probe(asked) as project:
        [operation] = project.ask("operations", migration="stock.0002_weight")

    assert operation["kind"] == "AddField"
    assert operation["sql"][0] == 'ALTER TABLE "stock_item" ADD COLUMN "weight" integer NULL;'
    assert asked.state() == before


def test_what_the_project_raises_is_told_and_the_next_question_answered(asked):
    with probe(asked) as project:
        with pytest.raises(Failed, match="NodeNotFoundError"):
            project.ask("operations", migration="stock.nowhere")

        assert project.ask("settings")["NAME"] == asked.database


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("import nowhere", "No module named 'nowhere'"),
        ("raise SystemExit('set the key')", "set the key"),
        ("(", "Syntax"),
    ],
)
def test_a_project_that_does_not_start_says_why(asked, text, says):
    (asked.folder / "shop/settings.py").write_text(text)

    with probe(asked) as project, pytest.raises(Failed, match=says):
        project.ask("settings")


def test_a_project_that_ends_the_interpreter_could_not_be_told(asked):
    (asked.folder / "shop/settings.py").write_text("import os\nprint('bye', flush=True)\nos._exit(3)")

    with probe(asked) as project, pytest.raises(CouldNotTell, match="the project's Python ended: bye"):
        project.ask("settings")


@pytest.mark.parametrize("python", ["/nowhere/python", "no-such-python"])
def test_an_interpreter_that_is_not_there_could_not_be_told(asked, python):
    with pytest.raises(CouldNotTell, match="cannot start"), open_project(str(asked.folder), python, "default"):
        pass


def test_two_do_not_change_the_history_at_once(asked):
    with probe(asked) as project, asked.connect() as connection:
        connection.execute("SELECT pg_advisory_lock(7201001)")

        with pytest.raises(Failed, match="another run is changing the history"):
            project.ask("record", migration="stock.0002_weight", applied=False)


def test_more_questions_can_be_taught(asked, monkeypatch):
    text = "def app_count(alias):\n    return [alias, len(load(alias).graph.nodes)]\nQUESTIONS = [app_count]\n"
    monkeypatch.setattr("_django_probe.source", lambda *files: text if "_inside_count.py" in files else TEXT)

    with probe(asked) as project:
        project.teach("_inside_count.py")

        assert project.ask("app_count")[0] == "default"


@pytest.mark.parametrize(("given", "seen"), [("", "10"), ("3", "3")])
def test_a_server_that_never_answers_is_not_waited_for(asked, monkeypatch, given, seen):
    monkeypatch.delenv("PGCONNECT_TIMEOUT", raising=False)
    if given:
        monkeypatch.setenv("PGCONNECT_TIMEOUT", given)
    (asked.folder / "shop/settings.py").write_text("import os\nraise RuntimeError(os.environ['PGCONNECT_TIMEOUT'])")

    with probe(asked) as project, pytest.raises(Failed, match=f"RuntimeError: {seen} "):
        project.ask("settings")


def test_the_place_where_a_project_does_not_start_is_told(asked, monkeypatch):
    monkeypatch.delenv("SHOP_DATABASE")

    with (
        probe(asked) as project,
        pytest.raises(Failed, match=r"variable SHOP_DATABASE is not set \(shop/settings.py:10"),
    ):
        project.ask("settings")


def test_what_a_migration_replaces_is_known_though_its_file_is_gone(asked):
    old = asked.folder / "stock/migrations/0002_weight.py"
    new = old.with_name("0002_weighed.py")
    new.write_text(
        old.read_text().replace("    operations", '    replaces = [("stock", "0002_weight")]\n    operations')
    )
    old.unlink()
    asked.sql("INSERT INTO django_migrations (app, name, applied) VALUES ('stock', '0009_lost', now())")

    with probe(asked) as project:
        assert project.ask("history")["unknown"] == [["stock", "0009_lost"]]


@pytest.mark.parametrize("applied", [True, False])
def test_what_somebody_else_has_recorded_meanwhile_is_not_recorded_twice(asked, applied):
    rows = "SELECT count(*) FROM django_migrations WHERE app = 'stock' AND name = '0002_weight'"
    with probe(asked) as project:
        project.ask("record", migration="stock.0002_weight", applied=applied)
        project.ask("record", migration="stock.0002_weight", applied=applied)

    assert asked.sql(rows) == str(int(applied))


def test_a_project_that_leaves_a_thread_at_work_does_not_keep_a_runbook(shop):
    with (shop.folder / "shop/settings.py").open("a") as settings:
        settings.write("import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()\n")

    assert shop.run("validate_migrations").code == 0
