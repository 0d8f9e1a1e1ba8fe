import shutil

import pytest
from tests.runbooks.conftest import ROOT

from _draft import draft_lines
from _env_reads import find_reads


@pytest.fixture
def reads(tmp_path):
    def read(text, **files):
        for name, content in {"settings": text, **files}.items():
            (tmp_path / f"{name}.py").write_text(content)
        return find_reads(tmp_path)

    return read


@pytest.mark.parametrize(
    ("text", "required", "default"),
    [
        ("import os\nos.environ['A']", True, None),
        ("import os as system\nsystem.environ['A']", True, None),
        ("from os import environ\nenviron['A']", True, None),
        ("from os import environ as e\ne.get('A', 'x')", False, "x"),
        ("import os\nos.environ.get('A')", False, None),
        ("import os\nos.getenv('A', 5)", False, "5"),
        ("from os import getenv\ngetenv('A')", False, None),
        ("import os\nos.environ.pop('A')", True, None),
        ("import os\nos.environ.setdefault('A', 'x')", False, "x"),
        ("import os\n'A' in os.environ", False, None),
        ("import os\nenv = os.environ\nenv['A']", True, None),
        ("import os\nenv = os.environ.copy()\nenv.get('A')", False, None),
        ("import environ\nenv = environ.Env()\nenv('A')", True, None),
        ("import environ\nenv = environ.Env()\nenv.bool('A', default=False)", False, "False"),
        ("import environ\nenv = environ.Env()\nenv.list('A', str, ['x'])", False, None),
        ("from environ import Env\nenv = Env()\nenv.str('A')", True, None),
        ("import environ\nenv = environ.Env(A=(bool, False))", False, ""),
        ("from environs import Env\nenv = Env()\nenv.int('A', 3)", False, "3"),
        ("from environs import env\nenv.url('A')", True, None),
        ("from decouple import config\nconfig('A')", True, None),
        ("from decouple import config as c\nc('A', default='x', cast=bool)", False, "x"),
        ("from decouple import AutoConfig\nconfig = AutoConfig('/srv')\nconfig('A')", True, None),
        ("import dj_database_url\ndj_database_url.config(env='A')", False, None),
        ("import os\nNAME = 'A'\nos.environ[NAME]", True, None),
        ("import os\nfor name in ('A',):\n    os.environ[name]", True, None),
        ("import os\nNAMES = ['A']\n[os.environ[name] for name in NAMES]", True, None),
    ],
)
def test_a_form_in_which_projects_read_a_variable_is_known(reads, text, required, default):
    (read,) = reads(text)

    assert (read.name, read.required, read.default) == ("A", required, default)
    assert read.path == "settings.py"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("import dj_database_url\ndj_database_url.config(default='sqlite://')", "DATABASE_URL"),
        ("from dj_database_url import config\nconfig()", "DATABASE_URL"),
        ("import environ\nenv = environ.Env()\nenv.db()", "DATABASE_URL"),
        ("import environ\nenv = environ.Env()\nenv.cache()", "CACHE_URL"),
    ],
)
def test_a_reader_that_is_told_no_name_has_one(reads, text, name):
    assert [read.name for read in reads(text)] == [name]


@pytest.mark.parametrize(
    "text",
    [
        "os.environ['A']",
        "import os\nos.environ['A'] = '1'",
        "import os\nos.environ.update(A='1')",
        "import os\ndel os.environ['A']",
        "env = dict()\nenv['A']",
        "config('A')",
        "import os\n# os.environ['A']\n'''os.environ['A']'''",
        "this is no python",
    ],
)
def test_what_reads_nothing_is_not_listed(reads, text):
    assert reads(text) == []


def test_a_computed_name_is_not_passed_over_in_silence(reads):
    (read,) = reads("import os\nWHERE = 'DEV'\nos.environ[f'{WHERE}_PASSWORD']")

    assert (read.name, read.line) == ("", 3)


HELPERS = """
import os

def is_set(name):
    return bool(os.environ.get(name, "").strip())

def require(*names):
    missing = [each for each in names if not is_set(each)]
    if missing:
        raise RuntimeError(missing)
    return {each: os.environ[each] for each in names}

def words(name, default=""):
    return os.environ.get(name, default).split(",")
"""


def test_functions_of_the_projects_own_that_hand_a_name_on_are_followed(reads):
    found = reads(
        "from helpers import require, words\nimport helpers\nrequire('A', 'B')\nhelpers.words(name='C')",
        helpers=HELPERS,
    )

    assert [(read.name, read.required) for read in found] == [("A", True), ("B", True), ("C", False)]


def test_tests_migrations_and_environments_are_left_out(tmp_path):
    for folder in ("tests", "migrations", ".hidden", "node_modules", "venv"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.py").write_text("import os\nos.environ['A']")
    (tmp_path / "venv/pyvenv.cfg").write_text("")
    (tmp_path / "test_a.py").write_text("import os\nos.environ['A']")

    assert find_reads(tmp_path) == []


def test_a_copy_of_the_runbooks_is_no_code_of_the_project(tmp_path):
    """Whichever copy is run: one in another folder, or the one that lies in the project."""
    shutil.copytree(ROOT / "runbooks", tmp_path / "ops" / "runbooks")
    (tmp_path / "ops" / "own.py").write_text("import os\nos.environ['A']")

    assert [read.name for read in find_reads(tmp_path)] == ["A"]


def test_all_that_the_lab_reads_is_found():
    names = {read.name for read in find_reads(ROOT / "lab", leave_out=(ROOT / "lab/faults",))}

    assert names == {
        *("DJANGO_SETTINGS_MODULE", "SECRET_KEY", "SECRET_KEY_FALLBACKS", "DATABASE_URL", "ALLOWED_HOSTS", "LOG_LEVEL"),
        *("CORS_ALLOWED_ORIGINS", "CSRF_TRUSTED_ORIGINS", "BEHIND_TLS_PROXY", "STATIC_ROOT"),
    }


def test_a_draft_guesses_types_by_name_and_by_the_way_they_are_read(reads):
    found = reads(
        "import environ, os\nenv = environ.Env()\nenv.int('WORKERS_PER_CORE')\nenv.bool('SHINY')\n"
        "os.getenv('SECRET_KEY')\nos.getenv('MAIL_PORT')\nos.getenv('REDIS_URL')\nenv.db('MAIN')\n"
        "os.getenv('NAME', 'True')"
    )
    text = "\n".join(draft_lines(found))

    for name, kind in {
        "WORKERS_PER_CORE": "integer",
        "SHINY": "flag",
        "SECRET_KEY": "secret-key",
        "MAIL_PORT": "integer",
        "REDIS_URL": "url",
        "MAIN": "database-url",
        "NAME": "flag",
    }.items():
        assert f'[variables.{name}]\ntype = "{kind}"\n' in text
