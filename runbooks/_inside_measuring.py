"""Runs inside the project's own Python, after what it looks and watches with: measures each statement of a migration.

Locks, the catalogue and the counters of rows are read in the transaction of the statement itself. A statement
that cannot run in one is watched from a second connection.
"""

import json
import re
import time
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


RUN["watch"] = Measuring
