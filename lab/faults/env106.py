"""The engine has a default, and a pipeline that knows no such secret sets the variable to nothing."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

IN_ONE = 'DATABASES = {"default": read_database_url(environment["DATABASE_URL"])}\n'
ENGINE = """\
DATABASES["default"]["ENGINE"] = (
    os.environ.get("DB_ENGINE", "django.db.backends.postgresql")
)
"""
KNOWN = """\
[variables.DB_ENGINE]
about = "another engine than usual; PostgreSQL unless said"
type = "choice"
choices = ["django.db.backends.postgresql", "django.contrib.gis.db.backends.postgis"]

"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Let the engine be chosen, and deploy the line that the pipeline's template makes of a secret nobody has."""
    path = "depot/settings/production.py"
    sandbox.files.edit(path, "from depot.database_url", "import os\n\nfrom depot.database_url")
    sandbox.files.edit(path, IN_ONE, f"{IN_ONE}{ENGINE}")
    sandbox.files.edit("environment.toml", "[variables.LOG_LEVEL]\n", f"{KNOWN}[variables.LOG_LEVEL]\n")
    sandbox.files.write("prod.env", sandbox.files.read("prod.env") + "DB_ENGINE=\n")
    sandbox.run("git commit --quiet --all --message 'Let the engine be chosen'")
    yield
