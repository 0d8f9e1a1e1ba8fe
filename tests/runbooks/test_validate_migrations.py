"""Each item and each defect of the script that this runbook replaces has a test by its name."""

import json
import os
import re
import shutil
import sqlite3
import subprocess

import pytest
import yaml
from tests.runbooks.conftest import LAB_BIN, ROOT

from _untouched import changed_parts

NOTE = "sales/migrations/0003_note.py"
WEIGHT = "stock/migrations/0002_weight.py"
HEAD = "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n"
NOWHERE = "postgresql://depot:hush-hush@127.0.0.1:1/elsewhere"
BROKEN = {
    "syntax": ("def (:\n", "SyntaxError", 1),
    "import": ("import os\n\nimport nowhere\n", "ModuleNotFoundError: No module named 'nowhere'", 3),
    "name": ("from django.db import nothing\n", "cannot import name 'nothing'", 1),
    "exit": ("\nraise SystemExit('enough')\n", "SystemExit: enough", 2),
    "class": ("value = 1\n", "has no class Migration", 1),
    "field": (f"{HEAD}    operations = [migrations.AddField('sale', 'x', models.NoField())]\n", "AttributeError", 5),
}


@pytest.fixture
def checked(shop):
    """Give the report of a run as the JSON it prints, with the exit code."""

    def run(*flags, project=shop, **environment):
        done = project.run("validate_migrations", "--json", *flags, **environment)
        assert "Traceback" not in done.out + done.err, done.err
        told = json.loads(done.out)
        told["code"], told["text"] = done.code, done.err
        told["status"] = {each["name"]: each["status"] for each in told["checks"]}
        told["reasons"] = {each["name"]: each["reason"] for each in told["checks"]}
        told["notes"] = {each["name"]: each["notes"] for each in told["checks"]}
        told["places"] = [(each["check"], each["fault"], each["path"], each["line"]) for each in told["findings"]]
        return told

    return run


def write(shop, path, parent, operations="", head=""):
    app = path.partition("/")[0]
    text = f'{head}{HEAD}    dependencies = [("{app}", "{parent}")]\n\n    operations = [{operations}]\n'
    (shop.folder / path).write_text(text)


def git(shop, *words):
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    command = ["git", *identity, *words]
    done = subprocess.run(command, cwd=shop.folder, env=shop.environment, check=True, capture_output=True, text=True)
    return done.stdout


def commit(shop, message="One"):
    git(shop, "add", "--all")
    git(shop, "commit", "--quiet", "--message", message)


@pytest.fixture
def deployed(shop):
    """The project in a repository, at a commit that is tagged as deployed."""
    git(shop, "init", "--quiet", "--initial-branch", "main")
    commit(shop)
    git(shop, "tag", "v1")
    return shop


def test_a_healthy_project_holds(shop):
    before = shop.state()

    done = shop.run("validate_migrations", "--expect-applied", "--skip", "untouched")

    assert done.code == 0, done.out
    assert done.out.endswith("What was checked holds.\n")
    assert shop.state() == before


def test_a_deployed_project_that_was_not_touched_holds_in_all(deployed, checked):
    told = checked("--expect-applied", "--since", "v1", "--rehearse")

    assert (told["code"], told["findings"], set(told["status"].values())) == (0, [], {"passed"})
    assert told["text"].endswith("All checks hold.\n")


def test_every_file_that_does_not_load_is_named_with_its_line(shop, checked):
    for number, (text, _, _) in enumerate(BROKEN.values(), 4):
        (shop.folder / f"sales/migrations/000{number}_broken.py").write_text(text)

    told = checked("--only", "files")

    assert told["code"] == 1
    for number, (found, (_, says, line)) in enumerate(zip(told["findings"], BROKEN.values(), strict=True), 4):
        assert says in found["message"]
        assert (found["fault"], found["path"]) == ("MIG105", f"sales/migrations/000{number}_broken.py")
        assert found["line"] == line


