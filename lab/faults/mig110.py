"""The same model was made on two branches, each with a migration of its own, and a merge migration joined them."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

CERTIFICATE = """

class Certificate(TenantOwned):
    supplier = models.ForeignKey(Supplier, models.CASCADE, related_name="certificates")
    name = models.CharField(max_length=80)

    tenant_path = "supplier__tenant"
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Make the model on two branches, merge them and their migrations, where one of the two is applied already."""
    add_on_a_branch(sandbox, "certificates", "certificate")
    add_on_a_branch(sandbox, "audit", "supplier_certificates")
    sandbox.run("git merge -q --no-edit certificates && python manage.py migrate")
    sandbox.sql(
        "INSERT INTO suppliers_certificate (supplier_id, name) SELECT id, 'organic' FROM suppliers_supplier LIMIT 7"
    )
    sandbox.run("git merge -q --no-edit audit")
    sandbox.run("python manage.py makemigrations suppliers --merge --noinput --name merge_certificates")
    sandbox.run("git add --all && git commit -qm 'Merge the migrations of two branches'")
    yield


def add_on_a_branch(sandbox: Sandbox, branch: str, name: str) -> None:
    """Add the model on a branch of its own, with its migration."""
    sandbox.run(f"git switch -qc {branch} main")
    sandbox.files.write("suppliers/models.py", sandbox.files.read("suppliers/models.py") + CERTIFICATE)
    sandbox.run(f"python manage.py makemigrations suppliers --name {name}")
    sandbox.run(f"git add --all && git commit -qm 'Keep certificates ({branch})' && git switch -q main")
