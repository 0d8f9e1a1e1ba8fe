import json
import time

import pytest
from tests.runbooks.test_deploy import (
    FILL,
    SWITCH,
    add_migration,
    alone,
    asides,
    column,
    comparable,
    current,
    journal,
    rows,
    waits,
)

pytestmark = pytest.mark.slow
BACK = ("roll_back_release", "--into", "backups", *SWITCH[2:])


@pytest.fixture
def template(without_weight):
    return without_weight


@pytest.fixture
def deployed(shop):
    """A shop in which v2 is in use, and what was there before."""
    (shop.folder / "current").write_text("v1\n")
    before = comparable(rows(shop))
    done = shop.run(*alone(), "--apply")
    assert done.code == 0, done.out
    return shop, before


def test_it_goes_back_by_reversing_and_keeps_what_was_written_since(deployed):
    shop, _ = deployed
    shop.sql("INSERT INTO stock_item (name, weight) VALUES ('since', 5)")

    plan = shop.plans(*BACK, "--before", "v2")
    done = shop.applies(*BACK, "--before", "v2")

    assert "public.stock_item.weight: the column, 1 values" in plan.out
    assert current(shop) == "v1", done.out
    assert shop.sql("SELECT count(*) FROM stock_item WHERE name = 'since'") == "1"
    assert "written meanwhile, and kept: public.stock_item has 51 rows, 50 in the backup" in done.out
    assert asides(shop) == []


def test_what_was_not_written_since_is_as_before(deployed):
    shop, before = deployed

    assert "Look what would be lost\n     nothing\n" in shop.run(*BACK, "--before", "v2").out
    assert shop.run(*BACK, "--before", "v2", "--apply").code == 0

    assert comparable(rows(shop)) == before


def test_a_restore_says_before_what_it_would_lose_and_keeps_it(deployed):
    shop, before = deployed
    shop.sql("INSERT INTO stock_item (name) VALUES ('since')")
    shop.sql("UPDATE sales_sale SET quantity = 0 WHERE id < 4; DELETE FROM sales_sale WHERE id = 9")

    plan = shop.plans(*BACK, "--before", "v2", "--way", "restore")
    done = shop.applies(*BACK, "--before", "v2", "--way", "restore")

    for line in ("public.stock_item: 1 new", "public.sales_sale: 3 changed, 1 deleted"):
        assert line in plan.out
        assert done.out.index(line) < done.out.index("GOING BACK")
    assert comparable(rows(shop)) == before
    [aside] = asides(shop)
    assert shop.server.sql("SELECT count(*) FROM stock_item WHERE name = 'since'", aside) == "1"
    assert not [name for name in shop.server.databases() if name.startswith("proofbook_")]


def test_it_goes_back_over_several_releases_to_a_recorded_one(deployed):
    shop, _ = deployed
    after_v2 = comparable(rows(shop))
    add_migration(shop, f"migrations.RunSQL({FILL!r}, '')")
    for release in ("v3", "v4"):
        assert shop.run(*alone(release), "--apply").code == 0

    plan = shop.plans(*BACK, "--to", "v2")
    done = shop.applies(*BACK, "--to", "v2")

    assert [release for release in ("v4", "v3", "v2") if f"takes back {release}" in plan.out] == ["v4", "v3"]
    assert (current(shop), comparable(rows(shop))) == ("v2", after_v2), done.out


def write_event(shop, **event):
    with (shop.folder / "backups" / f"{shop.database}.releases.jsonl").open("a") as lines:
        lines.write(json.dumps({"at": "2026-01-01T00:00:00+00:00", **event}) + "\n")


def test_a_deployment_killed_in_its_backup_and_finished_is_one_deployment(deployed, tmp_path):
    shop, _ = deployed
    after_v2 = comparable(rows(shop))
    add_migration(shop, column("note"))
    hanging = tmp_path / "hanging"
    hanging.mkdir()
    (hanging / "pg_dump").write_text(f"#!/bin/sh\n{waits(tmp_path)}\n")
    (hanging / "pg_dump").chmod(0o755)
    path = f"{hanging}:{shop.environment['PATH']}"
    with shop.start(shop.command(*alone("v3"), "--apply"), PATH=path) as running:
        end = time.monotonic() + 300
        while not (tmp_path / "begun").exists():
            assert time.monotonic() < end
        running.kill()
        (tmp_path / "go").touch()
    assert journal(shop)[-1]["event"] == "began"

    again = shop.run(*alone("v3"), "--apply")
    done = shop.applies(*BACK, "--to", "v2")

    assert (again.code, [each["event"] for each in journal(shop)].count("began")) == (0, 2), again.out
    assert "taken back: stock.0003_more" in done.out
    assert (current(shop), comparable(rows(shop))) == ("v2", after_v2), done.out