def test_what_can_be_checked_beside_a_broken_file_is_checked(shop, checked):
    (shop.folder / NOTE).write_text("def (:\n")
    write(shop, "stock/migrations/0003_left.py", "0002_weight")
    write(shop, "stock/migrations/0003_right.py", "0002_weight")

    told = checked()

    assert [each[1] for each in told["places"]] == ["MIG105", "MIG102"]
    assert told["status"]["models"] == told["status"]["history"] == told["status"]["parents"] == "could-not-check"
    assert "sales.0003_note cannot be read" in told["reasons"]["models"]


def test_a_broken_init_of_a_migrations_folder_is_named(shop, checked):
    (shop.folder / "sales/migrations/__init__.py").write_text("1 +\n")

    told = checked()

    assert told["places"] == [("files", "MIG105", "sales/migrations/__init__.py", 1)]
    assert "sales.__init__ cannot be read" in told["reasons"]["leaves"]


def test_a_folder_that_django_overlooks_is_named(shop, checked):
    (shop.folder / "sales/migrations/__init__.py").unlink()

    told = checked("--only", "files")

    assert told["places"] == [("files", "MIG105", "sales/migrations/0001_initial.py", 0)]
    assert told["findings"][0]["hint"] == "touch sales/migrations/__init__.py"


def test_every_parent_that_is_missing_is_named(shop, checked):
    parents = [("stock", "0002_wieght"), ("stok", "0001_initial"), ("shelf", "__first__"), ("contenttypes", "0099_no")]
    lines = "".join(f"\n        {parent},".replace("'", '"') for parent in parents)
    shop.edit(NOTE, '[("sales", "0002_quantity")', f'[("sales", "0002_quantity"),{lines}\n    ')

    told = checked()

    assert told["places"] == [("parents", "MIG103", NOTE, line) for line in (8, 9, 10, 11)]
    says = [f"{each['message']}; {each['hint']}" for each in told["findings"]]
    assert "stands on stock.0002_wieght, which no file has; is stock.0002_weight meant?" in says[0]
    assert "but no app stok is installed; put stok into INSTALLED_APPS" in says[1]
    assert "but no app shelf is installed" in says[2]
    assert "which no file has; bring the file back" in says[3]
    assert told["status"]["models"] == "could-not-check"


def test_a_circle_is_told_with_all_that_is_in_it(shop, checked):
    shop.edit("stock/migrations/0001_initial.py", "dependencies = []", 'dependencies = [("sales", "0001_initial")]')

    told = checked()

    assert told["places"] == [("parents", "MIG104", "sales/migrations/0001_initial.py", 6)]
    ring = "a circle: sales.0001_initial stands on stock.0001_initial stands on sales.0001_initial"
    assert told["findings"][0]["message"] == ring


def test_what_wants_to_run_before_nothing_is_named(shop, checked):
    shop.edit(NOTE, "    operations = []", '    run_before = [("stock", "0009_later")]\n    operations = []')

    assert "sales.0003_note wants to run before stock.0009_later" in checked()["findings"][0]["message"]


def test_two_leaf_nodes_are_found_and_the_later_one_is_told_by_git(deployed, checked):
    for branch in ("left", "right"):
        git(deployed, "switch", "--quiet", "--create", branch, "main")
        write(deployed, f"stock/migrations/0003_{branch}.py", "0002_weight")
        commit(deployed, f"Add {branch}")
    write(deployed, "stock/migrations/0004_more.py", "0003_right")
    commit(deployed, "Add more")
    git(deployed, "switch", "--quiet", "main")
    git(deployed, "merge", "--quiet", "--no-edit", "right")
    git(deployed, "merge", "--quiet", "--no-edit", "left")

    told = checked("--only", "leaves")

    assert told["places"] == [("leaves", "MIG102", "stock/migrations/0003_left.py", 5)]
    [found] = told["findings"]
    assert "stock has 2 last migrations: 0004_more, 0003_left; 0003_left is the later one, it came" in found["message"]
    assert "Merge branch 'left'" in found["message"]
    assert (
        "applied nowhere: git mv stock/migrations/0003_left.py stock/migrations/0005_left.py && "
        "let stock.0005_left depend on stock.0004_more" in found["hint"]
    )
    assert re.search(r"merge_leaf_nodes(\.py)? --app stock", found["hint"])


