"""Runs inside the project's own Python, after `_inside_rehearsal.py`: measures each statement of a migration.

Locks, the catalogue and the counters of rows are read in the transaction of the statement itself. A statement
that cannot run in one is watched from a second connection.
"""

import json
import re
import threading
import time
from contextlib import contextmanager
from functools import partial

from django.db import transaction

CHANGES = re.compile(r"\s*(INSERT|UPDATE|DELETE|WITH|MERGE)\b", re.IGNORECASE)
NARROW = re.compile(r"^\s*INSERT\b|\bWHERE\b", re.IGNORECASE)
HARMLESS = re.compile(r"\s*(SELECT|SAVEPOINT|RELEASE|ROLLBACK|SET|SHOW|RESET)\b", re.IGNORECASE)
ALONE = re.compile(
    r"\bCONCURRENTLY\b|^\s*(VACUUM|BEGIN|START|COMMIT|END|(CREATE|DROP) DATABASE|ALTER SYSTEM)\b", re.IGNORECASE
)
IN_TRANSACTION = "25001"
MANY = 10  # rows changed by one statement from which on it is worth a look
OURS = "n.nspname NOT LIKE 'pg\\_%%' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p', 'm')"
COUNTS = """jsonb_build_array(pg_stat_get_xact_numscans(c.oid), pg_stat_get_xact_tuples_returned(c.oid),
    pg_stat_get_xact_tuples_inserted(c.oid), pg_stat_get_xact_tuples_updated(c.oid),
    pg_stat_get_xact_tuples_deleted(c.oid))"""
