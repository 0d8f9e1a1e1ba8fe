"""The runbooks on a project with another driver than the lab's, or the newest Django, in an environment of its own."""

import re
import shutil
import subprocess
import sys

import pytest
from tests.runbooks.conftest import ROOT
from tests.runbooks.judged import ON_DATABASE, judge
from tests.runbooks.test_deploy import add_migration, alone, applied, comparable, current, rows
from tests.runbooks.test_repair_history import FAULT, TOO_EARLY
from tests.runbooks.test_roll_back_release import BACK

pytestmark = pytest.mark.slow
# the oldest Python that each runs on, and what it must and must not have
DRIVERS = {
    "psycopg2": ((3, 11), "import psycopg2, django; assert django.VERSION[:2] == (5, 2)", "import psycopg"),
    "django6": ((3, 12), "import psycopg, django; assert django.VERSION[0] == 6", "import psycopg2"),
}


def python_for(oldest):
    """Find an interpreter that is new enough."""
    names = [sys.executable, *(f"python3.{minor}" for minor in (12, 13, 14))]
    for python in filter(None, map(shutil.which, names)):
        code = f"import sys, venv; sys.exit(sys.version_info < {oldest})"
        if not subprocess.run([python, "-c", code], capture_output=True, check=False).returncode:
            return python
    return pytest.skip(f"no Python {'.'.join(map(str, oldest))} or newer is on this machine")


@pytest.fixture(scope="module", params=DRIVERS)
def driver(request):
    """Give the programs of an environment with that driver; made once, from what is locked."""
    sys.path.append(str(ROOT / "scripts"))
    import set_up  # noqa: PLC0415  # it lies beside, not in a package

    oldest, has, lacks = DRIVERS[request.param]
    place = ROOT / f".venv-driver-{request.param}"
    # what cannot be installed is an error: nobody would see that it is not tried any more
    set_up.make(place, request.param, [f"driver-{request.param}.txt"], python_for(oldest))
    for code, wanted in ((has, 0), (lacks, 1)):
        done = subprocess.run([place / "bin" / "python", "-c", code], capture_output=True, text=True, check=False)
        assert done.returncode == wanted, done.stderr
    return place / "bin"


@pytest.fixture
def template(without_weight):
    return without_weight


@pytest.fixture
def shop(shop, driver):
    shop.environment["PATH"] = f"{driver}:{shop.server.tools}:/usr/bin:/bin"
    (shop.folder / "current").write_text("v1\n")
    return shop


def test_every_check_of_migrations_is_made_and_holds(shop):
    told = judge(shop, "--rehearse", only=("models", "history", *ON_DATABASE))

    assert told.code == 0, told.text
    assert {each["status"] for each in told.told["checks"] if each["name"] != "untouched"} <= {"passed", "skipped"}
    assert set(told.status.values()) == {"passed"}


def test_what_stops_a_migration_is_known_by_its_fault(shop):
    """The code of an error is asked of the driver, and each has its own name for it."""
    add_migration(shop, "migrations.RunSQL('ALTER TABLE stock_item ALTER weight SET NOT NULL', '')")

    told = judge(shop, only=("rehearsal",))

    assert told.found == {("rehearsal", "MIG207")}, told.text


def test_a_release_is_deployed_and_taken_back(shop):
    before = comparable(rows(shop))

    done = shop.run(*alone(), "--apply")
    assert (current(shop), applied(shop)) == ("v2", True), done.out
    back = shop.run(*BACK, "--before", "v2", "--apply")

    assert (current(shop), comparable(rows(shop))) == ("v1", before), back.out


def test_a_history_is_repaired(shop):
    shop.edit("sales/migrations/0002_quantity.py", TOO_EARLY, TOO_EARLY.replace("[", '[("stock", "0002_weight"), '))
    python = shutil.which("python", path=shop.environment["PATH"])
    plan = [python, "manage.py", "migrate", "--plan"]
    assert FAULT in shop.called(plan).err

    shop.applies("repair_history", "--app", "sales")

    assert shop.called(plan).code == 0


def test_a_database_that_cannot_be_reached_is_told_by_its_fault_without_the_password(shop):
    shop.edit("shop/settings.py", 'os.environ["SHOP_DATABASE"]', '"no_such_database"')

    done = shop.run("validate_migrations", "--only", "database", DATABASE_URL="", SHOP_PASSWORD="s3cret-of-it")

    assert (done.code, "hint: DBC106: " in done.out) == (2, True), done.out
    assert "s3cret-of-it" not in done.out + done.err


@pytest.mark.parametrize("name", DRIVERS)
def test_what_is_installed_is_held_by_hashes_and_names_no_index(name):
    text = (ROOT / "requirements" / f"driver-{name}.txt").read_text("utf-8")

    packages = re.findall(r"^\S+==", text, re.MULTILINE)
    assert len(packages) > 3
    assert len(re.findall(r"^\S+==.*\\\n    --hash=sha256:", text, re.MULTILINE)) == len(packages)
    assert "://" not in text