def test_the_renumbering_that_is_told_joins_the_branches(deployed, checked):
    write(deployed, "stock/migrations/0003_left.py", "0002_weight")
    commit(deployed)
    write(deployed, "stock/migrations/0003_right.py", "0002_weight")
    hint = checked("--only", "leaves")["findings"][0]["hint"]
    assert "stock/migrations/0004_right.py && let stock.0004_right depend on stock.0003_left" in hint

    (deployed.folder / "stock/migrations/0003_right.py").unlink()
    write(deployed, "stock/migrations/0004_right.py", "0003_left")

    assert checked("--skip", "untouched")["code"] == 0


def test_without_git_the_later_leaf_is_told_by_its_header(shop, checked):
    write(shop, "stock/migrations/0003_a.py", "0002_weight", head="# Generated by Django 5.2 on 2026-05-02 10:00\n")
    write(shop, "stock/migrations/0003_b.py", "0002_weight", head="# Generated by Django 5.2 on 2026-05-01 10:00\n")

    assert "0003_a is the later one, it was made 2026-05-02 10:00" in checked()["findings"][0]["message"]


def test_a_model_without_its_migration_is_found_at_its_line(shop, checked):
    shop.edit("stock/models.py", "max_length=40", "max_length=80")

    told = checked()

    assert told["places"] == [("models", "MIG106", "stock/models.py", 5)]
    assert told["findings"][0]["message"] == "stock: Alter field name on item is in the models and in no migration"
    assert told["findings"][0]["hint"] == "python manage.py makemigrations stock"


def test_a_model_without_its_migration_is_not_called_unapplied(shop, checked):
    shop.edit("stock/models.py", "max_length=40", "max_length=80")

    told = checked("--expect-applied")

    assert {each["fault"] for each in told["findings"]} == {"MIG106"}
    assert "nplied" not in told["findings"][0]["message"]


def test_a_new_field_that_needs_a_default_is_found_without_asking_anybody(shop, checked):
    with (shop.folder / "stock/models.py").open("a") as models:
        models.write("    price = models.IntegerField()\n    code = models.CharField(max_length=3, unique=True)\n")

    told = checked()

    assert set(told["places"]) == {("models", "MIG208", "stock/models.py", line) for line in (7, 8)}
    assert "nothing says what old rows hold in it" in told["findings"][0]["message"]


def test_a_new_field_that_old_rows_can_do_without_is_the_usual_drift(shop, checked):
    with (shop.folder / "stock/models.py").open("a") as models:
        models.write("    price = models.IntegerField(null=True)\n    code = models.TextField(blank=True)\n")

    assert {each["fault"] for each in checked()["findings"]} == {"MIG106"}


def test_a_renamed_field_is_found_without_asking_anybody(shop, checked):
    shop.edit("stock/models.py", "weight =", "mass =")

    assert {each["fault"] for each in checked()["findings"]} == {"MIG106"}


def test_the_language_of_the_project_makes_no_difference(shop, checked):
    shop.edit("stock/models.py", "import models", "import models\nfrom django.utils.translation import gettext_lazy")
    shop.edit("stock/models.py", "max_length=40", 'verbose_name=gettext_lazy("yes"), max_length=40')
    shop.edit("stock/migrations/0001_initial.py", "max_length=40", 'verbose_name="yes", max_length=40')
    with (shop.folder / "shop/settings.py").open("a") as settings:
        settings.write("LANGUAGE_CODE = 'de'\n")

    assert "No changes" in shop.manage("makemigrations", "--check", "--dry-run").out
    assert checked()["findings"] == []


