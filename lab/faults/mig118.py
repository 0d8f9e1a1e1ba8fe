"""An installed package leaves the type of its keys to a setting, which is another one here than at its author's."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

SITE = "site/lib/python3/site-packages"
APPS = """\
from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "ledger"
"""
MODELS = """\
from django.db import models


class Entry(models.Model):
    text = models.CharField(max_length=80)
    booked_at = models.DateTimeField(auto_now_add=True)
"""
MIGRATION = """\
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.CharField(max_length=80)),
                ("booked_at", models.DateTimeField(auto_now_add=True)),
            ],
        )
    ]
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Install the package beside the project, as its author released it, and put it to use."""
    package = {"__init__.py": "", "apps.py": APPS, "models.py": MODELS}
    for name, text in {**package, "migrations/__init__.py": "", "migrations/0001_initial.py": MIGRATION}.items():
        sandbox.files.write(f"{SITE}/ledger/{name}", text)
    # its label is not its name at the registry
    about = f"{SITE}/ledger_books-1.4.dist-info"
    sandbox.files.write(f"{about}/METADATA", "Metadata-Version: 2.1\nName: ledger-books\nVersion: 1.4\n")
    sandbox.files.write(f"{about}/RECORD", "ledger/__init__.py,,\n")
    sandbox.files.write(".gitignore", sandbox.files.read(".gitignore") + "site/\n")
    settings = "depot/settings/base.py"
    sandbox.files.edit(settings, '    "depot",\n', '    "ledger",\n    "depot",\n')
    sandbox.files.edit(settings, "import os\n", "import os\nimport site\n")
    # as PYTHONPATH would, with which no preloaded interpreter can be used
    sandbox.files.edit(settings, "\nINSTALLED_APPS", f'site.addsitedir(BASE_DIR / "{SITE}")\n\nINSTALLED_APPS')
    sandbox.run("git add --all && git commit -qm 'Keep a ledger' && python manage.py migrate")
    sandbox.sql(
        "INSERT INTO ledger_entry (text, booked_at) SELECT 'order ' || id, now() FROM orders_purchaseorder LIMIT 6"
    )
    yield
