"""One rehearsal: yesterday's release at work, today's with or without a fault, and every layer asked about it."""

from __future__ import annotations

import contextlib
import json
import re
import shlex
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from changes import CHANGES
from mix import Drawn
from scrubbing import Scrubber

from proofbook.errors import ProofbookError
from proofbook.lab.lab import Lab
from proofbook.lab.sandbox import Sandbox
from proofbook.lab.state import State, read_state
from proofbook.pages.page import Page
from proofbook.proof.fault_module import injected
from proofbook.review.rehearsals import KEPT

LIMIT = 400.0
BEFORE, AFTER = "release-1", "release-2"
# what the hooks ask that others are offered: nothing that needs a database
OFFERED = Path(__file__).parents[1] / "hooks" / "migrations"
[ASKED] = re.findall(r"(?m)^runbook (validate_migrations --only [a-z ]+[a-z])", OFFERED.read_text("utf-8"))
HOOK = (
    f"{ASKED} --since {{before}}",
    "validate_environment --environment {environment} --env-file {file}",
)
CI = (
    "validate_migrations --since {before} --rehearse --copy-of ~/nightly/*.dump",
    "validate_environment --environment {environment} --env-file {file}",
    "check_tenant_isolation",
)
DEPLOY = (
    "deploy --into ~/backups --release {after} --previous {before} --environment {environment} --since {before}"
    " --url $DEPOT_URL --behind-tls --ready /api/v1/ready/ --wait 5 --switch ~/switch --switch-back ~/switch --apply"
)
LAYERS = {"hook": HOOK, "ci": CI, "deployment": (DEPLOY,)}
SWITCH = """\
#!/bin/sh -eu
# puts the code of $RELEASE in use, with the variables that belong to it
cd "$PROJECT"
git switch --quiet --detach "$RELEASE"
set -a
. "./$ENV_FILE"
if [ -f .env ]; then . ./.env; fi
set +a
python manage.py collectstatic --no-input --verbosity 0
depot restart
"""


class NotRehearsed(ProofbookError):  # noqa: N818
    """A rehearsal that could not be set up."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What one layer said: the first command that did not end with 0 decides."""

    layer: str
    commands: list[str]
    exits: list[int]
    seconds: float
    log: str


@dataclass(slots=True)
class Rehearsal:
    """What came of one, as it is kept."""

    number: int
    began: str
    change: str
    fault: str
    environment: str
    asked: list[Asked] = field(default_factory=list)
    website_before: int = 0
    website_after: int = 0
    release_after: str = ""
    as_before: bool = False

    def as_record(self) -> dict[str, Any]:
        """Give what is written beside the logs."""
        layers = [{name: value for name, value in asdict(each).items() if name != "log"} for each in self.asked]
        return {**{name: value for name, value in asdict(self).items() if name != "asked"}, "layers": layers}


def rehearse(number: int, drawn: Drawn, page: Page | None, lab: Lab) -> dict[str, str]:
    """Make one rehearsal, and give the files that are kept of it, by their names.

    Raises NotRehearsed when the lab cannot be brought so far, or when what came of it cannot be kept.
    """
    with lab.sandbox() as sandbox:
        stage, scrubber = Stage(sandbox, drawn, page, lab), Scrubber(lab, sandbox)
        try:
            return {name: scrubber.scrub(text) for name, text in made(number, stage).items()}
        except ProofbookError as error:
            raise NotRehearsed("", scrubber.why(error)) from error


def made(number: int, stage: Stage) -> dict[str, str]:
    with stage.set_up():
        told = stage.told(number)
        before = stage.state()
        told.website_before = stage.website()
        told.asked += [stage.ask(layer) for layer in LAYERS]
        told.website_after, told.release_after = stage.website(), stage.release()
        told.as_before = stage.state() == before
        kept = {KEPT: json.dumps(told.as_record(), indent=1) + "\n", **stage.records()}
        return kept | {f"{each.layer}.log": each.log for each in told.asked}


