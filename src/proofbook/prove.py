"""Decides what is to be proven: the pages, their tests, and whether a record still holds."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from proofbook.cluster import find_tools
from proofbook.errors import PageError, ProofbookError
from proofbook.fault_format import OBLIGATIONS, check_fault_page
from proofbook.page_format import check_page
from proofbook.pages import Page, read_page
from proofbook.postgres import use_server
from proofbook.records import SETTLED, Record, Records, tree_hash
from proofbook.settings import Settings
from proofbook.signatures import Catalogue, check_signatures
from proofbook.snippets import Snippet

NOT_PROVING = frozenset(
    f"{name}.py"
    for name in (
        *("macros", "edition", "tables", "publish", "badges", "markup", "runbooks", "standing", "wording"),
        *("explain", "cli", "progress", "site", "foreign"),
    )
)


class PageErrors(PageError):  # noqa: N818
    """All that is wrong with one page, shown at once."""

    def __init__(self, errors: list[PageError]) -> None:
        """Keep the single errors."""
        super().__init__(errors[0].place, errors[0].fact, errors[0].hint)
        self.errors = errors

    def __str__(self) -> str:
        """Give every error, one below the other."""
        return "\n".join(str(error) for error in self.errors)


def loader(root: Path) -> Callable[[str], str]:
    """Give the reader of included files, below the repository's root only."""

    def load(path: str) -> str:
        file = (root / path).resolve()
        if not file.is_relative_to(root.resolve()) or not file.is_file():
            raise LookupError(path)
        return file.read_text("utf-8")

    return load


def page_files(settings: Settings) -> list[Path]:
    """Give every page file of the repository, in order."""
    found: list[Path] = []
    for name in settings.pages:
        place = settings.root / name
        found += sorted(place.rglob("*.md")) if place.is_dir() else [place] if place.is_file() else []
    return found


def is_page(file: Path, settings: Settings) -> bool:
    """Tell whether a file is one of the repository's pages."""
    places = [settings.root / name for name in settings.pages]
    return file.suffix == ".md" and any(file == place or place in file.parents for place in places)


def checked_page(file: Path, settings: Settings) -> Page:
    """Read a page and hold it against the page format.

    Raises PageErrors with everything that is wrong.
    """
    page = read_page(file, str(file.relative_to(settings.root)), loader(settings.root))
    errors = list(check_page(page))
    if page.fault is not None:
        errors += [*check_fault_page(page, settings.root / settings.runbooks), *check_signatures(page)]
    if errors:
        raise PageErrors(errors)
    return page


def read_catalogue(settings: Settings) -> Catalogue:
    """Read the signatures of every fault page; pages that cannot be read report that themselves."""
    return Catalogue(page for page in readable_pages(settings) if page.fault)


def readable_pages(settings: Settings) -> Iterator[Page]:
    """Give every page that can be read; the others say themselves what is wrong with them."""
    for file in page_files(settings):
        try:
            yield read_page(file, str(file.relative_to(settings.root)), loader(settings.root))
        except PageError:
            continue


def obligations_of(page: Page) -> list[str]:
    """Give the obligations a fault page has; without a wrong recipe the last one would say nothing."""
    return [name for name in OBLIGATIONS if name != "wrong-recipes-fail" or page.under("Does not work")]


def snippets_of(page: Page) -> list[Snippet]:
    """Give the snippets of a guide page that run, in order."""
    return [snippet for snippet in page.snippets if snippet.runs]


def names_of(page: Page) -> list[str]:
    """Give the names of a page's tests."""
    return obligations_of(page) if page.fault else [snippet.name for snippet in snippets_of(page)]


@cache
def versions(settings_python: Path, names: tuple[str, ...], major: str, outside: str) -> Mapping[str, str]:
    """Give the versions a proof depends on, as the lab's own Python names them."""
    code = (
        "import json,platform,sys;from importlib.metadata import version as v;"
        "print(json.dumps({'Python':platform.python_version(),**{n:v(n) for n in sys.argv[1:]}}))"
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
    own = [faults / f"{page.fault.lower()}.py", *sorted(faults.glob("_*.py"))] if page.fault else []
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
    here = Path(__file__).parent
    return tree_hash([file for file in sorted(here.rglob("*.py")) if file.name not in NOT_PROVING], here)


_HASHES: dict[Path, str] = {}


def _lab_hash(settings: Settings) -> str:
    lab = settings.root / settings.lab
    if lab not in _HASHES:
        left_out = {settings.root / settings.faults, *(lab / name for name in settings.leave_out)}
        parts = [entry for entry in sorted(lab.glob("*")) if entry not in left_out and entry.name != "__pycache__"]
        _HASHES[lab] = tree_hash(parts, settings.root)
    return _HASHES[lab]


def is_current(page: Page, settings: Settings, records: Iterable[Record], version_set: Mapping[str, str]) -> bool:
    """Tell whether every test of the page has a settled record that still holds."""
    wanted = fingerprint(page, settings, version_set)
    settled = {record.name for record in records if record.hash == wanted and record.state in SETTLED}
    return set(names_of(page)) <= settled


def pages_to_prove(settings: Settings, files: Iterable[Path], major: str, *, fresh: bool) -> list[Path]:
    """Give the page files that a run must prove; a page that cannot be read is one of them."""
    records, chosen = Records(settings.store / "records"), []
    version_set = lab_versions(settings, major)
    for file in files:
        try:
            page = checked_page(file, settings)
        except PageError:
            chosen.append(file)
            continue
        if names_of(page) and (fresh or not is_current(page, settings, records.of_page(page.path), version_set)):
            chosen.append(file)
    return chosen


def check_outputs(settings: Settings, catalogue: Catalogue) -> Iterator[str]:
    """Match every signature against every kept Symptom output, and say what does not fit."""
    for file in sorted((settings.store / "outputs").glob("*.log")):
        fault = file.name.partition(".")[0]
        if fault not in catalogue.known:
            continue
        for match in catalogue.strangers(fault, file.read_text("utf-8")):
            yield f"{match.fault} claims the symptom of {fault}, line {match.line}: {match.text}"
