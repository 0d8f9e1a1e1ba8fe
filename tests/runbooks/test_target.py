import pytest

CALL = ("repair_history",)


def test_the_project_is_asked_when_there_is_no_url(shop):
    del shop.environment["DATABASE_URL"]

    done = shop.run(*CALL)

    assert (done.code, f"database {shop.database} as depot" in done.out) == (0, True), done.out


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"SHOP_DATABASE": "postgres"}, "the project's settings mean database postgres"),
        ({"SHOP_USER": "postgres"}, "as postgres"),
        (
            {"DATABASE_URL": "postgresql://depot@elsewhere/shop"},
            "DATABASE_URL means database shop as depot on elsewhere",
        ),
    ],
)
@pytest.mark.parametrize("runbook", ["repair_history", "unblock_migration"])
def test_url_and_settings_that_differ_are_refused(shop, runbook, change, says):
    done = shop.run(runbook, "--apply", **change)

    assert (done.code, says in done.out) == (1, True), done.out


def test_a_broken_project_does_not_hinder_what_needs_only_the_server(shop):
    (shop.folder / "shop/settings.py").write_text("import nowhere")

    needs_server = shop.run("backup_database", "--into", "backups", "--apply")
    needs_project = shop.run("repair_history", "--apply")

    assert (needs_server.code, "could not be asked: ModuleNotFoundError" in needs_server.out) == (0, True)
    assert (needs_project.code, "No module named 'nowhere'" in needs_project.out) == (2, True)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("sqlite:///db.sqlite3", "DATABASE_URL is not the address of a PostgreSQL database"),
        ("postgresql://depot:very-secret@127.0.0.1:1/shop", "Connection refused"),
        ("postgresql://depot@/no_such_database?host={host}", 'database "no_such_database" does not exist'),
    ],
)
def test_a_database_that_cannot_be_reached_could_not_be_told(shop, url, says):
    done = shop.run("unblock_migration", "--project", "..", DATABASE_URL=url.format(host=shop.server.folder))

    assert (done.code, says in done.out) == (2, True), done.out
    assert "very-secret" not in done.out + done.err


def test_neither_url_nor_project_could_not_be_told(shop):
    del shop.environment["DATABASE_URL"]

    done = shop.run("unblock_migration", "--project", "..")

    assert (done.code, "no DATABASE_URL, and there is no manage.py in .." in done.out) == (2, True)


@pytest.mark.parametrize("runbook", ["repair_history", "merge_leaf_nodes"])
def test_a_slip_in_the_name_of_an_app_is_not_health(shop, runbook):
    done = shop.run(runbook, "--app", "salse")

    assert (done.code, "there is no app salse with migrations" in done.out) == (1, True)
