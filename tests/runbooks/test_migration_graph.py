import json
import os
import re
import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest
from tests.runbooks.conftest import LAB_BIN, ROOT

from _picture import Node, lay_out
from _picture_formats import as_svg

SVG = "{http://www.w3.org/2000/svg}"
LAB_GRAPH = ROOT / "docs/migrations/lab-graph.svg"
NOWHERE = {
    "PATH": f"{LAB_BIN}:/usr/bin:/bin",
    "DATABASE_URL": "postgresql://depot:not-to-be-said@127.0.0.1:1/nowhere",
    "DJANGO_SETTINGS_MODULE": "depot.settings.development",
}


def of_lab(*flags, **environment):
    """Draw the lab, whose database is out of reach."""
    command = [sys.executable, str(ROOT / "runbooks/migration_graph.py"), "--project", str(ROOT / "lab"), *flags]
    done = subprocess.run(command, env=NOWHERE | environment, text=True, capture_output=True, check=False)
    assert "not-to-be-said" not in done.stdout + done.stderr
    return done


def test_the_picture_on_the_site_is_the_graph_there_is():
    drawn = of_lab("--files-only", "--format", "svg")

    command = "migration_graph.py --project lab --files-only --format svg > docs/migrations/lab-graph.svg"
    assert drawn.stdout == LAB_GRAPH.read_text("utf-8"), f"draw it again: {command}\n{drawn.stderr}"


def test_text_tells_what_is_applied_and_what_is_last(shop):
    shop.manage("migrate", "-v", "0", "stock", "0001")

    drawn = shop.run("migration_graph")

    assert drawn.code == 0, drawn.err
    assert "  ✓ 0001_initial\n  ○ 0002_weight  (last)" in drawn.out
    assert "sales\n" in drawn.out
    assert "auth" not in drawn.out


def test_it_changes_nothing(shop):
    before = shop.state()

    for form in ("text", "mermaid", "svg", "json"):
        assert shop.run("migration_graph", "--format", form).code == 0
    assert shop.state() == before


def test_json_has_every_dependency(shop):
    told = json.loads(shop.run("migration_graph", "--json").out)["migrations"]

    named = {f"{each['app']}.{each['name']}": each for each in told}
    assert named["sales.0002_quantity"]["depends_on"] == ["sales.0001_initial"]
    assert [name for name, each in named.items() if each["leaf"]] == ["sales.0003_note", "stock.0002_weight"]
    assert all(each["applied"] for each in told)


def test_mermaid_has_a_line_for_each_migration_and_each_dependency(shop):
    shop.manage("migrate", "-v", "0", "sales", "0002")
    told = json.loads(shop.run("migration_graph", "--json").out)["migrations"]

    lines = shop.run("migration_graph", "--format", "mermaid").out.splitlines()

    assert lines[0] == "flowchart TB"
    names = dict(
        re.match(r' +(m\d+)\["[✓○] (\w+)"\]', line).groups() for line in lines if '["✓' in line or '["○' in line
    )
    arrows = [line.split() for line in lines if "-->" in line]
    assert len(names) == len(told)
    assert len(arrows) == sum(len(each["depends_on"]) for each in told)
    [waiting] = [line.split()[1] for line in lines if line.endswith(" waiting")]
    assert names[waiting] == "0003_note"


@pytest.mark.parametrize("flags", [["--app", "stokc"], ["--app", "stock", "nowhere"]])
def test_a_name_that_is_none_draws_nothing(shop, flags):
    drawn = shop.run("migration_graph", *flags)

    assert (drawn.code, drawn.out) == (1, "")
    assert "there is no app" in drawn.err
    assert "hint: name one of: " in drawn.err


def test_only_named_apps_are_drawn_and_what_is_left_out_is_said(shop):
    drawn = shop.run("migration_graph", "--app", "sales")

    assert drawn.out.startswith("sales\n")
    assert "stock\n" not in drawn.out
    assert re.search(r"dependencies on apps that are not drawn: \d on stock", drawn.err)


