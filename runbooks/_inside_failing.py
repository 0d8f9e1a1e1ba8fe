"""Runs inside the project's own Python: tells what stopped a migration, whichever driver it came through."""

import traceback


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
