"""What a deployment and the way back from it share: lock, journal, the user's commands, the website."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import _databases
from _command import in_shell, run_command
from _deploy_lock import Locked, add_lock_options, open_lock, still_held, take_lock, wait_for_others
from _django_probe import Project
from _dump import SERVER
from _moving import Moving
from _nested import code_of
from _numbers import at_least
from _releases import ENDS, Deployment, Releases, in_force, releases_of
from _repository import Repository
from _scratch import sweep
from _step import CouldNotTell, Failed, Refused
from _target import connect_for, open_sql, start_project
from smoke_test import add_page_options


class Deploying(Locked):
    """What this run has found."""

    journal: Releases
    found: list[Deployment]
    release: str
    reached: bool = False

    @property
    def open_one(self) -> Deployment | None:
        """Give the deployment that was interrupted: the last one, or one from which going back was."""
        found = (each for each in reversed(self.found) if each.is_open)
        return next((each for each in found if each is self.found[-1] or each.is_going_back()), None)

    @property
    def previous(self) -> str:
        """Give the name of the release in use before."""
        return next((each.release for each in reversed(in_force(self.found))), "")

    def note(self, event: str, **facts: Any) -> None:
        """Write down what happens, before anything else does; begin nothing without the lock."""
        if event not in ENDS and not still_held(self):
            raise Failed("the lock of this deployment is gone: its connection was ended", "the server's log says why")
        self.journal.note(event, **facts)
        self.found = self.journal.read()

    def moving(self, project: Project | None = None) -> Moving:
        """Give the project on its database, with the patience the reader wants."""
        project = project or self.project
        if project is None:
            raise CouldNotTell("the project has not been opened", "name its folder with --project")
        kept = self.open_one.fact("invalid") if self.open_one else None
        return Moving(project, self.target, self.options.lock_timeout, self.options.tries, kept)


# --8<-- [start:open_all]
def open_all(case: Deploying) -> list[str]:
    """Open the project, its database and the journal; say who deploys at the moment."""
    says = open_lock(case)
    if case.project is None:
        raise CouldNotTell("there is no project here", "name the folder of its manage.py with --project")
    case.project.teach("_inside_deploy.py")
    says += open_sql(case)
    wait_for_others(case)
    says += [f"dropped what a killed run left: {each}" for each in (sweep(case.sql) if case.options.apply else ())]
    [server] = case.sql.rows(SERVER)
    case.journal = releases_of(case.options.into, case.name, server["id"], case.redact)
    case.found = case.journal.read()
    return [*says, f"in use: {case.previous or 'a release that the journal does not know'}"]


def open_again(case: Deploying) -> None:
    """Open all of it anew: a question that was interrupted may still be answered on the old connections."""
    if case.project and case.project.python:
        case.project.python.kill()
    start_project(case).teach("_inside_deploy.py")
    open_sql(case)
    case.server = connect_for(case, case.target.on(case.options.maintenance))


def take_over(case: Deploying) -> Iterator[str]:
    """Take the lock, and see that nobody has deployed between the first look and now."""
    yield from take_lock(case)
    was, case.found = case.found, case.journal.read()
    if [each.events for each in case.found] != [each.events for each in was]:
        raise Refused("somebody has deployed or gone back just now", "run this again, to look again")


def hold_again(case: Deploying) -> Iterator[str]:
    """Take a lock that was lost once more, and see what others have done meanwhile."""
    if not still_held(case):
        yield from take_over(case)


# --8<-- [end:open_all]


def release_of(case: Deploying) -> str:
    """Name the release: as the reader does, or by the commit of the project's folder."""
    if case.options.release:
        return str(case.options.release)
    try:
        repository = Repository(Path(case.options.project))
        return repository.run("rev-parse", "--short", repository.commit("HEAD")).strip()
    except CouldNotTell as error:
        raise CouldNotTell(error.fact, "name the release: --release NAME") from None


def way_back(case: Deploying, *flags: str) -> str:
    """Give the command line that goes back: it can be pasted as it stands."""
    options = case.options
    more = ["--switch-back", options.switch_back] if options.switch_back else []
    more += _databases.elsewhere(options.maintenance)
    return case.command("--into", options.into, *flags, *more, "--apply", runbook="roll_back_release")


# --8<-- [start:run_switch]
def run_switch(case: Deploying, command: str, to: str, instead_of: str) -> Iterator[str]:
    """Run a command of the user's in a shell; it finds the two releases in its environment, and holds the lock on."""
    names = {"RELEASE": to, "PREVIOUS_RELEASE": instead_of}
    keep = (case.lock.stdin.fileno(),) if case.lock else ()
    yield from run_command(in_shell(command), names, limit=case.options.command_limit, keep=keep)


# --8<-- [end:run_switch]


def ask_website(case: Deploying, *flags: str) -> int:
    """Run the smoke test with what was said about the website, and give its code."""
    options = case.options
    pairs = {"--host": options.host, "--health": options.health, "--ready": options.ready, "--page": options.page}
    pairs |= {"--static": options.static, "--wait": options.wait, "--timeout": options.timeout}
    given = [word for flag, value in pairs.items() if value not in (None, "") for word in (flag, str(value))]
    return code_of(case, "smoke_test", "--url", options.url, *given, *(["--behind-tls"] * options.behind_tls), *flags)


def must_be_healthy(case: Deploying, *flags: str) -> None:
    if code := ask_website(case, *flags):
        what = "it does not work" if code == 1 else "whether it works could not be checked, so it is not taken to"
        raise Failed(f"the website at {case.options.url}: {what}", "what smoke_test says above tells why")


def add_shared_options(parser: argparse.ArgumentParser) -> None:
    """Offer what a deployment and its way back both need."""
    add = parser.add_argument
    add("--into", metavar="DIR", required=True, help="the folder of the backups and of the journal")
    add("--switch-back", metavar="COMMAND", help="a command that puts the code of $RELEASE, the one before, back")
    add("--lock-timeout", metavar="TIME", default="2s", help="how long a migration may wait for a lock (2s)")
    often = "how often a migration is tried that gets no lock (5)"
    add("--tries", metavar="N", type=at_least(1), default=5, help=often)
    add("--url", help="where the server listens, for the smoke test")
    add_page_options(parser)
    add_lock_options(parser)
