"""A runbook is copied to where nothing can be installed: it may import Python's own library and its siblings only."""

import ast
import sys

import pytest
from tests.runbooks.conftest import ROOT

FILES = sorted((ROOT / "runbooks").glob("*.py"))
OURS = sys.stdlib_module_names | {file.stem for file in FILES}
INSIDE = {"django", "rest_framework"}  # the files that run in the project's own Python
BY_NAME = {"import_module", "__import__", "run_module"}


def named(node):
    """Name what one statement or call imports; a name that is computed is not seen."""
    match node:
        case ast.Import(names=names):
            return [each.name for each in names]
        case ast.ImportFrom(module=module, level=0):
            return [module]
        case ast.ImportFrom(module=module, level=level):
            return ["." * level + (module or "")]
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[ast.Constant(value=str(module)), *_]):
            return [module] if name in BY_NAME else []
    return []


def foreign(text, allowed=frozenset()):
    found = [name for node in ast.walk(ast.parse(text)) for name in named(node)]
    return [name for name in found if name.partition(".")[0] not in OURS | allowed]


def test_there_are_runbooks_to_read():
    assert {"repair_history.py", "_run.py", "__main__.py"} <= {file.name for file in FILES}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_runbook_imports_only_what_it_brings(file):
    allowed = INSIDE if file.name.startswith("_inside_") else set()

    assert foreign(file.read_text(), allowed) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import os, requests", ["requests"]),
        ("from proofbook.errors import ProofbookError", ["proofbook.errors"]),
        ("def late():\n    import psycopg as sql", ["psycopg"]),
        ("try:\n    import yaml\nexcept ImportError:\n    yaml = None", ["yaml"]),
        ("from . import _step", ["."]),
        ("importlib.import_module('proofbook')", ["proofbook"]),
        ("__import__('django.db')", ["django.db"]),
        ("import os.path\nfrom _step import Step\nimportlib.import_module(name)", []),
    ],
)
def test_what_is_foreign_is_found(text, found):
    assert foreign(text) == found
