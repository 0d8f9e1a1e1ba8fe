"""Rehearses what a seed draws, one after the other, and keeps what came of each."""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from changes import CHANGES
from mix import FAULTS, Drawn, chosen, draw
from rehearsing import NotRehearsed, rehearse

from proofbook.errors import ProofbookError
from proofbook.lab.preparing import prepared_lab
from proofbook.pages.reading import readable_pages
from proofbook.proof.fingerprint import lab_versions
from proofbook.review import rehearsals
from proofbook.settings import Settings, read_settings

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "docs" / "review" / "rehearsals"


def main() -> int:
    """Rehearse the mix of a seed, or the faults that are named."""
    parser = argparse.ArgumentParser(prog="scripts/rehearse", description=__doc__)
    add = parser.add_argument
    add("--seed", type=int, default=20251103, help="draws the mix (20251103)")
    add("--healthy", type=int, default=12, metavar="N", help="how many releases without a fault (12)")
    add("--broken", type=int, default=40, metavar="N", help=f"how many with one, of {len(FAULTS)} (40)")
    add("--only", nargs="+", metavar="CODE", help="these faults; `healthy` is one of each change")
    add("--into", type=Path, metavar="DIR", help="a new folder for what is kept (docs/review/rehearsals)")
    options = parser.parse_args()
    if options.broken > len(FAULTS):
        parser.error(f"there are {len(FAULTS)} faults to draw from")
    if unknown := set(options.only or ()) - {*FAULTS, "healthy"}:
        parser.error(f"not among what is rehearsed: {', '.join(sorted(unknown))}")
    mix = chosen(options.only, options.seed) if options.only else draw(options.seed, options.healthy, options.broken)
    into = options.into or (None if options.only else KEPT)
    if into and into.exists() and any(into.iterdir()):
        parser.error(f"{into} holds rehearsals already: move them away first")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the server must not outlive this
    try:
        return rehearse_all(mix, into, options.seed)
    except ProofbookError as error:
        print(f"scripts/rehearse: {error}", file=sys.stderr)
        return 2


def rehearse_all(mix: list[Drawn], into: Path | None, seed: int) -> int:
    """Rehearse one after the other; what cannot be set up is kept as such, with the reason."""
    settings = read_settings(ROOT)
    pages = {page.fault: page for page in readable_pages(settings) if page.fault}
    not_rehearsed: list[dict[str, str]] = []
    with prepared_lab(settings, settings.postgres, say) as lab:
        if into:
            into.mkdir(parents=True, exist_ok=True)
            note(into, mix, seed, settings, not_rehearsed)
        for number, drawn in enumerate(mix, 1):
            began = time.monotonic()
            try:
                kept = rehearse(number, drawn, pages[drawn.fault] if drawn.fault else None, lab)
            except NotRehearsed as error:
                not_rehearsed.append({"fault": drawn.fault, "change": drawn.change, "reason": error.fact})
                say(f"{number:3} {drawn.fault or 'healthy':8} {drawn.change:9} could not be set up: {error}")
                continue
            if into:
                keep(into / f"{number:02}", kept)
            took = f"{time.monotonic() - began:.0f} s"
            say(f"{number:3} {drawn.fault or 'healthy':8} {drawn.change:9} {summary(kept)}  {took}")
        if into:
            note(into, mix, seed, settings, not_rehearsed)
    return 2 if not_rehearsed else 0


def summary(kept: dict[str, str]) -> str:
    told = json.loads(kept[rehearsals.KEPT])
    said = "  ".join(f"{each['layer']} {each['exits']} {each['seconds']} s" for each in told["layers"])
    website = f"website {told['website_before']}>{told['website_after']} {told['release_after']}"
    return f"{said}  {website} same={told['as_before']}"


def keep(folder: Path, files: dict[str, str]) -> None:
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")


def note(into: Path, mix: list[Drawn], seed: int, settings: Settings, not_rehearsed: list[dict[str, str]]) -> None:
    """Write what holds for all of them: the seed, the mix in its order, when, on what."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short=8", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    told = {
        "seed": seed,
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "commit": commit.stdout.strip(),
        "versions": dict(lab_versions(settings, settings.postgres)),
        "changes": {name: change.says for name, change in CHANGES.items()},
        "mix": [{"change": each.change, "fault": each.fault} for each in mix],
        "not_rehearsed": not_rehearsed,
    }
    (into / rehearsals.MIX).write_text(json.dumps(told, indent=1) + "\n")


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
