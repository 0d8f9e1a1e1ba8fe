import json
import re

import pytest

from _squash import find_ranges

HEAD = "from django.db import migrations, models\n\n\n"
PLAIN = {
    "file": "m.py", "applied": True, "replaced_by": "", "replaces": 0, "run_before": [], "run_before_line": 0,
    "operations": [], "atomic": True, "atomic_line": 0, "dependencies_line": 3, "swappable": [],
}  # fmt: skip


AS_A_WHOLE = (
    "sales as a whole: 6 migrations, 5 operations; squashmigrations would leave 2, "
    "and 1 if no code and SQL of your own had to be kept"
)


def write(shop, app, name, parents, operations="", *, more=""):
    """Write a migration by hand."""
    (shop.folder / app / "migrations" / f"{name}.py").write_text(
        f"{HEAD}def nothing(apps, schema_editor):\n    pass\n\n\nclass Migration(migrations.Migration):\n"
        f"    dependencies = {parents!r}\n{more}    operations = [\n        {operations}\n    ]\n"
    )


def grow(shop, *operations, app="sales", first=4, parent="0003_note", more=""):
    """Add one migration after the other to an app."""
    names = []
    for number, operation in enumerate(operations, first):
        names.append(f"000{number}_made")
        write(shop, app, names[-1], [(app, parent)], operation, more=more)
        parent = names[-1]
    return names


def look(shop, *flags):
    before = shop.state()
    done = shop.run("suggest_squash", *flags, "--json")
    assert shop.state() == before
    told = json.loads(done.out)
    return done.code, [each for each in told["findings"] if each["check"] != "graph"], told


def messages(findings, check):
    return [each["message"] for each in findings if each["check"] == check]


def test_what_it_measures_is_what_squashmigrations_makes(shop):
    code, found, _ = look(shop)

    assert code == 0
    assert messages(found, "ranges") == [
        "sales 0001_initial to 0003_note can be one: 3 migrations, 2 operations become 1",
        "stock 0001_initial to 0002_weight can be one: 2 migrations, 2 operations become 1",
    ]
    assert messages(found, "barriers") == []
    for each in found:
        made = shop.manage(*each["hint"].split()[2:], "--noinput").out
        measured = re.search(r"(\d+) operations become (\d+)", each["message"])
        assert f"Optimized from {measured[1]} operations to {measured[2]} operations." in made
    shop.manage("migrate", "--check")
    shop.manage("makemigrations", "--check")


def test_code_that_must_be_kept_ends_a_range_and_is_named_with_its_line(shop):
    grow(
        shop, "migrations.RunPython(nothing, nothing)", 'migrations.AddField("sale", "a", models.TextField(null=True)),'
    )
    grow(shop, 'migrations.RemoveField("sale", "a"),', first=6, parent="0005_made")
    shop.manage("migrate", "-v", "0")

    _, found, _ = look(shop, "--app", "sales")

    assert messages(found, "ranges") == [
        "sales 0001_initial to 0003_note can be one: 3 migrations, 2 operations become 1",
        "sales 0005_made to 0006_made can be one: 2 migrations, 2 operations become 0",
        AS_A_WHOLE,
    ]
    [barrier] = [each for each in found if each["check"] == "barriers"]
    assert (barrier["path"], barrier["line"]) == ("sales/migrations/0004_made.py", 11)
    assert barrier["message"] == "sales.0004_made: RunPython is not elidable: it must be kept, and carried over"


def test_an_elidable_one_is_in_nobodys_way(shop):
    grow(shop, "migrations.RunPython(nothing, nothing, elidable=True)")
    shop.manage("migrate", "-v", "0")

    _, found, _ = look(shop, "--app", "sales")

    assert messages(found, "barriers") == []
    assert messages(found, "ranges") == [
        "sales 0001_initial to 0004_made can be one: 4 migrations, 3 operations become 1"
    ]


@pytest.mark.parametrize(
    ("operation", "more", "says"),
    [
        ('migrations.RunSQL("SELECT 1", "")', "", "RunSQL is not elidable"),
        (
            'migrations.SeparateDatabaseAndState(database_operations=[migrations.RunSQL("SELECT 1", "")])',
            "",
            "SeparateDatabaseAndState is not elidable",
        ),
        ("", '    run_before = [("stock", "0002_weight")]\n', "run_before stock.0002_weight"),
        ("", "    atomic = False\n", "atomic = False, which squashmigrations drops"),
    ],
)
def test_what_a_squash_would_lose_stands_in_the_way(shop, operation, more, says):
    if "stock" in more:
        shop.edit("sales/migrations/0003_note.py", 'dependencies = [("sales", "0002_quantity")]', "dependencies = []")
        (shop.folder / "sales/migrations/0003_note.py").unlink()
        (shop.folder / "sales/migrations/0001_initial.py").write_text(
            HEAD + "class Migration(migrations.Migration):\n    initial = True\n    dependencies = []\n"
            '    operations = [migrations.CreateModel("Note", [("id", models.AutoField(primary_key=True))])]\n'
        )
        write(shop, "sales", "0002_quantity", [("sales", "0001_initial")], operation, more=more)
    else:
        grow(shop, operation, more=more)

    _, found, _ = look(shop, "--files-only", "--app", "sales")

    assert any(says in each for each in messages(found, "barriers")), found


