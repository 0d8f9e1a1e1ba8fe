"""An app's first migration was written anew, and --fake-initial took the old table for the new one."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

MODELS = """\
from django.db import models


class Claim(models.Model):
    order = models.ForeignKey("orders.PurchaseOrder", models.CASCADE)
    reason = models.CharField(max_length=40)
"""
DEPLOY = """\
set -e
python manage.py migrate --fake-initial --noinput
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Deploy a first draft, use it, start its migrations over, and deploy with --fake-initial."""
    sandbox.files.write("claims/__init__.py", "")
    sandbox.files.write("claims/models.py", MODELS)
    sandbox.files.edit("depot/settings/base.py", '    "orders",\n]', '    "orders",\n    "claims",\n]')
    sandbox.files.write("deploy.sh", DEPLOY)
    sandbox.run("python manage.py makemigrations claims && bash deploy.sh")
    sandbox.sql("INSERT INTO claims_claim (order_id, reason) SELECT id, 'short' FROM orders_purchaseorder LIMIT 5")
    amount = "    amount = models.DecimalField(max_digits=10, decimal_places=2, default=0)\n"
    sandbox.files.write("claims/models.py", MODELS + amount)
    sandbox.run("rm -r claims/migrations && python manage.py makemigrations claims")
    sandbox.run("git add --all && git commit -qm 'Claims, with their amount'")
    sandbox.sql("DELETE FROM django_migrations WHERE app = 'claims'")
    sandbox.run("bash deploy.sh")
    yield