class Stage:
    """A sandbox in which one release is at work and the next one lies ready."""

    def __init__(self, sandbox: Sandbox, drawn: Drawn, page: Page | None, lab: Lab) -> None:
        self.sandbox, self.drawn, self.page, self.lab = sandbox, drawn, page, lab
        self.home = sandbox.folder / "home"
        self.file = "uat.env"

    @property
    def environment(self) -> str:
        return self.file.partition(".")[0]

    @contextlib.contextmanager
    def set_up(self) -> Iterator[None]:
        """Have a release at work, the next one ready in ~/new, and its fault, if any, as the cause makes it."""
        self.sandbox.environment.update(self.variables(self.file), STATIC_ROOT=str(self.home / "static"))
        self.script("switch", SWITCH)
        self.run(f"git tag {BEFORE}")
        yesterday = dict(self.sandbox.environment)
        CHANGES[self.drawn.change].make(self.sandbox)
        self.run(f"git add --all && git commit --quiet --message 'Change {self.drawn.change}'")
        with injected(self.page, self.lab.settings, self.sandbox) if self.page else contextlib.nullcontext():
            self.commit()
            self.begin_with(yesterday)
            yield

    def commit(self) -> None:
        """Make a release of what lies there; a fault may have named the release before it by itself."""
        self.run(f"git add --all && git commit --quiet --allow-empty --message 'Release' && git tag {AFTER}")
        self.before = "v1" if self.run("git tag --list v1").strip() else BEFORE
        changed = self.run(f"git diff --name-only {self.before} {AFTER} -- '*.env'").split()
        self.file = next((name for name in changed if name in ("uat.env", "prod.env")), "uat.env")
        self.run(f'git worktree add --quiet "$HOME/new" {AFTER} && git switch --quiet --detach {self.before}')

    def begin_with(self, yesterday: dict[str, str | None]) -> None:
        """Start the release of before with its own variables; from now on those of the new release are in force."""
        today = dict(self.sandbox.environment)
        self.sandbox.environment.clear()
        self.sandbox.environment.update(yesterday, **self.variables(self.file), PROJECT=str(self.sandbox.root))
        self.sandbox.environment["ENV_FILE"] = self.file
        self.run("python manage.py collectstatic --no-input --verbosity 0 && depot restart")
        self.run("python runbooks/backup_database.py --into ~/nightly --apply")
        changed = {name: value for name, value in today.items() if value != yesterday.get(name)}
        gone = dict.fromkeys(yesterday.keys() - today.keys())
        self.sandbox.environment.update({**self.variables(self.file, self.home / "new"), **changed, **gone})

    def variables(self, file: str, folder: Path | None = None) -> dict[str, str]:
        lines = ((folder or self.sandbox.root) / file).read_text("utf-8").splitlines()
        pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
        return {name.strip(): value.strip() for name, _, value in pairs}

    def ask(self, layer: str) -> Asked:
        """Run a layer's commands; a log holds what was typed and what was said."""
        words = {"before": self.before, "after": AFTER, "environment": self.environment, "file": f"~/new/{self.file}"}
        commands, exits, log = [], [], []
        began = time.perf_counter()
        for command in (template.format(**words) for template in LAYERS[layer]):
            name, _, flags = command.partition(" ")
            typed = f"python runbooks/{name}.py --project ~/new {flags}".rstrip()
            done = self.sandbox.run(f"{typed} --record ~/records/{layer}", check=False, timeout=LIMIT)
            commands.append(typed)
            exits.append(done.status)
            log.append(f"$ {typed}\n{done.output.rstrip()}\n")
            if done.status:
                break
        return Asked(layer, commands, exits, round(time.perf_counter() - began, 1), "\n".join(log))

    def told(self, number: int) -> Rehearsal:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return Rehearsal(number, now, self.drawn.change, self.drawn.fault, self.environment)

    def state(self) -> State:
        """Give the schema and all rows: what a way back must have brought back; files are the repository's."""
        found = read_state(self.sandbox, self.lab.settings.ignore_columns)
        return State({}, found.schema, found.rows, frozenset())

    def website(self) -> int:
        asking = (
            "import os, urllib.request as r, urllib.error as e\n"
            "q = r.Request(os.environ['DEPOT_URL'] + '/api/v1/health/', headers={'X-Forwarded-Proto': 'https'})\n"
            "try: print(r.urlopen(q, timeout=10).status)\n"
            "except e.HTTPError as error: print(error.code)\n"
            "except OSError: print(0)"
        )
        return int(self.run(f"python -c {shlex.quote(asking)}"))

    def release(self) -> str:
        return self.run("git tag --points-at HEAD").strip() or "none"

    def records(self) -> dict[str, str]:
        files = sorted((self.home / "records").glob("*/*.jsonl"))
        return {f"{file.parent.name}.{file.name}": file.read_text("utf-8") for file in files}

    def script(self, name: str, text: str) -> None:
        (self.home / name).write_text(text, "utf-8")
        (self.home / name).chmod(0o755)

    def run(self, command: str) -> str:
        done = self.sandbox.run(command, check=False, timeout=120)
        if done.status:
            raise ProofbookError(command, f"ended with {done.status}: {done.output.strip()[-800:]}")
        return str(done.output)
