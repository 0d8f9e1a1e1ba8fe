"""Two deployments migrate at the same time, and the first is ended in the middle of a file without a transaction."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

MODEL = """

class Shipment(TenantOwned):
    order = models.ForeignKey(PurchaseOrder, models.CASCADE, related_name="shipments")
    arrived_on = models.DateField()

    tenant_path = "order__tenant"
"""
WAITS = """
select pid from pg_stat_activity
 where datname = current_database() and query like 'ALTER TABLE%%' and cardinality(pg_blocking_pids(pid)) > 0
"""
PATIENCE = 30


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Let the first make the table and wait for an import, start the second, and end the session that hangs."""
    release_shipments(sandbox)
    imports = sandbox.connect()
    imports.execute("UPDATE orders_purchaseorder SET note = note WHERE id = 1")
    first = sandbox.start(["python", "manage.py", "migrate", "--verbosity", "0"])
    waiting = one_that_waits(sandbox)
    sandbox.run("python manage.py migrate", check=False)
    sandbox.sql("select pg_terminate_backend(%s)", waiting)
    first.wait(PATIENCE)
    imports.rollback()
    imports.close()
    yield


def release_shipments(sandbox: Sandbox) -> None:
    """Add a model; its migration has the line that somebody copied from one that builds an index."""
    sandbox.files.write("orders/models.py", sandbox.files.read("orders/models.py") + MODEL)
    sandbox.run("python manage.py makemigrations orders --name shipment")
    migration = "orders/migrations/0015_shipment.py"
    sandbox.files.edit(migration, "(migrations.Migration):\n", "(migrations.Migration):\n    atomic = False\n")
    sandbox.run("git add --all && git commit -qm 'Note when orders arrive'")


def one_that_waits(sandbox: Sandbox) -> int:
    end = time.monotonic() + PATIENCE
    while not (rows := sandbox.sql(WAITS)):
        if time.monotonic() > end:
            raise TimeoutError("the first migrate does not wait for the import")
        time.sleep(0.02)
    return int(rows[0][0])
