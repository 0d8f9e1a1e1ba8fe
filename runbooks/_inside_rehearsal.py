"""Runs inside the project's own Python: migrates a scratch database one migration at a time.

It is sent through a pipe, never imported, and aimed by `_inside_aim.py`. What a migration does is measured by
`_inside_measuring.py`.
"""

import ast
import sys
import time
import traceback

RUN = {}


def begin(alias, name, applied=None):
    """Make ready to migrate the scratch database, and tell the plan and the columns the running code knows."""
    from django.core.management.sql import emit_pre_migrate_signal
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    aim(alias, name)
    executor = MigrationExecutor(connections[alias])
    executor.loader.check_consistent_history(connections[alias])
    executor.recorder.ensure_schema()
    targets = executor.loader.graph.leaf_nodes()
    waiting = {each for each, _ in executor.migration_plan(targets)}
    full = [each for each, _ in executor.migration_plan(targets, clean_start=True)]
    state = executor._create_project_state(with_applied_migrations=True)  # noqa: SLF001  # as migrate itself
    plan = [each for each in full if each in waiting]
    RUN.update(executor=executor, plan=plan, state=state)
    emit_pre_migrate_signal(
        0,
        False,
        alias,
        stdout=sys.stdout,
        apps=state.apps,
        plan=[(each, False) for each in plan],
    )
    return {
        "plan": [{"name": str(each), "file": source_of(each), "atomic": each.atomic} for each in plan],
        "known": known(state if applied is None else state_of(executor, full, applied)),
    }


def state_of(executor, full, applied):
    """Give the state after those migrations that are applied elsewhere."""
    from django.db.migrations.state import ProjectState

    state = ProjectState(real_apps=executor.loader.unmigrated_apps)
    for each in full:
        if str(each) in applied:
            each.mutate_state(state, preserve=False)
    return state


def known(state):
    """Tell which columns of which tables the code of a state reads and writes."""
    return {
        model._meta.db_table: [field.column for field in model._meta.local_concrete_fields]  # noqa: SLF001
        for model in state.apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy  # noqa: SLF001
    }


def source_of(migration):
    return sys.modules[type(migration).__module__].__file__ or ""


def apply(alias, number, measure=False):
    """Apply one migration of the plan, and tell what happened."""
    state = RUN["state"].clone()
    told = attempt(alias, number, measure, lambda each: RUN["executor"].apply_migration(state, each))
    if not told["error"]:
        RUN.update(before=RUN["state"], state=told.pop("state"))
    told.pop("state", None)
    return told


def unapply(alias, number):
    """Take the migration that was applied last back."""
    before = RUN["before"].clone()
    told = attempt(alias, number, False, lambda each: RUN["executor"].unapply_migration(before, each))
    if not told["error"]:
        RUN["state"] = RUN["before"]
    told.pop("state", None)
    return told


def end(alias):
    """Do what follows after the last migration."""
    from django.apps import apps
    from django.core.management.sql import emit_post_migrate_signal

    RUN["executor"].check_replacements()
    plan = [(each, False) for each in RUN["plan"]]
    emit_post_migrate_signal(0, False, alias, stdout=sys.stdout, apps=apps, plan=plan)


def attempt(alias, number, measure, act):
    from django.db import connections

    migration, connection = RUN["plan"][number], connections[alias]
    watch = (RUN["watch"] if measure else Following)(connection, migration)
    told = {"state": None, "error": None}
    began = time.perf_counter()
    try:
        with watch, connection.execute_wrapper(watch):
            told["state"] = act(migration)
    except BaseException as error:  # also SystemExit; all of it is told
        if is_ours(error):
            raise
        told["error"] = tell(error, migration, watch)
    told["seconds"] = time.perf_counter() - began
    return dict(told, **watch.told())


