#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Check the variables of one environment before they are deployed, and tell all that is wrong at once.

It judges this process's environment, or the .env file that will be deployed, by environment.toml and by
what Django makes of it. No value of a secret is told, nor a part of one.
"""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Iterator, Sequence

from _check import Check, check_all
from _draft import draft
from _env_file import faults_of
from _finding import Finding
from _judging import Judging, open_manifest, open_values, start_settings
from _origins import admits, judge_origin
from _settled import (
    judge_browsers,
    judge_database,
    judge_deployment,
    judge_neighbours,
    judge_secret_key,
    judge_security,
)
from _values import JUDGES, is_placeholder, words
from _variables import Rule

DATABASE = ("DATABASE", "DB_", "POSTGRES", "PG")
USUAL = {"DJANGO_SETTINGS_MODULE", "HOME", "PATH", "USER", "LANG", "TZ", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV"}


def judge_lines(case: Judging) -> Iterator[Finding]:
    """Read the variables, and find what another reader of the file would read otherwise."""
    yield from open_values(case)
    if case.env_file:
        yield from faults_of(case.env_file, case.environment.reader)


# --8<-- [start:required]
def judge_required(case: Judging) -> Iterator[Finding]:
    """Find every variable that is required and missing, empty, blank or a placeholder still."""
    for each in case.variables():
        value, place = case.values.get(each.name), case.place(each.name)
        where = f"{case.environment.name} cannot do without it"
        if value is None:
            if each.is_required(case.environment.name):
                fault = "ENV108" if each.name.startswith(DATABASE) else "ENV118"
                yield Finding(f"{each.name} is missing", f"{where}: {each.about or each.type}", fault=fault, **place)
        elif is_placeholder(value):
            yield Finding(f"{each.name} is a placeholder still", "put the value in", fault="ENV112", **place)
        elif not value.strip():
            state, fault = ("blank" if value else "empty"), "ENV106" if "ENGINE" in each.name else "ENV112"
            if each.is_required(case.environment.name):
                yield Finding(f"{each.name} is {state}", where, fault=fault, **place)
            elif each.type not in {"text", "flag", "hosts", "origins", "csrf-origins", "origin-patterns"}:
                hint = "take the line out: an empty variable is set, so no default is used"
                yield Finding(f"{each.name} is {state}", hint, fault=fault, **place)


# --8<-- [end:required]


# --8<-- [start:values]
def judge_values(case: Judging) -> Iterator[Finding]:
    """Hold each value against its type; of a secret only what its judge may tell."""
    for each in case.variables():
        if not case.has(each.name):
            continue
        value, place = case.values[each.name], case.place(each.name)
        if each.choices and value not in each.choices:
            yield Finding(f"{each.name} is none of {', '.join(each.choices)}", "choose one", **place)
        for found in JUDGES[each.type](value.strip(), deployed=case.deployed):
            between = ": " if found.message.startswith("'") else " "
            fact = f"{each.name}{between}{found.message}"
            if each.is_secret and each.type not in {"secret-key", "database-url"}:
                fact = f"{each.name} is not what its type, {each.type}, asks for"
            yield Finding(fact, found.hint, fault=found.fault, severity=found.severity, **place)
    for each in case.manifest.variables.values():
        if not each.is_expected(case.environment.name) and case.has(each.name):
            hint = f"it is for {', '.join(each.only)} only"
            yield Finding(f"{each.name} is set", hint, severity="warning", **case.place(each.name))


# --8<-- [end:values]


# --8<-- [start:rules]
def judge_rules(case: Judging) -> Iterator[Finding]:
    """Hold the variables against each other, as the manifest's rules say."""
    for rule in case.manifest.rules:
        if not rule.environments or case.environment.name in rule.environments:
            for fact, fault in broken(case, rule):
                yield Finding(fact, rule.because, fault=fault, **case.place(rule.names[-1]))


