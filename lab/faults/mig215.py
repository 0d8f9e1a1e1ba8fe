"""A migration needs a lock on a table that somebody's forgotten transaction holds."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

MIGRATION = """\
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("suppliers", "0015_tenant_name_index")]

    operations = [migrations.AddField("supplier", "website", models.URLField(blank=True, db_default=""))]
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Release a column for a table, while a session that only read the table has not ended its transaction."""
    sandbox.files.edit(
        "suppliers/models.py",
        '    country = models.CharField(max_length=2, blank=True, default="", db_default="")\n',
        '    country = models.CharField(max_length=2, blank=True, default="", db_default="")\n'
        '    website = models.URLField(blank=True, db_default="")\n',
    )
    sandbox.files.write("suppliers/migrations/0016_website.py", MIGRATION)
    forgotten = sandbox.connect()
    forgotten.execute("set application_name to 'monthly report'")
    forgotten.execute("select count(*) from suppliers_supplier")
    time.sleep(1)  # so long that it is no longer taken for a transaction at work
    yield
