import shutil

import pytest
from tests.runbooks.conftest import LAB_BIN, ROOT

from _address import parse_url
from _django_probe import open_project
from _effect import judge, touched_again
from _history import ancestors, read_nodes
from _postgres import connect


@pytest.fixture
def depot(shop, monkeypatch):
    """The lab with every migration applied: a history of data migrations, constraints in two steps, renames."""
    shutil.rmtree(shop.folder)
    shutil.copytree(ROOT / "lab", shop.folder, ignore=shutil.ignore_patterns("faults", "__pycache__"))
    shop.sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    shop.environment["DJANGO_SETTINGS_MODULE"] = "depot.settings.development"
    shop.manage("migrate", "--verbosity", "0")
    for name, value in shop.environment.items():
        monkeypatch.setenv(name, value)
    return shop


@pytest.mark.slow
def test_nothing_that_was_run_is_taken_to_be_missing_unless_a_later_one_touched_it(depot):
    url = parse_url(depot.environment["DATABASE_URL"])
    with open_project(str(depot.folder), str(LAB_BIN / "python"), "default") as project, connect(url, "test") as sql:
        nodes = read_nodes(project)
        operations = {name: project.ask("operations", migration=name) for name in nodes}
        before = depot.server.dump(depot.database)
        verdicts = {name: judge(sql, {name: operations[name]}, strict=False)[name] for name in nodes}

    states = {name: {verdict.state for verdict in each} - {"none", "traceless"} for name, each in verdicts.items()}
    missing = [name for name, found in states.items() if found == {"absent"}]
    again = [
        name
        for name in missing
        if not any(
            touched_again(operations[name], operations[each])
            for each in nodes
            if name in ancestors(nodes, each) - {each}
        )
    ]
    assert again == []
    assert "products.0007_tenant_present_not_valid" in missing
    assert sum(found == {"present"} for found in states.values()) > 30
    assert depot.server.dump(depot.database) == before
