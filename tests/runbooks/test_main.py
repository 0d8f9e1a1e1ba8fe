import subprocess
import sys
import zipapp

import pytest
from tests.runbooks.conftest import ROOT


@pytest.fixture
def archive(tmp_path):
    zipapp.create_archive(ROOT / "runbooks", tmp_path / "runbooks.pyz", filter=lambda path: path.suffix == ".py")
    return tmp_path / "runbooks.pyz"


def test_all_runbooks_fit_into_one_file(shop, archive):
    command = [sys.executable, str(archive), "backup_database", "--into", "backups", "--record", "records"]

    done = subprocess.run(command, cwd=shop.folder, env=shop.environment, text=True, capture_output=True, check=False)

    assert done.returncode == 1
    assert f"database {shop.database}" in done.stdout
    assert "backup_database: Back up a database" in done.stdout
    assert (shop.folder / "records/backup_database.jsonl").exists()


def test_an_undo_names_the_archive_it_came_from(shop, archive):
    command = [sys.executable, str(archive), "backfill_nulls", "--table", "stock_item", "--column", "weight"]

    done = subprocess.run(
        [*command, "--value", "1"], cwd=shop.folder, env=shop.environment, text=True, capture_output=True, check=False
    )

    assert f"undo: python {archive} backfill_nulls --table stock_item" in done.stdout


@pytest.mark.parametrize("words", [[], ["no_such"], ["_step"]])
def test_a_name_that_is_none_lists_those_that_are(archive, words):
    done = subprocess.run([sys.executable, str(archive), *words], text=True, capture_output=True, check=False)

    assert (done.returncode, "repair_history, restore_database" in done.stderr) == (2, True)