BASE = (
    "SELECT jsonb_build_object('oid', c.oid::bigint, 'counts', "
    + COUNTS
    + """)::text
  FROM pg_class c WHERE relkind IN ('r', 'p', 'm')"""
)
LOOK = (
    """
SELECT jsonb_build_object('oid', o.oid::bigint, 'name', c.relname, 'file', pg_relation_filenode(c.oid),
    'modes', o.modes, 'seen', c.oid IS NOT NULL,
    'columns', (SELECT jsonb_object_agg(attnum, jsonb_build_array(attname, format_type(atttypid, atttypmod),
                       attnotnull, atthasdef OR attidentity <> '' OR attgenerated <> ''))
                  FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped),
    'constraints', (SELECT jsonb_object_agg(k.oid::bigint, jsonb_build_array(conname, contype, convalidated,
                           confrelid::bigint))
                      FROM pg_constraint k WHERE conrelid = c.oid AND contype IN ('c', 'f', 'u', 'p', 'x')),
    'indexes', (SELECT jsonb_object_agg(indexrelid::bigint, jsonb_build_array(indexrelid::regclass::text,
                       EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)))
                  FROM pg_index WHERE indrelid = c.oid),
    'counts', {counts})::text
  FROM (SELECT oid, array_agg(DISTINCT mode) FILTER (WHERE mode IS NOT NULL) AS modes FROM (%s) found GROUP BY oid) o
  LEFT JOIN (SELECT c.* FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE """
    + OURS
    + """) c ON c.oid = o.oid"""
).replace("{counts}", COUNTS)
MINE = """SELECT relation AS oid, mode FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
THEIRS = """SELECT CASE WHEN locktype = 'relation' THEN relation::bigint END, mode, NOT granted FROM pg_locks
  WHERE pid = %s AND (NOT granted OR locktype = 'relation'
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"""
WRITABLE = """SELECT string_agg(c.oid::regclass::text, ', ONLY ') FROM pg_class c JOIN pg_namespace n
    ON n.oid = c.relnamespace WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
    AND c.relkind IN ('r', 'p') AND has_table_privilege(c.oid, 'UPDATE')"""
EVERY = "SELECT oid, NULL::text AS mode FROM pg_class WHERE relkind IN ('r', 'p', 'm')"


class Measuring(Following):
    """Measures what each statement of one migration locks, rewrites, reads and changes."""

    def __init__(self, connection, migration):
        super().__init__(connection, migration)
        self.statements = []
        self.held = {}  # by table and mode, in seconds
        self.since = {}  # the same for the transaction that is open
        self.rows = {}  # by table: inserted, updated, deleted
        self.added = []
        self.counts = {}
        self.stale = False  # rows were read or changed since the counts were taken
        self.quiet = False
        self.leaving = None

    def __enter__(self):
        self.tables = {each["oid"]: each for each in self.look(LOOK % EVERY) if each["seen"]}
        self.names = RUN.setdefault("names", {oid: each["name"] for oid, each in self.tables.items()})
        self.there = set(self.tables)
        return super().__enter__()

    def entered(self, editor):
        """Look once more before the transaction of the migration ends."""
        if editor.atomic_migration and self.leaving is None:
            self.leaving = editor.atomic = Leaving(editor.atomic, self)

    def __call__(self, execute, sql, params, many, context):
        self.sql = str(sql)
        run = partial(execute, sql, params, many, context)
        if self.quiet or HARMLESS.match(self.sql):
            self.stale = not self.quiet
            return run()
        if self.connection.in_atomic_block:
            return self.timed(run, context)
        if ALONE.search(self.sql):
            return self.watched(run)
        # a statement on its own is a transaction of its own: one that is visible can be looked at before it ends
        try:
            with transaction.atomic(self.connection.alias):
                result = self.timed(run, context)
                self.leave()
        except Exception as error:
            if sqlstate_of(error) != IN_TRANSACTION:
                raise
            return self.watched(run)
        return result

    def timed(self, run, context):
        if not self.counts or (self.stale and not CHANGES.match(self.sql)):
            self.absorb()
        began = time.perf_counter()
        result = run()
        seconds = time.perf_counter() - began
        wide = context["cursor"].rowcount >= MANY or not NARROW.search(self.sql)
        if wide or not CHANGES.match(self.sql):
            self.measure(began, seconds)
        else:
            self.stale = True
        return result

    def absorb(self):
        """Count what statements did that are not worth a look, so that it is not taken for the next one's doing."""
        found = {each["oid"]: each["counts"] for each in self.look(BASE)}
        for oid in found.keys() & self.tables.keys() if self.counts else ():
            self.add(self.tables[oid], found[oid], self.counts.get(oid, [0] * 5))
        self.counts, self.stale = found, False

    def add(self, table, counts, base):
        """Add the rows that were changed since to those of a table, and give all that was counted since."""
        since = [now - was for now, was in zip(counts, base)]
        total = self.rows.setdefault(self.name(table), [0, 0, 0])
        self.rows[self.name(table)] = [was + more for was, more in zip(total, since[2:])]
        return since

    def watched(self, run):
        """Run a statement that must stand alone, while a second connection looks at its locks."""
        pid = self.look("SELECT pg_backend_pid()::text")[0]
        began = time.perf_counter()
        with watching(self.connection, pid) as seen:
            result = run()
        seconds = time.perf_counter() - began
        values = ["({}::oid, '{}')".format(*each) for each in sorted(seen)] or ["(NULL::oid, NULL::text)"]
        which = "SELECT * FROM (VALUES {}) AS v (oid, mode)".format(", ".join(values))
        self.measure(began, seconds, which, alone=True)
        self.leave()
        return result

    def look(self, query):
        """Read in the transaction that is open, without being measured."""
        quiet, self.quiet, sql = self.quiet, True, self.sql
        try:
            with self.connection.cursor() as cursor:
                cursor.execute(query)
                return [json.loads(row[0]) for row in cursor.fetchall()]
        finally:
            self.quiet, self.sql = quiet, sql

    def measure(self, began, seconds, which=MINE, alone=False):
        """Tell what a statement did, by what differs from before."""
        told = {"line": self.line(), "sql": self.sql, "seconds": seconds, "alone": alone}
        for each in self.look(LOOK % which):
            oid = each["oid"]
            before = self.tables.get(oid)
            if not each["seen"] and not before:
                continue
            each["counts"] = each["counts"] if each["seen"] else [0] * 5
            base = each["counts"] if alone or not each["seen"] else self.counts.get(oid, [0] * 5)
            counts = self.add(each, each["counts"], base)
            for key, values in differences(before, each, counts):
                told.setdefault(key, []).append([self.name(each), *values])
            for mode in each["modes"] or ():
                if (oid, mode) not in self.since:
                    self.since[oid, mode] = began
                    told.setdefault("locks", []).append([self.name(each), mode])
            if before and each["seen"] and oid in self.there:
                fresh = sorted(set(each["columns"] or ()) - set(before["columns"] or ()))
                self.added += [(oid, number) for number in fresh]
            self.counts[oid] = each["counts"]
            self.tables[oid] = dict(each, name=each["name"] or before["name"])
        for each in told.get("constraint", ()):
            each[-1] = self.names.get(each[-1], "") if each[-1] else ""
        if self.sql:
            self.statements.append(told)

    def name(self, table):
        """Name a table as it was called before the first migration."""
        return self.names.get(table["oid"]) or table["name"] or self.tables[table["oid"]]["name"]

    def leave(self):
        """Tell how long each lock was held, as the transaction ends; of several transactions, the longest counts."""
        now = time.perf_counter()
        for (oid, mode), since in self.since.items():
            held = self.held.setdefault(self.name(self.tables[oid]), {})
            held[mode] = max(held.get(mode, 0), now - since)
        self.since, self.counts = {}, {}

    def told(self):
        required = []
        for oid, number in self.added:
            column = (self.tables[oid]["columns"] or {}).get(number)
            if column and column[2:] == [True, False]:
                required.append([self.name(self.tables[oid]), column[0]])
        return {"statements": self.statements, "held": self.held, "rows": self.rows, "required": required}


class Leaving:
    """The end of a migration's transaction, with a last look before it."""

    def __init__(self, atomic, watch):
        self.atomic = atomic
        self.watch = watch

    def __exit__(self, *error):
        if error[0] is None:
            self.watch.sql = ""
            self.watch.measure(time.perf_counter(), 0)
            self.watch.leave()
        return self.atomic.__exit__(*error)


def differences(before, after, counts):
    """Tell what a statement did to one table, as pairs of a word and its details."""
    scans, read = counts[:2]
    if scans > 0:
        yield "scanned", [read]
    if any(counts[2:]):
        yield "changed", counts[2:]
    if before is None:
        yield "created", []
        return
    if not after["seen"]:
        yield "dropped", []
        return
    if before["file"] != after["file"]:
        yield "rewritten", []
    if before["name"] != after["name"]:
        yield "renamed", [after["name"]]
    for each in (columns_changed, constraints_changed, indexes_changed):
        yield from each(before, after)


def columns_changed(before, after):
    old, new = before["columns"] or {}, after["columns"] or {}
    for number, (name, kind, required, _) in old.items():
        if number not in new:
            yield "column_dropped", [name]
            continue
        if new[number][0] != name:
            yield "column_renamed", [name, new[number][0]]
        if new[number][1] != kind:
            yield "type_changed", [name, kind, new[number][1]]
        if new[number][2] and not required:
            yield "not_null", [name]
    for number in sorted(set(new) - set(old)):
        yield "column_added", new[number]


def constraints_changed(before, after):
    old, new = before["constraints"] or {}, after["constraints"] or {}
    for oid in sorted(set(new) - set(old)):
        yield "constraint", new[oid]
    for oid in sorted(set(new) & set(old)):
        if new[oid][2] and not old[oid][2]:
            yield "validated", new[oid][:2]


def indexes_changed(before, after):
    old, new = before["indexes"] or {}, after["indexes"] or {}
    for oid in sorted(set(new) - set(old)):
        yield "index", new[oid]


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


RUN["watch"] = Measuring
