"""One machine has been moved to a newer PostgreSQL, and the programs on this one are still the old ones."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from proofbook.lab.sandbox import Sandbox

from ._backup import back_up

# where the lab keeps the programs of each PostgreSQL, beside each other
PLACES = {"16": "pginstall", "18": "pginstall18"}


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Install two versions, have the newer one write a backup, and leave the older one in use."""
    shelf = Path(sandbox.run("command -v pg_dump").output.strip()).parents[2]
    sandbox.run("mkdir clients")
    for release, name in PLACES.items():
        sandbox.run(f"ln -s {shelf / name / 'bin'} clients/{release}")
    sandbox.run("ln -s 18 clients/in-use")
    inherited = sandbox.base_environment["PATH"].split(":")
    kept = [place for place in inherited if not Path(place).is_relative_to(sandbox.root)]
    sandbox.environment["PATH"] = ":".join(["clients/in-use", *kept])
    back_up(sandbox)
    sandbox.run("ln -sfn 16 clients/in-use")
    yield