def test_a_package_that_differs_is_told_once_and_not_to_be_migrated(shop, checked):
    package = shop.folder / "lib/site-packages"
    (package / "pricing").parent.mkdir(parents=True)
    shutil.move(shop.folder / "stock", package / "stock")
    shop.edit("manage.py", "import os\n", "import os\nimport sys\n\nsys.path.append('lib/site-packages')\n")
    shop.edit("lib/site-packages/stock/models.py", "max_length=40", "max_length=80")
    shop.edit("lib/site-packages/stock/models.py", "null=True", "null=False")

    told = checked()

    assert told["places"] == [("models", "MIG118", "lib/site-packages/stock/models.py", 5)]
    assert "Alter field name on item and 1 more" in told["findings"][0]["message"]
    assert "make no migration in a package" in told["findings"][0]["hint"]


def test_a_migration_that_does_not_fit_the_ones_before_it_is_named(shop, checked):
    write(shop, "stock/migrations/0003_colour.py", "0002_weight", 'migrations.RemoveField("item", "colour")')

    told = checked()

    assert told["places"] == [("models", "MIG109", "stock/migrations/0003_colour.py", 0)]
    assert "stock.0003_colour does not fit what stands before it" in told["findings"][0]["message"]


def test_an_app_with_models_and_no_migrations_is_a_warning(shop, checked):
    shutil.rmtree(shop.folder / "sales/migrations")

    told = checked("--only", "models")

    assert told["code"] == 0
    assert "sales has models and no migrations" in told["findings"][0]["message"]


def test_the_history_of_the_target_database_is_checked(shop, checked):
    shop.sql("DELETE FROM django_migrations WHERE name = '0002_quantity'")

    told = checked()

    assert told["places"] == [("history", "MIG101", NOTE, 7)]
    assert told["findings"][0]["message"] == "sales.0003_note is applied, its dependency sales.0002_quantity is not"
    assert re.search(r"repair_history(\.py)? --app sales", told["findings"][0]["hint"])


def test_a_record_without_a_file_is_a_warning(shop, checked):
    shop.sql("INSERT INTO django_migrations (app, name, applied) VALUES ('stock', '0003_gone', now())")
    shop.sql("INSERT INTO django_migrations (app, name, applied) VALUES ('app_of_old', '0001_initial', now())")

    told = checked()

    assert (told["code"], [each["severity"] for each in told["findings"]]) == (0, ["warning"])
    assert "stock.0003_gone is applied, and there is no such file" in told["findings"][0]["message"]


@pytest.fixture
def squashed(shop):
    """The project with its two migrations of the stock squashed into one; their files are still there."""
    create = (shop.folder / "stock/migrations/0001_initial.py").read_text()
    replaces = 'replaces = [("stock", "0001_initial"), ("stock", "0002_weight")]'
    weight = 'migrations.AddField("item", "weight", models.IntegerField(null=True, db_index=True)),'
    text = create.replace("initial = True", replaces).replace(
        "        ),\n    ]", f"        ),\n        {weight}\n    ]"
    )
    (shop.folder / "stock/migrations/0001_squashed.py").write_text(text)
    return shop


def test_a_squash_whose_parts_are_applied_is_no_false_alarm(squashed, checked):
    told = checked("--expect-applied")

    assert (told["findings"], told["code"]) == ([], 0)


def test_a_squash_that_is_half_applied_and_whose_parts_are_gone_is_found(squashed, checked):
    squashed.sql("DELETE FROM django_migrations WHERE name = '0002_weight'")
    for name in ("0001_initial", "0002_weight"):
        (squashed.folder / f"stock/migrations/{name}.py").unlink()

    told = checked()

    assert [each[:2] for each in told["places"]] == [("history", "MIG116")]
    assert "Django tried to replace migration stock.0001_initial" in told["findings"][0]["message"]
    assert told["status"]["pending"] == "could-not-check"