def test_an_index_made_concurrently_stands_in_the_way(shop):
    name = grow(
        shop, 'AddIndexConcurrently("sale", models.Index(fields=["quantity"], name="q")),', more="    atomic = False\n"
    )[0]
    shop.edit(
        f"sales/migrations/{name}.py",
        HEAD,
        f"from django.contrib.postgres.operations import AddIndexConcurrently\n{HEAD}",
    )

    _, found, _ = look(shop, "--files-only", "--app", "sales")

    assert messages(found, "barriers") == [
        "sales.0004_made: AddIndexConcurrently cannot run in the transaction that a squash is"
    ]


def test_what_is_not_applied_here_is_not_suggested(shop):
    shop.manage("migrate", "-v", "0", "sales", "0002")

    _, found, _ = look(shop, "--app", "sales")

    assert messages(found, "ranges")[0].startswith("sales 0001_initial to 0002_quantity can be one")
    assert messages(found, "barriers") == ["sales.0003_note: it is not applied on this database"]


def test_a_dependency_that_goes_out_and_comes_back_ends_a_range(shop):
    write(shop, "stock", "0003_made", [("stock", "0002_weight"), ("sales", "0001_initial")])
    (shop.folder / "sales/migrations/0001_initial.py").write_text(
        (shop.folder / "sales/migrations/0001_initial.py").read_text()
    )

    _, found, _ = look(shop, "--files-only", "--app", "stock")

    [barrier] = [each for each in found if each["check"] == "barriers"]
    assert (barrier["path"], barrier["line"]) == ("stock/migrations/0003_made.py", 9)
    assert "it depends on sales.0001_initial which depends on stock.000" in barrier["message"]
    assert "one squash of both would wait for itself" in barrier["message"]


def fact(name, **more):
    app, _, rest = name.partition(".")
    return PLAIN | {"app": app, "name": rest} | more


@pytest.mark.parametrize("more", [[], ["a.3"], ["a.3", "a.4"]])
def test_two_squashes_that_would_wait_for_each_other_are_not_both_suggested(more):
    graph = {"a.1": set(), "a.2": {"a.1", "b.1"}, "b.1": set(), "b.2": {"b.1", "a.1"}, "a.3": {"a.2"}, "a.4": {"a.3"}}
    facts = {name: fact(name, applied=name != "a.3") for name in graph}

    first, _ = find_ranges([facts[name] for name in ["a.1", "a.2", *more]], graph, facts, [5, 2])
    second, barriers = find_ranges([facts["b.1"], facts["b.2"]], graph, facts, [5, 2])

    assert [each.names for each in first] == [["a.1", "a.2"]]
    assert second == []
    assert "it depends on a.1 which depends on b.1" in barriers[0].fact


@pytest.mark.parametrize(("django", "found"), [([5, 2], 1), ([6, 0], 0)])
def test_a_squash_can_be_squashed_again_since_django_6(django, found):
    graph = {"a.1": set(), "a.2": {"a.1"}}
    facts = [fact("a.1", replaces=3), fact("a.2")]

    _, barriers = find_ranges(facts, graph, {}, django)

    assert [each.fact for each in barriers] == ["it is a squash itself"] * found


def test_a_squash_that_is_applied_by_half_is_a_fault(shop):
    grow(shop, 'migrations.AddField("sale", "a", models.TextField(null=True)),')
    write(
        shop,
        "sales",
        "0002_squashed",
        [("sales", "0001_initial")],
        "",
        more='    replaces = [("sales", "0002_quantity"), ("sales", "0003_note"), ("sales", "0004_made")]\n',
    )

    code, found, told = look(shop, "--app", "sales")

    assert code == 1
    [half] = [each for each in found if each["check"] == "squashes"]
    assert (half["fault"], half["path"]) == ("MIG116", "sales/migrations/0002_squashed.py")
    assert half["message"] == "sales.0002_squashed replaces 3 migrations, of which 2 are applied here"
    assert any("sales.0002_squashed replaces it" in each for each in messages(told["findings"], "barriers"))


def test_a_squash_that_is_done_can_be_cleared_away(shop):
    shop.manage("squashmigrations", "sales", "0002", "0003", "--noinput", "-v", "0")
    shop.manage("migrate", "-v", "0")

    code, found, _ = look(shop, "--app", "sales")

    assert code == 0
    assert "is applied here, and the 2 migrations it replaces are still there" in messages(found, "squashes")[0]


def test_two_last_migrations_are_a_fault(shop):
    write(shop, "sales", "0003_other", [("sales", "0002_quantity")])

    code, _, told = look(shop)

    assert code == 1
    assert [each["fault"] for each in told["findings"] if each["severity"] == "error"] == ["MIG102"]


def test_a_name_that_is_none_is_not_taken_for_a_project_with_nothing_to_squash(shop):
    done = shop.run("suggest_squash", "--app", "sale")

    assert done.code == 2
    assert "there is no app sale with migrations" in done.out


def test_a_database_out_of_reach_could_not_be_asked(shop):
    done = shop.run("suggest_squash", PGHOST="/nowhere")

    assert done.code == 2
    assert "add --files-only" in done.out
