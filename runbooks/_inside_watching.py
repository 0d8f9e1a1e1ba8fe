"""Watches from a second connection what a statement locks that cannot run in a transaction.

Runs inside the project's own Python, before `_inside_measuring.py`.
"""

import threading
from contextlib import contextmanager

THEIRS = """SELECT CASE WHEN locktype = 'relation' THEN relation::bigint END, mode, NOT granted FROM pg_locks
  WHERE pid = %s AND (NOT granted OR locktype = 'relation'
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"""
WRITABLE = """SELECT string_agg(c.oid::regclass::text, ', ONLY ') FROM pg_class c JOIN pg_namespace n
    ON n.oid = c.relnamespace WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
    AND c.relkind IN ('r', 'p') AND has_table_privilege(c.oid, 'UPDATE')"""


@contextmanager
def watching(connection, pid):
    """Look at the locks of a session from a second connection until its statement ends.

    The second connection is in its way at first, weakly: so the statement cannot pass unseen.
    """
    seen, ready, done = set(), threading.Event(), threading.Event()

    def watch():
        other = connection.copy()
        try:
            with other.cursor() as cursor:
                cursor.execute("BEGIN")
                stand_in_the_way(cursor)
                ready.set()
                standing = True
                while not done.wait(0.001):
                    cursor.execute(THEIRS, [pid])
                    rows = cursor.fetchall()
                    seen.update((oid, mode) for oid, mode, _ in rows if oid)
                    if standing and any(waits for *_, waits in rows):
                        cursor.execute("COMMIT")
                        standing = False
        finally:
            ready.set()
            other.close()

    watcher = threading.Thread(target=watch)
    watcher.start()
    ready.wait()
    try:
        yield seen
    finally:
        done.set()
        watcher.join()


def stand_in_the_way(cursor):
    """Lock every table as a writer does: what is done concurrently waits for writers, once it holds its own lock."""
    cursor.execute(WRITABLE)
    tables = cursor.fetchone()[0]
    if tables:
        cursor.execute("LOCK TABLE ONLY {} IN ROW EXCLUSIVE MODE".format(tables))