def broken(case: Judging, rule: Rule) -> Iterator[tuple[str, str]]:
    given = [name for name in rule.together if case.has(name)]
    if rule.one_of and not any(map(case.has, rule.one_of)):
        yield f"none of {', '.join(rule.one_of)} is set", "ENV118"
    if given and (lacking := [name for name in rule.together if name not in given]):
        yield f"{', '.join(given)} needs {', '.join(lacking)}", "ENV118"
    values = [case.values[name] for name in rule.differ if case.has(name)]
    if len(set(values)) < len(values):
        yield f"{', '.join(rule.differ)} must differ", ""
    if rule.when and case.has(rule.when) and rule.equals in {"", case.values[rule.when]}:
        yield from ((f"{rule.when} needs {name}", "ENV118") for name in rule.needs if not case.has(name))
    if rule.each_of:
        listed = words(case.values.get(rule.stands_in, ""))
        for word in words(case.values.get(rule.each_of, "")):
            well_written = not any(judge_origin(word, "origins", deployed=False))
            if well_written and not any(admits(entry, word) for entry in listed):
                yield f"{rule.stands_in} lacks {word} of {rule.each_of}", "ENV101"


# --8<-- [end:rules]


# --8<-- [start:code]
def judge_code(case: Judging) -> Iterator[Finding]:
    """Compare the variables that the code reads with those the manifest knows, both ways."""
    manifest, known = case.manifest, {*case.manifest.variables, *case.manifest.ignore, *USUAL}
    read = {each.name: each for each in reversed(case.reads)}
    for name, each in sorted(read.items()):
        if name and name not in known:
            hint = f"add [variables.{name}] to {manifest.path.name}, or name it in its ignore"
            yield Finding(f"{name} is read here, and the manifest lacks it", hint, each.path, each.line)
    for each in (each for each in case.reads if not each.name):
        hint = "the manifest cannot be compared here: read it by its name"
        yield Finding("a variable is read whose name is computed", hint, each.path, each.line, severity="warning")
    for name, variable in manifest.variables.items():
        if name not in read and name not in USUAL and not variable.read_by:
            hint = "take it out of the manifest, or say read_by there"
            place = {"path": str(manifest.path), "line": manifest.lines.get(name, 0)}
            yield Finding(f"{name} is read nowhere in the code", hint, severity="warning", **place)  # type: ignore[arg-type]
    for name in sorted(set(case.env_file.values if case.env_file else ()) - known - set(read)):
        near = difflib.get_close_matches(name, [*manifest.variables, *filter(None, read)], 1)
        hint = f"did you mean {near[0]}?" if near else "take it out, or add it to the manifest"
        yield Finding(f"{name} is set, and nobody reads it", hint, severity="warning", **case.place(name))


# --8<-- [end:code]


# --8<-- [start:steps]
STEPS = [
    Check("manifest", "The manifest can be read", open_manifest),
    Check("lines", "Every reader of the file reads the same", judge_lines, ("manifest",)),
    Check("required", "Nothing that is required is missing, empty or a placeholder", judge_required, ("lines",)),
    Check("values", "Each value is of its type", judge_values, ("lines",)),
    Check("rules", "The rules between variables hold", judge_rules, ("lines",)),
    Check("neighbours", "Nothing points into another environment", judge_neighbours, ("lines",)),
    Check("code", "The manifest and the code know the same variables", judge_code, ("lines",)),
    Check("settings", "The settings module loads with these variables", start_settings, ("lines",)),
    Check("database", "No database is SQLite where others rely on it", judge_database, ("settings",)),
    Check("browsers", "Who comes from a browser may read and write", judge_browsers, ("settings",)),
    Check("security", "DEBUG, cookies and HSTS are as a server needs them", judge_security, ("settings",)),
    Check("secret-key", "The key is strong, and nobody else knows it", judge_secret_key, ("settings",)),
    Check("deployment", "check --deploy --fail-level WARNING has nothing to say", judge_deployment, ("settings",)),
]
# --8<-- [end:steps]


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--environment", metavar="NAME", required=True, help="one of the manifest's: dev, uat, prod")
    parser.add_argument("--env-file", metavar="FILE", help="the .env file to judge (this process's environment)")
    parser.add_argument("--manifest", metavar="FILE", help="the manifest (environment.toml beside manage.py)")
    parser.add_argument("--draft", action="store_true", help="print a manifest to begin with, and do nothing else")


def main(argv: Sequence[str] | None = None) -> int:
    """Run this check; with --draft print a manifest to begin with."""
    words = list(sys.argv[1:] if argv is None else argv)
    if "--draft" in words:
        return draft(__doc__, [word for word in words if word != "--draft"])
    return check_all(__file__, __doc__, STEPS, words, add_options, case_type=Judging)


if __name__ == "__main__":
    raise SystemExit(main())
