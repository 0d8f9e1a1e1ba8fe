"""What the runbooks know of environment.toml: which variables there are, where each is needed, and their rules."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from _env_file import READERS
from _masking import SECRET_NAME
from _step import CouldNotTell
from _values import JUDGES, SECRET_TYPES

FILE = "environment.toml"
NAMED = {"tuple": "a list", "bool": "true or false", "str": "a text"}
FORMS = ("one_of", "together", "differ", "when", "each_of")


@dataclass(frozen=True, slots=True)
class Environment:
    """One place the project runs in: its settings module, and what browsers and probes call it."""

    name: str
    settings: str = ""
    deployed: bool = True
    reader: str = "dotenv"
    domain: str = ""
    sites: tuple[str, ...] = ()
    front_ends: tuple[str, ...] = ()
    only_read: tuple[str, ...] = ()
    probes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable: its type, where it is required, and whether its value may ever be shown."""

    name: str
    type: str = "text"
    about: str = ""
    required: bool | tuple[str, ...] = False
    only: tuple[str, ...] = ()
    secret: bool | None = None
    example: str = ""
    choices: tuple[str, ...] = ()
    in_file: bool = True
    read_by: str = ""

    @property
    def is_secret(self) -> bool:
        """Tell whether its value is never shown; what looks like a secret is one unless said otherwise."""
        guess = self.type in SECRET_TYPES or bool(SECRET_NAME.search(self.name))
        return guess if self.secret is None else self.secret

    def is_required(self, environment: str) -> bool:
        """Tell whether an environment cannot do without it."""
        return self.required if isinstance(self.required, bool) else environment in self.required

    def is_expected(self, environment: str) -> bool:
        """Tell whether it may be set there at all."""
        return not self.only or environment in self.only


@dataclass(frozen=True, slots=True)
class Rule:
    """What must hold between variables; exactly one of its forms is used."""

    one_of: tuple[str, ...] = ()
    together: tuple[str, ...] = ()
    differ: tuple[str, ...] = ()
    when: str = ""
    equals: str = ""
    needs: tuple[str, ...] = ()
    each_of: str = ""
    stands_in: str = ""
    environments: tuple[str, ...] = ()
    because: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Give the variables it speaks of."""
        lone = tuple(name for name in (self.when, self.each_of, self.stands_in) if name)
        return (*self.one_of, *self.together, *self.differ, *self.needs, *lone)


@dataclass(frozen=True, slots=True)
class Manifest:
    """The whole of environment.toml."""

    path: Path
    environments: Mapping[str, Environment]
    variables: Mapping[str, Variable]
    rules: Sequence[Rule] = ()
    headers: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict)

    def environment(self, name: str) -> Environment:
        """Give an environment by its name."""
        if name in self.environments:
            return self.environments[name]
        known = ", ".join(self.environments)
        raise CouldNotTell(f"{self.path} knows no environment {name}", f"it is one of {known}")

    def is_secret(self, name: str) -> bool:
        """Tell whether a value may not be shown; what the manifest does not know is a secret."""
        return name not in self.variables or self.variables[name].is_secret


# --8<-- [start:read]
def read_manifest(path: Path) -> Manifest:
    """Read environment.toml; what it says in words nobody knows is an error, never passed over."""
    try:
        text = path.read_text("utf-8")
        table = tomllib.loads(text)
    except FileNotFoundError:
        hint = "name it with --manifest, or let --draft print one to begin with"
        raise CouldNotTell(f"there is no {path}", hint) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CouldNotTell(f"{path} cannot be read: {error}", "mend the file") from None
    refuse_unknown(path, "the file", table, {"environments", "variables", "rules", "headers", "ignore"})
    environments = {
        name: record(path, f"environments.{name}", Environment, given, name=name, deployed=name != "dev")
        for name, given in a_table(path, "environments", table.get("environments", {})).items()
    }
    variables = {
        name: record(path, f"variables.{name}", Variable, given, name=name)
        for name, given in a_table(path, "variables", table.get("variables", {})).items()
    }
    given = table.get("rules", [])
    if not isinstance(given, list):
        raise CouldNotTell(f"{path}: rules is no list of tables", "write each rule below a line [[rules]]")
    rules = [record(path, f"rule {number}", Rule, each) for number, each in enumerate(given, 1)]
    lists = {key: texts(path, key, table.get(key, [])) for key in ("headers", "ignore")}
    manifest = Manifest(path, environments, variables, rules, **lists, lines=lines_of(text))
    check_manifest(manifest)
    return manifest


# --8<-- [end:read]


def a_table(path: Path, where: str, given: Any) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise CouldNotTell(f"{path}: {where} is no table", f"write it below a line [{where}]")
    return given


def texts(path: Path, where: str, given: Any) -> tuple[str, ...]:
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        raise CouldNotTell(f"{path}: {where} is not a list of texts", 'write it as ["ONE", "OTHER"]')
    return tuple(given)


def record(path: Path, where: str, kind: type[Any], said: Any, **usual: Any) -> Any:
    given = usual | a_table(path, where, said)
    refuse_unknown(path, where, given, {each.name for each in fields(kind)})
    for each in fields(kind):
        value = given.get(each.name)
        wanted = {part.partition("[")[0] for part in str(each.type).split(" | ")}
        if value is not None and {"list": "tuple"}.get(type(value).__name__, type(value).__name__) not in wanted:
            named = " or ".join(NAMED[name] for name in NAMED if name in wanted)
            raise CouldNotTell(f"{path}: {where}: {each.name} is not {named}", "see the manifest's reference")
    lists = {key: texts(path, f"{where}: {key}", value) for key, value in given.items() if isinstance(value, list)}
    return kind(**{**given, **lists})


def refuse_unknown(path: Path, where: str, given: Iterable[str], known: Iterable[str]) -> None:
    for key in given:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(known))}"
            raise CouldNotTell(f"{path}: {where} has a key {key} that means nothing", hint)


def lines_of(text: str) -> dict[str, int]:
    """Give the line on which each variable's table begins."""
    heads = ((number, re.match(r"\[variables\.(\w+)\]", line)) for number, line in enumerate(text.splitlines(), 1))
    return {match[1]: number for number, match in heads if match}


