"""Loads a fault module, and tells what goes wrong in it as the module's fault, not ours."""

from __future__ import annotations

import ast
import contextlib
import importlib
import itertools
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from proofbook.errors import CouldNotCheck, ProofbookError
from proofbook.lab.sandbox import Inject, Sandbox
from proofbook.pages.page import Page
from proofbook.settings import Settings

MODULE_HINT = (
    "the code in lower case names it; in it @contextmanager def inject(sandbox) breaks, yields once, and closes"
)
_LOADS = itertools.count()


def load_inject(file: Path, place: str) -> Inject:
    """Give the ``inject`` of a fault module, which may import its siblings: ``from ._name import ...``.

    Raises CouldNotCheck when there is no such module or it cannot be imported.
    """
    if not file.is_file():
        raise CouldNotCheck(place, "there is no fault module", MODULE_HINT)
    # a package of its own for each load: what another one imported may have been edited since
    package = ModuleType(f"proofbook_faults_{next(_LOADS)}")
    package.__path__ = [str(file.parent)]
    sys.modules[package.__name__] = package
    importlib.invalidate_caches()
    try:
        inject: Inject = importlib.import_module(f"{package.__name__}.{file.stem}").inject
    except (Exception, SystemExit) as error:
        raise CouldNotCheck(place, f"cannot be imported: {type(error).__name__}: {error}") from error
    finally:
        for name in [name for name in list(sys.modules) if name.partition(".")[0] == package.__name__]:
            del sys.modules[name]
    return inject


def sources(file: Path) -> list[Path]:
    """Give the file of a fault module and those of the siblings that it imports, and that they import."""
    found: set[Path] = set()
    wanted = [file]
    while wanted:
        found.add(file := wanted.pop())
        wanted += [sibling for sibling in _siblings(file) if sibling not in found]
    return sorted(found)


def _siblings(file: Path) -> Iterator[Path]:
    try:
        tree = ast.parse(file.read_text())
    except (OSError, ValueError, SyntaxError):  # it imports nothing; who loads it is told
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            for name in [node.module] if node.module else [alias.name for alias in node.names]:
                yield file.with_name(f"{name.replace('.', '/')}.py")


@contextlib.contextmanager
def injected(page: Page, settings: Settings, sandbox: Sandbox) -> Iterator[None]:
    """Keep a sandbox in the broken state of a fault page; an error of the fault module is told as such."""
    place = f"{settings.faults}/{str(page.fault).lower()}.py"
    inject = load_inject(settings.root / place, place)
    with contextlib.ExitStack() as stack:
        with told(place):
            stack.enter_context(inject(sandbox))
        yield
        with told(place):
            stack.close()


@contextlib.contextmanager
def told(place: str) -> Iterator[None]:
    """Tell an error of a fault module as such; one that leaves by ``sys.exit`` ends no run of ours."""
    try:
        yield
    except ProofbookError as error:
        raise CouldNotCheck(place, f"the fault could not be injected: {error}") from error
    except (Exception, SystemExit) as error:
        frames = traceback.extract_tb(error.__traceback__)
        line = next((frame.lineno for frame in reversed(frames) if frame.filename.endswith(place)), None)
        fact = f"the fault module raises {type(error).__name__}: {error}"
        raise CouldNotCheck(f"{place}:{line}" if line else place, fact, MODULE_HINT) from error
