"""A new secret came from a generator of passwords, and went into a file that a shell reads."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

GENERATED = "Zk9)vT2x$#Lq7&Rw4Zb8nH5mPc3sYd6fGj1aKe0uXoViBtWrQyNhMl4E"


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Write the secret into the file as it came."""
    text = sandbox.files.read("prod.env")
    sandbox.files.write("prod.env", re.sub(r"(?m)^SECRET_KEY=.*$", lambda _: f"SECRET_KEY={GENERATED}", text))
    yield