def test_where_no_backup_is_named_it_does_not_say_that_it_went_back(deployed):
    """A journal in which a deployment killed in its backup stands beside the one that was finished."""
    shop, _ = deployed
    write_event(shop, event="began", release="v3", previous="v2", before=[], columns={}, labels={})
    write_event(shop, event="began", release="v3", previous="v2", before=[], columns={}, labels={})
    for event in ("migrates", "deployed"):
        write_event(shop, event=event)

    done = shop.refuses(*BACK, "--to", "v2")

    assert "names no backup of what was before" in done.out
    assert "GOING BACK" not in done.out


def test_past_a_deployment_that_gave_up_no_interruption_is_left(deployed):
    shop, _ = deployed
    write_event(shop, event="began", release="v3", previous="v2", before=[], columns={}, labels={})
    write_event(shop, event="gave up", why="the rehearsal failed")

    done = shop.run(*BACK, "--before", "v2", "--way", "restore", "--apply")
    next_one = shop.run(*alone("v4"))

    assert (done.code, current(shop)) == (0, "v1"), done.out
    assert "was interrupted" not in next_one.out, next_one.out
    assert (next_one.code, "release v4" in next_one.out) == (1, True), next_one.out


def test_killed_on_the_way_back_past_several_all_of_them_go_back_without_being_named(deployed):
    shop, before = deployed
    add_migration(shop, column("note"))
    assert shop.run(*alone("v3"), "--apply").code == 0
    write_event(shop, event="began", release="v4", previous="v3", before=[], columns={}, labels={})
    write_event(shop, event="gave up", why="the rehearsal failed")
    stuck = waits(shop.folder)
    with shop.start(
        shop.command("roll_back_release", "--into", "backups", "--switch-back", stuck, "--before", "v2", "--apply")
    ) as running:
        end = time.monotonic() + 300
        while not (shop.folder / "begun").exists():
            assert time.monotonic() < end
        running.kill()
        (shop.folder / "go").touch()

    other = shop.run(*alone("v5"), "--wait-lock", "120", "--apply")
    done = shop.run(*BACK, "--apply")

    assert (other.code, "go back with roll_back_release" in other.out) == (1, True), other.out
    assert (done.code, current(shop), comparable(rows(shop)) == before) == (0, "v1", True), done.out


def test_a_release_nobody_knows_is_refused_with_those_that_are(deployed):
    shop, _ = deployed

    for flags in (["--to", "v9"], []):
        done = shop.refuses(*BACK, *flags)
        assert "name one with --to or --before: v2" in done.out


def test_the_newer_release_has_to_be_there_to_be_reversed(deployed):
    shop, _ = deployed
    (shop.folder / "stock" / "migrations" / "0002_weight.py").unlink()

    done = shop.refuses(*BACK, "--before", "v2")

    assert "this project has no file for stock.0002_weight" in done.out


def test_without_a_command_for_the_code_it_does_not_begin(deployed):
    shop, _ = deployed

    assert shop.run("roll_back_release", "--into", "backups", "--before", "v2", "--apply").code == 2


def test_where_nothing_was_deployed_there_is_nothing_to_do(shop):
    done = shop.run("roll_back_release", "--into", "backups", "--apply")

    assert (done.code, "nothing to do" in done.out) == (0, True), done.out


def test_rows_of_new_models_that_django_writes_go_too(shop):
    """Django writes a content type for each model it meets, and leaves it when the model goes."""
    number = "models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')"
    model = f"migrations.CreateModel('Shelf', [('id', {number})])"
    add_migration(shop, model)
    path = shop.folder / "stock" / "migrations" / "0003_more.py"
    path.write_text(path.read_text().replace("import migrations", "import migrations, models"))
    with (shop.folder / "stock" / "models.py").open("a") as models:
        models.write("\n\nclass Shelf(models.Model):\n    pass\n")
    (shop.folder / "current").write_text("v1\n")
    before = comparable(rows(shop))

    done = shop.run(*alone(), "--apply")
    assert (done.code, "on a failure: reverse" in done.out) == (0, True), done.out
    assert shop.sql("SELECT count(*) FROM django_content_type WHERE model = 'shelf'") == "1"
    assert shop.run(*BACK, "--before", "v2", "--apply").code == 0

    assert comparable(rows(shop)) == before
