"""One run of proofs: its lab, shared by its workers, and the records it writes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from proofbook.errors import CouldNotCheck, ProofbookError
from proofbook.lab.lab import Lab
from proofbook.lab.postgres import Server
from proofbook.lab.preparing import prepared_lab
from proofbook.lab.programs import Account
from proofbook.pages.page import Page
from proofbook.pages.reading import read_catalogue
from proofbook.pages.signatures import Catalogue
from proofbook.proof.fingerprint import fingerprint, lab_versions
from proofbook.proof.records import COULD_NOT_CHECK, FAILED, PASSED, SKIPPED, WAIVED, Record, Records, commit_of
from proofbook.settings import Settings

WAIVED_PREFIX = "waived: "


@dataclass(slots=True, eq=False)
class Run:
    """The lab is started when first asked for; a worker uses its controller's."""

    settings: Settings
    major: str
    workerinput: Mapping[str, Any] | None
    tell: Callable[[str], None]
    recorded: list[Record] = field(default_factory=list)
    claims: list[str] = field(default_factory=list)
    given: Lab | None = None
    cold: bool = False
    is_for_one_page: bool = False
    _lab: Lab | None = None
    _stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    _commit: str | None = None
    _catalogue: Catalogue | None = None
    _error: ProofbookError | None = None

    def lab(self) -> Lab:
        """Give the run's lab."""
        if self.given is not None:
            self.given.removes_later = True
            return self.given
        if self._lab is None and self.workerinput is not None and "proofbook" in self.workerinput:
            self._lab = _from_workerinput(self.settings, self.workerinput["proofbook"])
        elif self._lab is None:
            self._start()
        return self._lab  # type: ignore[return-value]

    def _start(self) -> None:
        """Start the lab; what hinders it is told to every test, not tried again for each."""
        if self._error is None:
            try:
                self._lab = self._stack.enter_context(
                    prepared_lab(self.settings, self.major, self.tell, cold=self.cold)
                )
            except ProofbookError as error:
                self._error = error
        if self._error is not None:
            raise CouldNotCheck(self._error.place, self._error.fact, self._error.hint)

    def is_wanted(self, arguments: Iterable[str]) -> bool:
        """Tell whether the paths given to pytest can hold pages."""
        pages = [self.settings.root / name for name in self.settings.pages]
        paths = [Path(argument.partition("::")[0]).absolute() for argument in arguments]
        return any(page == path or page in path.parents or path in page.parents for path in paths for page in pages)

    def as_workerinput(self) -> dict[str, Any]:
        """Give what a worker needs to use this run's lab; started now if it was not."""
        lab = self.lab()
        server = {name: str(value) if value is not None else None for name, value in asdict(lab.server).items()}
        account = asdict(lab.account) if lab.account else None
        preloaded = str(lab.preloaded) if lab.preloaded else None
        given = {"folder": str(lab.folder), "server": server, "account": account, "preloaded": preloaded}
        return {"proofbook": given}

    def catalogue(self) -> Catalogue:
        """Give the signatures of all fault pages, read once."""
        if self._catalogue is None:
            self._catalogue = read_catalogue(self.settings)
        return self._catalogue

    def fingerprint(self, page: Page) -> str:
        """Give the hash of all that could change the page's outcome in this run."""
        return fingerprint(page, self.settings, lab_versions(self.settings, self.major))

    def record(self, report: Any) -> None:
        """Write the record of a finished test."""
        properties = dict(report.user_properties)
        facts = properties.get("proofbook")
        if facts is None or (report.when != "call" and report.passed):
            return
        state, message = _state(report, properties)
        record = Record(
            id=facts["id"],
            state=state,
            seconds=round(report.duration, 3),
            date=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            commit=self.commit,
            versions=lab_versions(self.settings, self.major),
            hash=facts["hash"],
            message=message,
        )
        self.recorded.append(record)
        Records(self.settings.kept / "records").put([record])
        if "proofbook_output" in properties and state == PASSED:
            self._keep_output(record, properties["proofbook_output"])

    def _keep_output(self, record: Record, output: str) -> None:
        file = self.settings.kept / "outputs" / f"{Path(record.page).stem}.{record.postgres}.log"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(output, "utf-8")

    @property
    def commit(self) -> str:
        """The commit proven, with a plus when the tree differs from it."""
        if self._commit is None:
            self._commit = commit_of(self.settings.root)
        return self._commit

    def close(self) -> None:
        """Stop the lab and remove what it made."""
        for lab in (self.given, self._lab):
            if lab is not None:
                lab.settle()
        self._stack.close()
        self._lab = None


def _from_workerinput(settings: Settings, given: Mapping[str, Any]) -> Lab:
    parts = given["server"]
    paths = {name: Path(parts[name]) if parts[name] else None for name in ("tools", "data")}
    server = Server(parts["admin"], parts["role"], paths["tools"], parts["version"], paths["data"])
    account = Account(**given["account"]) if given["account"] else None
    preloaded = Path(given["preloaded"]) if given["preloaded"] else None
    return Lab(settings, Path(given["folder"]), server, account, preloaded, removes_later=True)


def _state(report: Any, properties: Mapping[str, Any]) -> tuple[str, str]:
    if report.passed:
        return PASSED, ""
    text = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
    if report.skipped:
        reason = text.removeprefix("Skipped: ")
        waived = reason.startswith(WAIVED_PREFIX)
        return (WAIVED, reason.removeprefix(WAIVED_PREFIX)) if waived else (SKIPPED, reason)
    return (COULD_NOT_CHECK if properties.get("proofbook_unknown") else FAILED), text[-4000:]