def test_records_that_may_not_be_read_are_could_not_check(squashed, checked):
    squashed.sql("REVOKE ALL ON django_migrations FROM depot")

    told = checked()

    assert (told["code"], told["findings"], told["status"]["history"]) == (2, [], "could-not-check")
    assert "permission denied for table django_migrations" in told["reasons"]["database"]


def test_the_database_being_down_is_could_not_check_not_passed(shop, checked):
    told = checked(DATABASE_URL=NOWHERE, PGHOST="127.0.0.1", SHOP_DATABASE="elsewhere", PGPORT="1")

    assert told["code"] == 2
    assert told["status"]["models"] == "passed"
    assert {told["status"][each] for each in ("database", "history", "pending")} == {"could-not-check"}
    assert "Connection refused" in told["reasons"]["database"]
    assert "hush-hush" not in told["text"] + json.dumps(told)


def test_two_databases_that_are_meant_are_not_mixed_up(shop, checked):
    told = checked(DATABASE_URL="postgresql://depot@127.0.0.1:1/other")

    assert told["code"] == 2
    assert "DATABASE_URL means database other" in told["reasons"]["database"]


def test_a_pending_migration_called_add_missing_index_is_no_finding(shop, checked):
    write(shop, "stock/migrations/0003_add_missing_index.py", "0002_weight")
    write(shop, "stock/migrations/0004_inconsistent.py", "0003_add_missing_index")

    told = checked()

    assert (told["code"], told["findings"], told["status"]["history"]) == (0, [], "passed")
    assert told["notes"]["pending"] == [
        "2 to apply",
        "would apply stock.0003_add_missing_index",
        "would apply stock.0004_inconsistent",
    ]


def test_a_pending_migration_that_cannot_be_taken_back_is_a_warning_at_its_line(shop, checked):
    noop = "migrations.RunPython(migrations.RunPython.noop"
    write(shop, "stock/migrations/0003_fill.py", "0002_weight", f"\n        {noop}),\n    ")
    write(shop, "stock/migrations/0004_both.py", "0003_fill", f"{noop}, migrations.RunPython.noop)")

    told = checked()

    assert (told["code"], told["places"]) == (0, [("pending", "MIG113", "stock/migrations/0003_fill.py", 8)])
    accept = "        # proofbook: accepts MIG113 because what was filled is not known\n"
    shop.edit("stock/migrations/0003_fill.py", "\n        migrations", f"\n{accept}        migrations")
    assert checked()["findings"] == []


def test_a_pending_migration_is_a_finding_where_all_is_expected_to_be_applied(shop, checked):
    write(shop, "stock/migrations/0003_later.py", "0002_weight")

    told = checked("--expect-applied")

    assert told["places"] == [("pending", "MIG107", "stock/migrations/0003_later.py", 0)]


def test_every_deployed_migration_that_was_touched_is_found(deployed, checked):
    first, quantity, weight = "sales/migrations/0001_initial.py", "sales/migrations/0002_quantity.py", WEIGHT
    deployed.edit(first, '("stock", "0001_initial")', '("stock", "0002_weight")')
    (deployed.folder / quantity).unlink()
    git(deployed, "mv", NOTE, NOTE.replace("note", "memo"))
    (deployed.folder / weight).write_text("def (:")

    told = checked("--only", "untouched", "--since", "v1")

    assert (told["code"], {each["fault"] for each in told["findings"]}) == (1, {"MIG112"})
    assert {each["hint"]: each["message"] for each in told["findings"]} == {
        f"git restore --source=v1 -- {first}": "0001_initial.py is not as in v1: dependencies changed",
        f"git restore --source=v1 -- {quantity}": "0002_quantity.py of v1 is deleted",
        f"git restore --source=v1 -- {NOTE}": "0003_note.py of v1 has another name now",
        f"git restore --source=v1 -- {weight}": "0002_weight.py is not as in v1: the file changed",
    }


