"""A deployment whose .env says how to reach the database."""

from proofbook.lab.sandbox import Sandbox


def neighbours(role: str) -> str:
    """Give the lines that stand beside the URL: what they hold looks like it, and is none of its business."""
    return (
        f"BROKER_URL=amqp://{role}:carried@rabbit:5672/{role}_production\n"
        "REDIS_URL=redis://:carried@db.invalid:6379/0\n"
        "CORS_ALLOWED_ORIGINS=https://app.example.test\n"
        f"MEDIA_ROOT=/srv/{role}_production\n"
    )


def deploy(sandbox: Sandbox, *, host: str = "127.0.0.1", database: str = "") -> None:
    """Write the URL with the role and password of today; .env decides, nothing else."""
    own = sandbox.own
    url = f"postgresql://{own.role}:{own.password}@{host}:{own.port}/{database or own.role}"
    sandbox.files.write(".env", f"DATABASE_URL='{url}'\n{neighbours(own.role)}")
    sandbox.environment["DATABASE_URL"] = None
