"""A deployment whose .env says how to reach the database."""

from proofbook.lab.sandbox import Sandbox


def deploy(sandbox: Sandbox, *, host: str = "127.0.0.1", database: str = "") -> None:
    """Write the URL with the role and password of today; .env decides, nothing else."""
    own = sandbox.own
    url = f"postgresql://{own.role}:{own.password}@{host}:{own.port}/{database or own.role}"
    sandbox.files.write(".env", f"DATABASE_URL={url}\n")
    sandbox.environment["DATABASE_URL"] = None
