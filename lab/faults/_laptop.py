"""Settings of a machine that has no PostgreSQL."""

from proofbook.lab.sandbox import Sandbox

SETTINGS = '''\
"""A machine without PostgreSQL: the tables of our own apps are made from the models."""

from .development import *

DATABASES = {{
    "default": {{
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": {file},
    }}
}}
MIGRATION_MODULES = dict.fromkeys(["tenants", "suppliers", "products", "orders"])
'''


def use_sqlite(sandbox: Sandbox, file: str) -> None:
    """Write the settings, with the file as Python says it, and make the database in a folder of its own."""
    sandbox.files.write("depot/settings/laptop.py", SETTINGS.format(file=file))
    sandbox.environment["DJANGO_SETTINGS_MODULE"] = "depot.settings.laptop"
    sandbox.run("mkdir data && python manage.py migrate --run-syncdb --verbosity 0")
