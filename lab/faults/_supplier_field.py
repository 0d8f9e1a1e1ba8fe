"""A release that adds fields to the model of suppliers."""

from proofbook.lab.sandbox import Sandbox

WEBSITE = '    website = models.URLField(blank=True, default="", db_default="")\n'


def add_to_supplier(sandbox: Sandbox, lines: str) -> None:
    """Add lines to the model, above the country."""
    country = "    country = models.CharField"
    sandbox.files.edit("suppliers/models.py", country, lines + country)
