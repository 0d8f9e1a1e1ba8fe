"""Two branches each put their migration behind the other one's, and git merges both without a conflict."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

PRODUCT = "products/migrations/0015_product_last_order.py"
ORDER = "orders/migrations/0015_purchaseorder_main_product.py"


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Add a foreign key on each branch, let each take over the other's first version and follow it, and merge."""
    add_on_a_branch(
        sandbox,
        "last_order",
        ("products", "    price = models.DecimalField", '"orders.PurchaseOrder"'),
    )
    add_on_a_branch(
        sandbox,
        "main_product",
        ("orders", "    note = models.TextField", '"products.Product"'),
    )
    sandbox.run("git branch last_order_before last_order && git branch main_product_before main_product")
    follow(sandbox, "last_order", "main_product_before", PRODUCT)
    follow(sandbox, "main_product", "last_order_before", ORDER)
    sandbox.run("git switch -q main && git merge -q --no-edit last_order && git merge -q --no-edit main_product")
    sandbox.run("git branch -qD last_order_before main_product_before")
    yield


def add_on_a_branch(sandbox: Sandbox, name: str, where: tuple[str, str, str]) -> None:
    """Add a foreign key on a branch of its own, with its migration."""
    app, before, target = where
    sandbox.run(f"git switch -qc {name} main")
    line = f'    {name} = models.ForeignKey({target}, models.SET_NULL, related_name="+", null=True, blank=True)\n'
    sandbox.files.edit(f"{app}/models.py", before, line + before)
    model = {"products": "product", "orders": "purchaseorder"}[app]
    sandbox.run(f"python manage.py makemigrations {app} --name {model}_{name}")
    sandbox.run(f"git add --all && git commit -qm 'Add {name}'")


def follow(sandbox: Sandbox, branch: str, other: str, file: str) -> None:
    """Merge the other branch and make the own migration again: Django lets it depend on the other's."""
    sandbox.run(f"git switch -q {branch} && git merge -q --no-edit {other}")
    sandbox.files.remove(file)
    app, _, name = file.replace("/migrations/0015_", " ").removesuffix(".py").partition(" ")
    sandbox.run(f"python manage.py makemigrations {app} --name {name}")
    sandbox.run(f"git commit -qam 'Let {name} follow the other branch'")