def test_a_database_out_of_reach_could_not_be_told_and_is_not_needed_for_the_files():
    asked, files = of_lab(), of_lab("--files-only")

    assert (asked.returncode, asked.stdout) == (2, "")
    assert "hint: if it is the database that does not answer, add --files-only" in asked.stderr
    assert files.returncode == 0
    assert "✓" not in files.stdout


def nodes(*told):
    """Make nodes from texts such as ``a.1 < b.1``; a leaf has an exclamation mark."""
    made = []
    for text in told:
        name, _, parents = text.partition(" < ")
        keys = tuple(tuple(each.split(".")) for each in parents.split())
        app, name = name.rstrip("!").split(".")
        made.append(Node(app, name, keys, text[0] == "a", "!" in text, own=True))
    return made


TANGLED = nodes("a.1", "b.1", "a.2 < a.1 b.1", "a.2x! < a.1 b.1", "b.2! < b.1 a.2", "a.3! < a.2 b.2")


def test_nothing_stands_above_what_it_depends_on_or_on_another():
    picture = lay_out(TANGLED)

    assert all(parent.row < child.row for parent, child in picture.edges())
    places = [(each.lane, each.column, each.row) for each in picture.placed.values()]
    assert len(set(places)) == len(places)
    assert picture.widths == [2, 1]


def test_the_svg_is_whole_and_is_told_in_words_too():
    tree = ET.fromstring(as_svg(lay_out(TANGLED)))

    boxes = [tuple(int(box.get(name)) for name in ("x", "y", "width", "height")) for box in tree.iter(f"{SVG}rect")]
    boxes = [box for box in boxes if box[3] < 40]
    assert len(boxes) == len(TANGLED)
    width, height = (int(tree.get(name)) for name in ("width", "height"))
    assert all(x >= 0 and y >= 0 and x + w <= width and y + h <= height for x, y, w, h in boxes)
    assert not any(
        one != other and one[0] < other[0] + other[2] and other[0] < one[0] + one[2] and abs(one[1] - other[1]) < one[3]
        for one in boxes
        for other in boxes
    )
    ids = {each.get("id"): each.text for each in tree if each.get("id")}
    assert tree.get("role") == "img"
    assert [ids[name] for name in tree.get("aria-labelledby").split()] == [
        "Migration graph of a, b",
        "a: 4 migrations to 2x and 3, applied. b: 2 migrations to 2, not applied: 1, 2.",
    ]
    titles = [each.text for each in tree.iter(f"{SVG}title")]
    assert "a.3, applied, last of its app, after a.2, b.2" in titles
    assert sum(each.get("class", "").startswith("edge") for each in tree.iter(f"{SVG}path")) == 8


def test_nothing_is_told_by_colour_alone():
    text = as_svg(lay_out(TANGLED))

    assert re.findall(r"#[0-9a-f]{3,6}\b|rgb", text) == []
    assert "✓" in text
    assert "○" in text


def test_an_sqlite_project_is_drawn(tmp_path):
    make_sqlite_project(tmp_path)
    command = [sys.executable, str(ROOT / "runbooks/migration_graph.py"), "--project", str(tmp_path)]
    environment = {"PATH": NOWHERE["PATH"], "HOME": os.environ["HOME"]}

    done = subprocess.run(command, env=environment, text=True, capture_output=True, check=True)

    assert "auth\n" in done.stdout
    assert "○ 0001_initial" in done.stdout
    assert "the sqlite database is asked" in done.stderr


def make_sqlite_project(folder):
    (folder / "manage.py").write_text(
        "import os, sys\nfrom django.core.management import execute_from_command_line\n"
        "os.environ['DJANGO_SETTINGS_MODULE'] = 'conf'\n"
        "if __name__ == '__main__':\n    execute_from_command_line(sys.argv)\n"
    )
    (folder / "conf.py").write_text(
        "SECRET_KEY = 'x'\nINSTALLED_APPS = ['django.contrib.contenttypes', 'django.contrib.auth']\n"
        "DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': 'db.sqlite3'}}\n"
    )
