"""The nightly job hands its password to pg_dump on the command line, and is at work."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.errors import ProofbookError
from proofbook.lab.sandbox import Sandbox

PATIENCE = 20
# both have a meaning of their own in a password file
PASSWORD = r"tea:for\four"

JOB = """\
#!/bin/sh
# sends the backup to standard output; cron sends that on
set -eu
. ./job.env
exec pg_dump --format=plain "postgresql://$PGUSER:$PASSWORD@$PGHOST:$PGPORT/$PGDATABASE" 2> "$HOME/nightly.log"
"""
SENDING = "select count(*) from pg_stat_activity where datname = current_database() and application_name = 'pg_dump'"


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Write the job as it is often written, and start it; nobody reads what it sends, so it waits."""
    # cron has only what the job reads
    sandbox.environment["PGPASSWORD"] = None
    sandbox.own.sql(f"alter role {sandbox.own.role} password '{PASSWORD}'")
    sandbox.files.write("job.env", f"PASSWORD='{PASSWORD}'\n")
    sandbox.files.write("nightly.sh", JOB)
    sandbox.run("chmod 600 job.env")
    job = sandbox.start(["sh", "nightly.sh"])
    until = time.monotonic() + PATIENCE
    while not sandbox.own.sql(SENDING)[0][0]:
        if job.poll() is not None or time.monotonic() > until:
            raise ProofbookError("nightly.sh", "pg_dump has not begun to send")
        time.sleep(0.02)
    yield
