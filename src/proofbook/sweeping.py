"""One run at a time in a checkout, and nothing of a killed run left behind."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator

from proofbook.cluster import Cluster, find_tools
from proofbook.errors import ProofbookError
from proofbook.lab import MARK, checkout_key, run_folder, sandbox_account
from proofbook.postgres import drop_databases, use_server
from proofbook.processes import end_marked
from proofbook.settings import Settings


@contextlib.contextmanager
def only_run(settings: Settings) -> Iterator[None]:
    """Hold the checkout's lock for one run, and first remove what a killed run left."""
    settings.store.mkdir(exist_ok=True)
    with (settings.store / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            hint = f"wait for it, or end it: kill {lock.read().strip()}"
            raise ProofbookError(str(settings.root), "another run is at work in this checkout", hint) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        sweep(settings)
        yield


def sweep(settings: Settings) -> None:
    """Remove what an earlier run of this checkout left: its server, processes, databases and folder."""
    folder = run_folder(settings.root)
    for data in folder.glob("pg/data-*"):
        with contextlib.suppress(ProofbookError):
            tools = find_tools(settings.lab_python, data.name.removeprefix("data-"))
            Cluster(tools, data, sandbox_account(), {"PATH": "/usr/bin:/bin"}).stop(mode="immediate")
    end_marked(MARK, checkout_key(settings.root))
    outside = os.environ.get("PROOFBOOK_DATABASE_URL")
    if outside:
        drop_databases(use_server(outside, None), checkout_key(settings.root))
    shutil.rmtree(folder, ignore_errors=True)
