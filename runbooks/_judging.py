"""What one judgement of an environment knows: the manifest, the values, and the project that runs with them."""

from __future__ import annotations

import argparse
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from _case import Case
from _django_probe import open_project
from _env_file import EnvFile, Unreadable, read_env_file
from _env_reads import Read, find_reads
from _finding import Finding
from _masking import mask, parts_of
from _step import CouldNotTell, Stop
from _values import is_placeholder
from _variables import FILE, Environment, Manifest, Variable, read_manifest

SETTINGS = "DJANGO_SETTINGS_MODULE"
SHORT = 5


class Judging(Case):
    """What has been found out about one environment."""

    manifest: Manifest
    environment: Environment
    env_file: EnvFile | None = None
    values: Mapping[str, str]
    reads: list[Read]
    resolved: Mapping[str, Any]

    def __init__(self, file: str, options: argparse.Namespace, stack: ExitStack | None = None) -> None:
        super().__init__(file, options, stack)
        self.guarded: set[str] = set()
        self.salt = secrets.token_hex(16)

    @property
    def deployed(self) -> bool:
        """Tell whether the environment is a server others rely on."""
        return self.environment.deployed

    def has(self, name: str) -> bool:
        """Tell whether a variable holds something that is meant."""
        value = self.values.get(name, "").strip()
        return bool(value) and not is_placeholder(value)

    def place(self, name: str) -> dict[str, Any]:
        """Give where a variable is set, for a finding."""
        found = self.env_file.find(name) if self.env_file else None
        apart = name in self.manifest.variables and not self.manifest.variables[name].in_file
        if self.env_file is None or (apart and not found):
            return {}
        return {"path": str(self.env_file.path), "line": found.line if found else 0}

    def variables(self) -> Iterator[Variable]:
        """Give the manifest's variables that may be set in this environment."""
        return (each for each in self.manifest.variables.values() if each.is_expected(self.environment.name))

    # --8<-- [start:guard]
    def guard(self) -> None:
        """Keep every value that may be secret out of all that is told, and remember it to find parts of it."""
        for name, value in self.values.items():
            known = name in self.manifest.variables or len(value) > SHORT
            if known and self.manifest.is_secret(name) and not is_placeholder(value):
                self.hide(value, *parts_of(value))
                self.guarded |= parts_of(value)

    def mask(self, text: str) -> str:
        """Give a text of the project's without any part of a secret."""
        return mask(text, self.guarded)

    # --8<-- [end:guard]


def open_manifest(case: Judging) -> None:
    """Read the manifest and choose the environment."""
    options = case.options
    path = Path(options.manifest) if options.manifest else Path(options.project, FILE)
    case.manifest = read_manifest(path)
    case.environment = case.manifest.environment(options.environment)


# --8<-- [start:open_values]
def open_values(case: Judging) -> Iterator[Finding]:
    """Read what is to be judged: the file that will be deployed, or this process's environment."""
    names = case.manifest.variables
    if case.options.env_file is None:
        case.values = {name: os.environ[name] for name in (*names, SETTINGS) if name in os.environ}
    else:
        path = Path(case.options.env_file)
        try:
            case.env_file = read_env_file(path)
        except Unreadable:
            fact = "the file cannot be read by the user who runs this"
            yield Finding(fact, "give it to that user, and keep it at mode 600", str(path), fault="ENV113")
            raise CouldNotTell("there is nothing to judge") from None
        apart = {name: os.environ[name] for name, each in names.items() if not each.in_file and name in os.environ}
        case.values = {**apart, **case.env_file.values}
    case.guard()
    case.reads = find_reads(Path(case.options.project).resolve(), leave_out=(Path(case.file).resolve().parent,))


# --8<-- [end:open_values]


# --8<-- [start:open_settings]
def start_settings(case: Judging) -> Iterator[Finding]:
    """Start the project with the judged environment, and with nothing of it from anywhere else."""
    options = case.options
    if not Path(options.project, "manage.py").exists():
        raise CouldNotTell(f"there is no manage.py in {options.project}", "name the project's folder with --project")
    try:
        opened = open_project(options.project, options.python, options.database, environment_for(case))
        case.project = case.stack.enter_context(opened)
        case.project.teach("_inside_settings.py")
        case.resolved = case.project.ask("resolved", salt=case.salt)
    except Stop as stop:
        fact = case.mask(stop.fact)
        yield Finding(f"the project does not start: {fact}", stop.hint, fault=fault_of(stop.fact))
        raise CouldNotTell("nothing can be told of its settings") from None
    wanted, module = case.environment.settings, case.resolved["SETTINGS_MODULE"]
    if wanted and module != wanted:
        yield Finding(f"{SETTINGS} is {module}", f"{case.environment.name} runs {wanted}", **case.place(SETTINGS))
    yield from judge_reading(case)


# --8<-- [end:open_settings]


# --8<-- [start:judge_reading]
def judge_reading(case: Judging) -> Iterator[Finding]:
    """See that the project reads its own file: nothing may come out otherwise when we do not hand it over."""
    file, options = case.env_file, case.options
    own = Path(options.project, ".env").resolve()
    if file is None or case.environment.reader != "dotenv" or file.path.resolve() != own:
        return
    alone = {
        name: value for name, value in environment_for(case).items() if name not in file.values or name == SETTINGS
    }
    hint = "load the file before the settings read their first variable"
    try:
        with open_project(options.project, options.python, options.database, alone) as project:
            project.teach("_inside_settings.py")
            found = project.ask("resolved", salt=case.salt)
    except Stop as stop:
        fact = f"the project does not read the file: {case.mask(stop.fact)}"
        yield Finding(fact, hint, str(file.path), fault="ENV107")
        return
    if differing := [
        name for name in told_apart(found) if told_apart(found)[name] != told_apart(case.resolved).get(name)
    ]:
        fact = f"the project does not read the file: {', '.join(differing)} come out otherwise"
        yield Finding(fact, hint, str(file.path), fault="ENV107")


def told_apart(resolved: Mapping[str, Any]) -> dict[str, Any]:
    return {**resolved, **resolved["traces"], "traces": None}


# --8<-- [end:judge_reading]


def environment_for(case: Judging) -> dict[str, str]:
    """Give what the project is started with: what is judged, and of everything else what neither knows."""
    known = {*case.manifest.variables, *(read.name for read in case.reads), SETTINGS}
    base = dict(os.environ)
    if case.env_file:
        base = {name: value for name, value in os.environ.items() if name not in known}
    module = case.values.get(SETTINGS) or case.environment.settings or os.environ.get(SETTINGS, "")
    return {**base, **case.values, **({SETTINGS: module} if module else {})}


FAULTS = {
    "ENV114": r"Unable to configure handler|No such file or directory: '[^']*\.log'",
    "ENV106": r"Unsupported DB_ENGINE|isn't an available database backend",
    "ENV113": r"PermissionError.*\.env",
    "ENV108": r"KeyError: '(DB_|DATABASE|POSTGRES|PG)|variable (DB_|DATABASE|POSTGRES|PG)\w* is not set|"
    r"(variables?: |Set the |Exception: )DATABASE_URL\b(?!,)",
    "ENV112": r"setting must not be empty",
    "ENV118": r"KeyError: '[A-Z][A-Z0-9_]*'|[Mm]issing environment variable|environment variable$|"
    r"not found. Declare it as envvar|is not set",
}


def fault_of(text: str) -> str:
    """Give the fault that a text of a project which does not start is known by."""
    return next((fault for fault, pattern in FAULTS.items() if re.search(pattern, text)), "")
