"""Proves pages with another environment of the lab, and holds what failed against what is known not to hold there."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
KNOWN = ROOT / "requirements" / "variants.toml"
HOLDS, FINDING, UNKNOWN = 0, 1, 2


def main(variant: str, words: list[str]) -> int:
    """Prove, and judge what came of it."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "told.json"
        command = [Path(sys.executable).with_name("proofbook"), "prove", "--lab", f".venv-lab-{variant}"]
        status = subprocess.run([*command, "--json", told, *words], cwd=ROOT, check=False).returncode
        if status == UNKNOWN or not told.exists():
            return UNKNOWN
        outcome = json.loads(told.read_text("utf-8"))
    known = known_on(variant)
    for name in sorted({each["id"] for each in outcome["findings"]} & known.keys()):
        print(f"known not to hold with {variant}: {name}: {known[name]}")
    surprises = list(unforeseen(outcome, known))
    unknown = list(unjudged(outcome))
    for each in (*surprises, *unknown):
        print(f"✗ {each}")
    if surprises:
        print(f"does not hold with {variant}")
        return FINDING
    print(f"{'could not be told' if unknown else 'all else holds'} with {variant}")
    return UNKNOWN if unknown else HOLDS


def known_on(variant: str) -> dict[str, str]:
    """Give what does not hold with this environment, or with one of its parts, each with its reason."""
    listed: Mapping[str, Mapping[str, str]] = tomllib.loads(KNOWN.read_text("utf-8"))
    chosen = [listed.get(part, {}) for part in dict.fromkeys((*variant.split("-"), variant))]
    return {name: reason for part in chosen for name, reason in part.items()}


def unforeseen(outcome: Mapping[str, Any], known: Mapping[str, str]) -> Iterator[str]:
    """Give what failed and is not listed, and what is listed and holds."""
    for each in outcome["findings"]:
        if each["id"] not in known:
            yield f"{each['id']} failed: mend it, or write the reason into requirements/{KNOWN.name}"
    for name in sorted(known.keys() & set(outcome["held"])):
        yield f"{name} holds: take it out of requirements/{KNOWN.name}"


def unjudged(outcome: Mapping[str, Any]) -> Iterator[str]:
    """Give what was to be proven and neither failed nor held, listed or not, and a run that broke off."""
    judged = {*outcome["held"], *(each["id"] for each in (*outcome["findings"], *outcome["waived"]))}
    skipped = {each["id"]: each["reason"] for each in outcome["not_run"]}
    for name in outcome["expected"]:
        if name not in judged:
            yield f"{name} was not judged: {skipped.get(name, 'the run never came to it')}"
    if outcome["broke_off"]:
        yield "the run broke off: see above"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
