"""The projects that the benchmark measures are healthy, or it would measure something else."""

import subprocess

import pytest
from scripts.benchmarks.generated import PER_APP, write_project
from tests.runbooks.conftest import LAB_BIN


@pytest.mark.parametrize("migrations", [PER_APP, 4 * PER_APP])
def test_a_generated_project_has_its_migrations_and_nothing_is_missing(tmp_path, migrations):
    write_project(tmp_path / "project", migrations)

    command = [str(LAB_BIN / "python"), "manage.py", "makemigrations", "--check", "--dry-run"]
    done = subprocess.run(command, cwd=tmp_path / "project", text=True, capture_output=True, check=False)

    assert (done.returncode, done.stdout) == (0, "No changes detected\n")
    assert len(list((tmp_path / "project").glob("*/migrations/0*.py"))) == migrations
