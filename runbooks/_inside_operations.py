"""Questions about the operations of a migration: their SQL, and what they touch; sent after _inside_history.py."""
# ruff: noqa: UP032, ANN001, ANN202, F821, PLC0415


def operations(alias, migration):
    """Give each operation of a migration with the SQL it would run; nothing is run."""
    from django.db import connections

    loader = load(alias)
    key = tuple(migration.split(".", 1))
    state = loader.project_state(key, at_end=False)
    return [collect(connections[alias], key[0], each, state) for each in loader.graph.nodes[key].operations]


def collect(connection, app, operation, state):
    before = state.clone()
    operation.state_forwards(app, state)
    found = {"kind": type(operation).__name__, "says": operation.describe(), "sql": [], "error": ""}
    found["code"] = not operation.reduces_to_sql
    if found["code"]:
        return found
    try:
        with connection.schema_editor(collect_sql=True, atomic=False) as editor:
            operation.database_forwards(app, editor, before, state)
        found["sql"] = [line for line in map(str, editor.collected_sql) if not line.startswith("--")]
    except Exception as error:  # noqa: BLE001  # the reader is told, and nothing is assumed
        found["error"] = "{}: {}".format(type(error).__name__, error)
    return found


WHOLE = {"CreateModel": ["name"], "DeleteModel": ["name"], "RenameModel": ["old_name", "new_name"]}
FIELDS = {
    "AddField": ["name"],
    "AlterField": ["name"],
    "RemoveField": ["name"],
    "RenameField": ["old_name", "new_name"],
}


def touched(alias, migration):
    """Tell which parts of which models a migration touches."""
    app, _, name = migration.partition(".")
    found = []
    for each in load(alias).graph.nodes[app, name].operations:
        for model, part in [*parts(each), *referenced(app, each)]:
            found.append([app, model.lower(), part.lower(), each.describe()])
    return found


def parts(operation):
    """Name what one operation touches: a field, * for a whole model, ? for what cannot be known."""
    kind = type(operation).__name__
    model = getattr(operation, "model_name", "") or getattr(operation, "name", "") or ""
    if kind in WHOLE:
        return [(getattr(operation, name), "*") for name in WHOLE[kind]]
    if kind in FIELDS:
        return [(model, getattr(operation, name)) for name in FIELDS[kind]]
    if kind.startswith("Alter"):
        return [(model, kind)]
    made = getattr(operation, "index", None) or getattr(operation, "constraint", None) or operation
    names = {getattr(made, name, None) for name in ("name", "old_name", "new_name")} - {None}
    names |= {field.lstrip("-") for field in getattr(made, "fields", ())}
    known = operation.reduces_to_sql and model and kind not in ("RunSQL", "SeparateDatabaseAndState")
    return [(model, name) for name in sorted(names)] if known else [("", "?")]


def referenced(app, operation):
    """Name the models of the same app that an operation's fields point to; no other operation has this part."""
    fields = [("", getattr(operation, "field", None)), *(getattr(operation, "fields", None) or [])]
    for name, field in fields if type(operation).__name__ in [*WHOLE, *FIELDS] else ():
        remote = getattr(getattr(field, "remote_field", None), "model", None)
        label = str(getattr(getattr(remote, "_meta", None), "label", remote)).lower()
        if label.startswith(app + "."):
            yield label.partition(".")[2], "to it from {} {} {}".format(id(operation), name, operation.describe())
