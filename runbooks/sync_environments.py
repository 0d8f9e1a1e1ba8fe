#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Compare which variables two environments have, by their names only.

Each side is a .env file, or the name of an environment in environment.toml: what it requires, and what
it may have. A value is never told, nor whether two values are equal.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from _case import Case
from _check import Check, check_all
from _env_file import read_env_file
from _finding import Finding
from _step import CouldNotTell
from _variables import FILE, Manifest, read_manifest


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: the names it has or must have, and those it may have besides."""

    shown: str
    has: dict[str, int]
    may: frozenset[str]
    is_file: bool


class Comparing(Case):
    """What this run has found."""

    manifest: Manifest | None
    sides: tuple[Side, Side]


# --8<-- [start:open_sides]
def open_sides(case: Comparing) -> None:
    """Read both sides: a file if there is one, otherwise an environment of the manifest."""
    options = case.options
    path = Path(options.manifest or Path(options.project, FILE))
    case.manifest = read_manifest(path) if options.manifest or path.exists() else None
    case.sides = (open_side(case, options.left), open_side(case, options.right))


def open_side(case: Comparing, named: str) -> Side:
    path, manifest = Path(named), case.manifest
    if path.is_file():
        return Side(
            named, {each.name: each.line for each in read_env_file(path).assignments}, frozenset(), is_file=True
        )
    if manifest is None or named not in manifest.environments:
        known = f"an environment of {manifest.path}" if manifest else "an environment, as there is no manifest"
        raise CouldNotTell(f"{named} is neither a file nor {known}", "name a .env file, or give --manifest")
    expected = [each for each in manifest.variables.values() if each.is_expected(named) and each.in_file]
    required = {each.name: 0 for each in expected if each.is_required(named)}
    return Side(named, required, frozenset(each.name for each in expected), is_file=False)


# --8<-- [end:open_sides]


# --8<-- [start:compare]
def compare(case: Comparing) -> Iterator[Finding]:
    """Tell each name that one side has and the other has not, unless the manifest keeps it to one of them."""
    for one, other in (case.sides, case.sides[::-1]):
        for name, line in sorted(one.has.items()):
            if name not in other.has and name not in other.may and not is_kept(case, name, one):
                place = {"path": one.shown, "line": line} if one.is_file else {}
                hint = f"add it to {other.shown}, or take it out of {one.shown}"
                yield Finding(f"{name} is in {one.shown} and not in {other.shown}", hint, **place)  # type: ignore[arg-type]


def is_kept(case: Comparing, name: str, side: Side) -> bool:
    """Tell whether the manifest says that only some environments have it."""
    variable = case.manifest.variables.get(name) if case.manifest and side.is_file else None
    return bool(variable and variable.only)


# --8<-- [end:compare]


# --8<-- [start:steps]
STEPS = [
    Check("sides", "Both sides can be read", open_sides),
    Check("names", "Both have the same names", compare, ("sides",)),
]
# --8<-- [end:steps]


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("left", metavar="LEFT", help="a .env file, or an environment of the manifest")
    parser.add_argument("right", metavar="RIGHT", help="the same, to compare with")
    parser.add_argument("--manifest", metavar="FILE", help="the manifest (environment.toml beside manage.py)")


def main(argv: list[str] | None = None) -> int:
    """Run this check."""
    return check_all(__file__, __doc__, STEPS, argv, add_options, case_type=Comparing)


if __name__ == "__main__":
    raise SystemExit(main())