def test_the_line_of_an_edit_is_told(deployed, checked):
    deployed.edit(WEIGHT, "null=True", "null=False")
    commit(deployed, "Edit")

    assert checked("--only", "untouched", "--since", "v1")["places"][0][2:] == (WEIGHT, 9)


def test_layout_and_comments_of_a_deployed_migration_may_change(deployed, checked):
    deployed.edit(NOTE, "    operations = []", "    # nothing\n    operations = [\n    ]")

    told = checked("--only", "untouched", "--since", "v1")

    assert told["code"] == 0
    assert told["notes"]["untouched"] == [f"{NOTE} differs from v1 in nothing that Django reads"]


def test_what_a_deployed_squash_replaces_may_be_deleted(deployed, checked):
    write(deployed, "sales/migrations/0002_squashed.py", "0001_initial")
    deployed.edit(
        "sales/migrations/0002_squashed.py",
        "    operations",
        '    replaces = [("sales", "0002_quantity"), ("sales", "0003_note")]\n    operations',
    )
    commit(deployed)
    git(deployed, "tag", "v2")
    (deployed.folder / NOTE).unlink()

    assert checked("--only", "untouched", "--since", "v2")["code"] == 0
    assert checked("--only", "untouched", "--since", "v1")["code"] == 1


def test_a_branch_older_than_what_is_deployed_is_told_so(deployed, checked):
    git(deployed, "switch", "--quiet", "--create", "release")
    write(deployed, "stock/migrations/0003_hot.py", "0002_weight")
    commit(deployed, "Hot")
    git(deployed, "switch", "--quiet", "main")

    told = checked("--only", "untouched", "--since", "release")

    assert told["findings"][0]["hint"] == "this branch does not stand on release: merge it first"


def test_new_migrations_and_other_files_may_come(deployed, checked):
    write(deployed, "stock/migrations/0003_new.py", "0002_weight")
    deployed.edit("stock/models.py", "max_length=40", "max_length=80")
    commit(deployed)

    assert checked("--only", "untouched", "--since", "v1")["code"] == 0


def test_migrations_in_a_folder_of_another_name_are_watched(deployed, checked):
    git(deployed, "mv", "stock/migrations", "stock/history")
    with (deployed.folder / "shop/settings.py").open("a") as settings:
        settings.write('MIGRATION_MODULES = {"stock": "stock.history"}\n')
    commit(deployed)
    git(deployed, "tag", "v2")
    deployed.edit("stock/history/0002_weight.py", "null=True", "null=False")

    told = checked("--since", "v2", "--skip", "models")

    assert [each[2] for each in told["places"]] == ["stock/history/0002_weight.py"]


@pytest.mark.parametrize("revision", ["v9", "--all", ""])
def test_a_revision_that_nobody_knows_is_not_taken_for_untouched(deployed, checked, revision):
    told = checked("--only", "untouched", f"--since={revision}")

    expected = ("could-not-check", 2) if revision else ("skipped", 0)
    assert (told["status"]["untouched"], told["code"]) == expected


def test_without_a_repository_untouched_cannot_be_checked(shop, checked):
    told = checked("--since", "v1", GIT_CEILING_DIRECTORIES=str(shop.folder.parent))

    assert (told["code"], told["status"]["untouched"]) == (2, "could-not-check")
    assert "not a git repository" in told["reasons"]["untouched"]


def test_a_project_that_does_not_start_is_still_compared_with_what_is_deployed(deployed, checked):
    (deployed.folder / "shop/settings.py").write_text("import nowhere\n")
    (deployed.folder / NOTE).unlink()

    told = checked("--since", "v1")

    assert (told["code"], told["status"]["project"], told["status"]["untouched"]) == (1, "could-not-check", "failed")


