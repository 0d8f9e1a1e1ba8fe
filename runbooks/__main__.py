"""Runs a runbook by its name, from the folder or from one file: python runbooks.pyz repair_history --app orders."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import sys
import textwrap
from pathlib import Path
from typing import Any


def summaries(place: str) -> dict[str, str]:
    """Give every runbook's name with the first sentence it says about itself; none is run for that."""
    found = {}
    for each in pkgutil.iter_modules([place]):
        finder: Any = each.module_finder
        text = finder.find_spec(each.name).loader.get_source(each.name)
        found[each.name] = (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]
    return {name: found[name] for name in sorted(found) if not name.startswith("_")}


def usage(place: str, names: dict[str, str]) -> str:
    """Tell how one is run, and what there is."""
    rows = [textwrap.fill(f"  {name:<22} {told}", 110, subsequent_indent=" " * 25) for name, told in names.items()]
    lines = [f"usage: python {place} RUNBOOK [FLAGS]", "", "RUNBOOK is one of:", *rows, ""]
    return "\n".join([*lines, f"Its own flags: python {place} RUNBOOK --help"])


def main() -> int:
    """Run the runbook that is named first, with all that follows."""
    place, asked = sys.argv[0], sys.argv[1:2]
    names = summaries(str(Path(__file__).parent))
    if asked in (["--help"], ["-h"]):
        print(usage(place, names))
        return 0
    if not asked or asked[0] not in names:
        unknown = f"there is no runbook {asked[0]}\n\n" if asked else ""
        print(unknown + usage(place, names), file=sys.stderr)
        return 2
    code: int = importlib.import_module(asked[0]).main(sys.argv[2:])
    return code


raise SystemExit(main())
