"""Questions about the whole migration graph; runs inside the project's own Python, after _inside_django.py."""
# ruff: noqa: ANN001, ANN202, PLC0415, PTH123, F821

import ast
import os
import sys


def load_graph(alias, files_only):
    """Load the graph, with what the database has applied unless only the files are asked for."""
    from django.db.migrations.loader import MigrationLoader

    return MigrationLoader(None) if files_only else load(alias)


def graph(alias, files_only=False):
    """Tell every migration of the graph, parents first, where its file lies and whether it is applied."""
    loader = load_graph(alias, files_only)
    leaves = set(loader.graph.leaf_nodes())
    order = dict.fromkeys(key for leaf in sorted(leaves) for key in loader.graph.forwards_plan(leaf))
    return [
        {
            "app": key[0],
            "name": key[1],
            "parents": [list(parent.key) for parent in sorted(loader.graph.node_map[key].parents)],
            "applied": None if files_only else is_applied(loader, key),
            "leaf": key in leaves,
            **place(loader.graph.nodes[key]),
        }
        for key in order
    ]


def place(migration):
    """Tell where a migration's file lies; one of the project's own is below its folder, outside packages."""
    path = os.path.realpath(sys.modules[type(migration).__module__].__file__)
    own = is_own(path)
    return {"file": path[len(HERE) :] if own else path, "own": own}


def squash_facts(alias, files_only=False):
    """Tell of each migration all that decides whether it can become part of a squash."""
    import django

    loader = load_graph(alias, files_only)
    replaced = {tuple(name): key for key, each in loader.replacements.items() for name in each.replaces}
    facts = graph(alias, files_only)
    for fact in facts:
        key = fact["app"], fact["name"]
        migration = loader.graph.nodes[key]
        lines = lines_of(place(migration)["file"])
        fact.update(
            operations=[tell_operation(lines, *pair) for pair in enumerate(migration.operations)],
            dependencies_line=lines.get("dependencies", 0),
            run_before=[list(name) for name in migration.run_before],
            run_before_line=lines.get("run_before", 0),
            atomic=migration.atomic,
            atomic_line=lines.get("atomic", 0),
            swappable=[str(name[1]) for name in migration.dependencies if is_swappable(name)],
            replaces=len(migration.replaces),
            replaced_by=".".join(replaced.get(key, ())),
        )
    return {
        "migrations": facts,
        "conflicts": loader.detect_conflicts(),
        "squashes": [tell_squash(loader, *pair) for pair in loader.replacements.items()],
        "django": list(django.VERSION[:2]),
    }


def is_swappable(dependency):
    from django.db.migrations.migration import SwappableTuple

    return isinstance(dependency, SwappableTuple) or dependency[0] == "__setting__"


def tell_operation(lines, number, operation):
    """Tell one operation: whether it runs code or SQL that must be kept, and whether it bears a transaction."""
    return {
        "kind": type(operation).__name__,
        "line": lines.get(number, lines.get("operations", 0)),
        "kept": is_kept(operation),
        "alone": any(each.__name__ == "NotInTransactionMixin" for each in type(operation).__mro__),
    }


def is_kept(operation):
    """Tell whether no optimisation may touch it: code or SQL of somebody's own that is not elidable."""
    from django.db.migrations import operations

    if isinstance(operation, operations.SeparateDatabaseAndState):
        return any(map(is_kept, operation.database_operations))
    return isinstance(operation, (operations.RunPython, operations.RunSQL)) and not operation.elidable


def tell_squash(loader, key, migration):
    """Tell how far a squash has come: what it replaces is on disk, and applied or not."""
    return {
        "name": ".".join(key),
        "file": place(migration)["file"],
        "recorded": key in loader.applied_migrations,
        "on_disk": [".".join(name) for name in migration.replaces if tuple(name) in loader.disk_migrations],
        "applied": [".".join(name) for name in migration.replaces if tuple(name) in loader.applied_migrations],
        "count": len(migration.replaces),
    }


def lines_of(path):
    """Find the line of each part of a migration, and of each operation if they stand there as a plain list."""
    with open(path, "rb") as file:
        tree = ast.parse(file.read())
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == "Migration":
            for each in node.body:
                target = (getattr(each, "targets", None) or [getattr(each, "target", None)])[0]
                if isinstance(target, ast.Name):
                    found[target.id] = each.lineno
                    if target.id == "operations" and isinstance(each.value, (ast.List, ast.Tuple)):
                        found.update((number, one.lineno) for number, one in enumerate(each.value.elts))
    return found


def optimised(alias, app, names):
    """Really optimise these migrations' operations in memory, and with all that is kept taken to be elidable."""
    from django.db.migrations.optimizer import MigrationOptimizer

    loader = load_graph(alias, files_only=True)
    operations = [each for name in names for each in loader.disk_migrations[app, name].operations]
    free = [each for each in operations if not is_kept(each)]
    return {
        "before": len(operations),
        "after": len(MigrationOptimizer().optimize(operations, app)),
        "freed": len(MigrationOptimizer().optimize(free, app)),
    }


QUESTIONS = [graph, squash_facts, optimised]