def test_a_setting_that_is_missing_is_named_and_nothing_passes(shop, checked):
    del shop.environment["SHOP_DATABASE"]

    told = checked()

    assert told["code"] == 2
    assert "SHOP_DATABASE is not set (shop/settings.py:10)" in told["reasons"]["project"]
    assert "passed" not in told["status"].values()


def test_skipped_is_never_passed(shop):
    done = shop.run("validate_migrations")

    assert "skipped: it is not said what is deployed" in done.out
    assert "Not checked: untouched, " in done.out
    assert done.out.endswith("What was checked holds.\n")


def test_neither_psql_nor_the_variable_ci_matters(shop, checked):
    assert checked(PATH=f"{LAB_BIN}:/usr/bin:/bin", CI="")["status"] == checked(CI="true")["status"]


def test_it_runs_from_any_folder(shop, checked, tmp_path):
    (shop.folder / NOTE).write_text("def (:\n")
    elsewhere = shop.folder.parent
    command = shop.command("validate_migrations", "--project", str(shop.folder))

    done = subprocess.run(
        command, cwd=elsewhere, env=shop.environment, text=True, capture_output=True, check=False, timeout=60
    )

    assert done.returncode == 1
    assert f"project/{NOTE}:1: error MIG105" in done.stdout


def test_a_path_with_spaces_is_a_path(shop, checked):
    shop.folder = shop.folder.rename(shop.folder.with_name("my shop (2)"))
    git(shop, "init", "--quiet", "--initial-branch", "main")
    commit(shop)
    shop.edit(NOTE, "0002_quantity", "0001_initial")

    told = checked("--since", "HEAD")

    assert [each[0] for each in told["places"]] == ["leaves", "untouched"]


def test_a_path_with_spaces_can_be_typed_as_it_is_told(shop, checked):
    folder = shop.folder / "my stock"
    shutil.move(shop.folder / "stock", folder)
    shop.edit("manage.py", "import os\n", "import os\nimport sys\n\nsys.path.append('my stock')\n")
    (folder / "stock").mkdir()
    for each in ("__init__.py", "models.py", "migrations"):
        shutil.move(folder / each, folder / "stock" / each)
    git(shop, "init", "--quiet", "--initial-branch", "main")
    commit(shop)
    edited = folder / "stock/migrations/0002_weight.py"
    before = edited.read_text()
    edited.write_text(before.replace("null=True", "null=False"))

    hint = checked("--since", "HEAD", "--only", "untouched")["findings"][0]["hint"]

    subprocess.run(hint, shell=True, cwd=shop.folder, env=shop.environment, check=True)
    assert edited.read_text() == before


def test_nothing_is_written_anywhere(deployed):
    deployed.run("validate_migrations", "--since", "v1")
    before = sorted(map(str, deployed.folder.parent.rglob("*")))
    changed = deployed.folder / ".git/index"
    index = changed.read_bytes()
    os.utime(deployed.folder / NOTE, (0, 0))  # git would like to note that it is as it was

    deployed.run("validate_migrations", "--since", "v1")

    assert sorted(map(str, deployed.folder.parent.rglob("*"))) == before
    assert changed.read_bytes() == index


def test_an_app_in_a_nested_package_is_read(shop, checked):
    nested = shop.folder / "tenant_apps/pricing"
    shutil.copytree(shop.folder / "stock", nested, ignore=shutil.ignore_patterns("__pycache__"))
    (nested.parent / "__init__.py").touch()
    shop.edit("shop/settings.py", '"sales"]', '"sales", "tenant_apps.pricing"]')
    for file in nested.rglob("0*.py"):
        file.write_text(file.read_text().replace('"stock"', '"pricing"'))
    (nested / "migrations/0003_bad.py").write_text("def (:\n")

    assert checked()["places"] == [("files", "MIG105", "tenant_apps/pricing/migrations/0003_bad.py", 1)]


