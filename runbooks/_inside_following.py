"""Runs inside the project's own Python: follows which operation of a migration is at work, and where it is written."""

import ast


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
