"""A backup of the runbook, kept under a name that stays the same."""

from proofbook.lab.sandbox import Sandbox


def back_up(sandbox: Sandbox, name: str = "kept/depot.dump") -> None:
    """Back up into a folder of its own, and keep the manifest beside the file."""
    folder = name.rpartition("/")[0]
    sandbox.run(f"mkdir -p {folder} && python runbooks/backup_database.py --into backups --apply")
    sandbox.run(f"mv backups/*.dump {name} && mv backups/*.dump.json {name}.json")