def test_an_sqlite_database_is_asked_and_never_made(shop, checked):
    text = "{'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': 'shop.sqlite3'}}"
    with (shop.folder / "shop/settings.py").open("a") as settings:
        settings.write(f"DATABASES = {text}\n")
    shop.environment["DATABASE_URL"] = "sqlite:///shop.sqlite3"

    absent = checked()
    assert (absent["code"], (shop.folder / "shop.sqlite3").exists()) == (2, False)
    assert "there is no file" in absent["reasons"]["database"]

    shop.manage("migrate", "--verbosity", "0")
    assert checked("--expect-applied")["code"] == 0
    with sqlite3.connect(shop.folder / "shop.sqlite3") as database:
        database.execute("DELETE FROM django_migrations WHERE name = '0002_quantity'")
    assert [each[1] for each in checked()["places"]] == ["MIG101"]


def test_another_database_of_the_project_can_be_meant(shop, checked):
    with (shop.folder / "shop/settings.py").open("a") as settings:
        settings.write("DATABASES['archive'] = {'ENGINE': 'django.db.backends.sqlite3', 'NAME': 'archive.sqlite3'}\n")
        settings.write("DATABASES['copy'] = {**DATABASES['default'], 'NAME': 'no_such_copy'}\n")

    assert checked()["status"]["database"] == "passed"
    assert "archive.sqlite3" in checked("--database", "archive")["reasons"]["database"]
    assert 'database "no_such_copy" does not exist' in checked("--database", "copy")["reasons"]["database"]
    assert "doesn't exist" in checked("--database", "attic")["reasons"]["project"]


def test_github_is_told_the_path_from_its_workspace(shop):
    shop.edit("stock/models.py", "max_length=40", "max_length=80")

    done = shop.run("validate_migrations", "--format", "github", GITHUB_WORKSPACE=str(shop.folder.parent))

    assert done.out.startswith("::error file=project/stock/models.py,line=5,title=validate_migrations%3A models MIG106")


def test_sarif_tells_the_same_findings(shop):
    shop.edit("stock/models.py", "max_length=40", "max_length=80")

    done = shop.run("validate_migrations", "--format", "sarif")

    [result] = json.loads(done.out)["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 5}
    assert result["properties"] == {"fault": "MIG106"}


def test_only_one_check_can_be_made(shop, checked):
    (shop.folder / NOTE).write_text("def (:\n")

    told = checked("--only", "database")

    assert (told["code"], told["status"]["files"], told["status"]["database"]) == (0, "skipped", "passed")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("a = [1]", "a=[1]  # one", []),
        ("a = [1]", "a = [2]", ["a"]),
        ("a = 1\n    b = 1", "a = 1", ["b"]),
        ('"""Old."""', '"""New."""', []),
        ("replaces = [1]\n    a = 1", "a = 1", []),
        ("a = 1", "replaces = [1]\n    a = 1", ["replaces"]),
        ("replaces = [1]", "replaces = [2]", ["replaces"]),
        ("def f(self): pass", "def f(self): return 1", ["the class"]),
        ("a = 1", "a = (", ["the file"]),
    ],
)
def test_what_counts_as_touched(before, after, expected):
    top = "from django import x\n\n\nclass Migration(x):\n    "

    assert changed_parts(top + before, top + after) == expected


def test_code_beside_the_class_counts_as_touched():
    assert changed_parts("def fill(): return 1\n", "def fill(): return 2\n") == ["code"]


def test_the_workflow_checks_the_lab_and_nothing_hides_its_status():
    workflow = yaml.safe_load((ROOT / ".github/workflows/doc-test.yml").read_text())

    steps = [each for each in workflow["jobs"]["doc-test"]["steps"] if "validate_migrations" in each.get("run", "")]

    whole, untouched = steps
    assert whole == {"name": whole["name"], "run": 'scripts/lab "python runbooks/validate_migrations.py --rehearse"'}
    assert untouched.keys() == {"name", "env", "run"}
    assert untouched["run"].split()[-4:] == ["--only", "untouched", "--since", '"$SINCE"']
