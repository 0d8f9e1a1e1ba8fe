"""Runs inside the project's own Python: migrates a scratch database one migration at a time.

It is sent through a pipe, never imported, and aimed by `_inside_aim.py`. Which operation is at work is followed by
`_inside_following.py`, what it does is measured by `_inside_measuring.py`, and what stopped it told by
`_inside_failing.py`.
"""

import sys
import time

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


QUESTIONS = (begin, apply, unapply, end)
