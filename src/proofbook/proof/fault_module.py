"""Loads a fault module, and tells what goes wrong in it as the module's fault, not ours."""

from __future__ import annotations

import contextlib
import importlib.util
import traceback
from collections.abc import Iterator
from pathlib import Path

from proofbook.errors import CouldNotCheck, ProofbookError
from proofbook.lab.sandbox import Inject, Sandbox
from proofbook.pages.page import Page
from proofbook.settings import Settings

MODULE_HINT = (
    "the code in lower case names it; in it @contextmanager def inject(sandbox) breaks, yields once, and closes"
)


def load_inject(file: Path, place: str) -> Inject:
    """Give the ``inject`` of a fault module.

    Raises CouldNotCheck when there is no such module or it cannot be imported.
    """
    if not file.is_file():
        raise CouldNotCheck(place, "there is no fault module", MODULE_HINT)
    spec = importlib.util.spec_from_file_location(f"proofbook_fault_{file.stem}", file)
    if spec is None or spec.loader is None:
        raise CouldNotCheck(place, "cannot be imported")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        inject: Inject = module.inject
    except (Exception, SystemExit) as error:
        raise CouldNotCheck(place, f"cannot be imported: {type(error).__name__}: {error}") from error
    return inject


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
