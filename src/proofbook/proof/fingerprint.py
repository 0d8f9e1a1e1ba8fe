"""Knows all that could change the outcome of a proof: one hash, and the versions."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from proofbook.errors import ProofbookError
from proofbook.lab.cluster import find_tools
from proofbook.lab.postgres import use_server
from proofbook.pages.page import Page
from proofbook.proof.fault_module import sources
from proofbook.proof.records import tree_hash
from proofbook.settings import Settings

# what shows, and proves nothing: a change there leaves every record as true as it was
NOT_PROVING = (
    *("cli.py", "commands/", "explain.py", "macros.py", "plugin/progress.py", "site/"),
    *("pages/foreign.py", "pages/runbooks.py", "pages/wording.py"),
)


@cache
def versions(settings_python: Path, names: tuple[str, ...], major: str, outside: str) -> Mapping[str, str]:
    """Give the versions a proof depends on, as the lab's own Python names them."""
    code = (
        "import json,platform,sys;from importlib.metadata import distributions as d;"
        "v={str(each.name).lower():each.version for each in d()};w=[n for n in sys.argv[1:] if n.lower() in v];"
        "print(json.dumps({'Python':platform.python_version(),**{n:v[n.lower()] for n in w}}))"
    )
    try:
        done = subprocess.run([settings_python, "-c", code, *names], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise ProofbookError(
            str(settings_python), f"does not tell its versions: {error}", "run scripts/setup"
        ) from None
    return {"PostgreSQL": _server_version(settings_python, major, outside), **json.loads(done.stdout)}


def _server_version(python: Path, major: str, outside: str) -> str:
    """Give the version of the server that a run on this major version uses."""
    version = use_server(outside, None).version if outside else ""
    if version.partition(".")[0] == major:
        return version
    command = [str(find_tools(python, major) / "postgres"), "--version"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1]


def lab_versions(settings: Settings, major: str) -> Mapping[str, str]:
    """Give the version set that a run on this PostgreSQL has."""
    return versions(settings.lab_python, settings.versions, major, os.environ.get("PROOFBOOK_DATABASE_URL", ""))


def fingerprint(page: Page, settings: Settings, version_set: Mapping[str, str]) -> str:
    """Give one hash of all that could change the outcome of a page's proof."""
    root = settings.root
    runbooks = root / settings.runbooks
    named = [file for file in sorted(runbooks.glob("*.py")) if file.stem.startswith("_") or file.stem in page.text]
    faults = root / settings.faults
    shared = [file for file in sorted(faults.glob("_*")) if file.is_file() and file.suffix != ".py"]
    own = [*sources(faults / f"{page.fault.lower()}.py"), *shared] if page.fault else []
    digest = hashlib.sha256(
        json.dumps([dict(version_set), _lab_hash(settings), _engine_hash(), _settings_text(settings)]).encode()
    )
    digest.update(page.text.encode())
    digest.update("".join(snippet.code for snippet in page.snippets).encode())
    digest.update(tree_hash([*named, *own], root).encode())
    return digest.hexdigest()[:32]


def _settings_text(settings: Settings) -> str:
    parts = (
        settings.prepare,
        settings.environment,
        settings.path,
        settings.url,
        settings.role,
        settings.timeout,
    )
    return repr((*parts, settings.ignore_columns))


@cache
def _engine_hash() -> str:
    here = Path(__file__).parents[1]
    files = sorted(here.rglob("*.py"))
    return tree_hash([file for file in files if not str(file.relative_to(here)).startswith(NOT_PROVING)], here)


_HASHES: dict[Path, str] = {}


def _lab_hash(settings: Settings) -> str:
    lab = settings.root / settings.lab
    if lab not in _HASHES:
        left_out = {settings.root / settings.faults, *(lab / name for name in settings.leave_out)}
        parts = [entry for entry in sorted(lab.glob("*")) if entry not in left_out and entry.name != "__pycache__"]
        _HASHES[lab] = tree_hash(parts, settings.root)
    return _HASHES[lab]
