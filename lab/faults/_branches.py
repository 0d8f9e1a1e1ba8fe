"""Two branches that each add a field to the same model, with a migration after the same one."""

from proofbook.lab.sandbox import Sandbox

FIELDS = {
    "barcode": (
        "    price = models.DecimalField",
        '    barcode = models.CharField(max_length=14, blank=True, default="", db_default="")\n',
    ),
    "pack_size": (
        "    is_active = models.BooleanField",
        "    pack_size = models.PositiveSmallIntegerField(default=1, db_default=1)\n",
    ),
}


def add_on_branches(sandbox: Sandbox, migration: str) -> None:
    """Add each field on a branch that is called like it; ``migration`` may hold the field's name in braces."""
    for name, (before, line) in FIELDS.items():
        sandbox.run(f"git switch -qc {name} main")
        sandbox.files.edit("products/models.py", before, line + before)
        sandbox.run(f"python manage.py makemigrations products --name {migration.format(field=name)}")
        sandbox.run(f"git add --all && git commit -qm 'Add {name} to products' && git switch -q main")