def check_manifest(manifest: Manifest) -> None:
    """Refuse a manifest that contradicts itself."""
    for fact in contradictions(manifest):
        raise CouldNotTell(f"{manifest.path}: {fact}", "see the manifest's reference")


def contradictions(manifest: Manifest) -> Iterator[str]:
    if not manifest.environments:
        yield "names no environment"
    for environment in manifest.environments.values():
        if environment.reader not in READERS:
            yield f"environments.{environment.name}: reader is none of {', '.join(READERS)}"
    for each in manifest.variables.values():
        yield from variable_contradictions(each, set(manifest.environments))
    for number, rule in enumerate(manifest.rules, 1):
        yield from (f"rule {number} {fact}" for fact in rule_contradictions(rule, manifest))


def variable_contradictions(each: Variable, environments: set[str]) -> Iterator[str]:
    if each.type not in JUDGES:
        yield f"variables.{each.name}: type is none of {', '.join(JUDGES)}"
    if (each.type == "choice") != bool(each.choices):
        yield f"variables.{each.name}: type choice and choices need each other"
    places = () if isinstance(each.required, bool) else each.required
    if unknown := {*places, *each.only} - environments:
        yield f"variables.{each.name}: names an environment that is none: {', '.join(sorted(unknown))}"


def rule_contradictions(rule: Rule, manifest: Manifest) -> Iterator[str]:
    forms = [form for form in FORMS if getattr(rule, form)]
    if len(forms) != 1 or bool(rule.when) != bool(rule.needs) or bool(rule.each_of) != bool(rule.stands_in):
        yield f"is not one of {', '.join(FORMS)} (when goes with needs, each_of with stands_in)"
    if unknown := set(rule.names) - set(manifest.variables):
        yield f"speaks of variables the manifest lacks: {', '.join(sorted(unknown))}"
    if unknown := set(rule.environments) - set(manifest.environments):
        yield f"names an environment that is none: {', '.join(sorted(unknown))}"
