"""A backup was copied to a disk that had no room for all of it, and the job went on."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

BACK_UP = "python runbooks/backup_database.py --into backups --apply"
# a limit on the size of files ends the copy as a full disk does: in the middle of a file
COPY = """
mkdir offsite
mv backups/*.dump.json offsite/depot.dump.json
(ulimit -f 78; cp backups/*.dump offsite/depot.dump) || echo "nobody looks at this"
rm backups/*.dump
pg_restore --list offsite/depot.dump > .depot-contents
rm .depot-contents
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Back up, carry the backup away to a disk that is nearly full, and look only at its table of contents."""
    sandbox.run(BACK_UP)
    sandbox.run(COPY)
    yield