class Following:
    """Follows which operation of a migration is at work, and which SQL is being run."""

    def __init__(self, connection, migration):
        self.connection = connection
        self.migration = migration
        self.now = None
        self.sql = ""
        self.deferred = {}
        self.lines = lines_of(migration)

    def __enter__(self):
        for index, operation in enumerate(self.migration.operations):
            operation.state_forwards = self.announced(operation.state_forwards, index)
            operation.database_forwards = self.followed(operation.database_forwards, index)
            operation.database_backwards = self.followed(operation.database_backwards, index)
        return self

    def __exit__(self, *_):
        for operation in self.migration.operations:
            for name in ("state_forwards", "database_forwards", "database_backwards"):
                operation.__dict__.pop(name, None)

    def announced(self, act, index):
        def acting(*states):
            self.now = index
            act(*states)

        return acting

    def followed(self, act, index):
        def acting(app_label, editor, *states):
            self.entered(editor)
            self.now = index
            act(app_label, editor, *states)
            self.now = None  # not after a failure: the operation is told
            for each in editor.deferred_sql:
                self.deferred.setdefault(str(each), index)

        return acting

    def entered(self, editor):
        """Take notice that an operation of this editor begins."""

    def __call__(self, execute, sql, params, many, context):
        self.sql = str(sql)
        return execute(sql, params, many, context)

    def operation(self):
        """Give the number of the operation at work; SQL put off to the end belongs to the one that put it off."""
        return self.deferred.get(self.sql) if self.now is None else self.now

    def line(self):
        """Give the line of the operation at work."""
        index = self.operation()
        return self.lines[index] if index is not None and index < len(self.lines) else (self.lines or [1])[0]

    def told(self):
        return {}


def lines_of(migration):
    """Give the line on which each operation of a migration stands, as far as that can be read.

    An operation that an app has put in, as contenttypes does after a renaming, stands where the one before it does.
    """
    written = type(migration).operations
    try:
        with open(source_of(migration), encoding="utf-8") as file:
            tree = ast.parse(file.read())
    except (OSError, SyntaxError, ValueError):
        return []
    for node in ast.walk(tree):
        named = [getattr(each, "id", "") for each in getattr(node, "targets", ())]
        if named == ["operations"] and len(getattr(node.value, "elts", ())) == len(written):
            lines = {id(each): element.lineno for each, element in zip(written, node.value.elts)}
            found = [node.lineno]
            for each in migration.operations:
                found.append(lines.get(id(each), found[-1]))
            return found[1:]
    return []


def is_ours(error):
    """Tell whether an error arose here, in what was sent through the pipe, and says nothing of the migration."""
    frames = traceback.extract_tb(error.__traceback__)
    return frames[-1].filename == "<string>" and not sqlstate_of(error)


def chain_of(error):
    chain = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or error.__context__
    return chain


def code_of(error):
    """Give PostgreSQL's code for an error, as psycopg 3 or psycopg 2 has it."""
    return getattr(error, "sqlstate", None) or getattr(error, "pgcode", None) or ""


def sqlstate_of(error):
    return next(filter(None, map(code_of, chain_of(error))), "")


def tell(error, migration, watch):
    """Tell what stopped a migration: kind, SQLSTATE, place, operation and statement; no row is told."""
    chain = chain_of(error)
    cause = next((each for each in chain if code_of(each)), error)
    diag, sqlstate = getattr(cause, "diag", None), code_of(cause)
    frames = [each for each in traceback.extract_tb(error.__traceback__) if each.filename == source_of(migration)]
    index = watch.operation()
    operation = migration.operations[index] if index is not None else None
    return {
        "kind": type(error).__name__,
        "sqlstate": sqlstate,
        "message": getattr(diag, "message_primary", None) or str(cause).strip().partition("\n")[0],
        "line": frames[-1].lineno if frames else watch.line(),
        "operation": type(operation).__name__ if operation else "",
        "says": operation.describe() if operation else "",
        "statement": watch.sql if sqlstate else "",
    }


QUESTIONS = (begin, apply, unapply, end)
