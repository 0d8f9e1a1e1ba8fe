"""Runs a runbook by its name, from the folder or from one file: python runbooks.pyz repair_history --app orders."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path


def main() -> int:
    """Run the runbook that is named first, with all that follows."""
    place = str(Path(__file__).parent)
    names = sorted(each.name for each in pkgutil.iter_modules([place]) if not each.name.startswith("_"))
    if len(sys.argv) == 1 or sys.argv[1] not in names:
        print(f"usage: python {place} RUNBOOK [FLAGS]\n\nRUNBOOK is one of: {', '.join(names)}", file=sys.stderr)
        return 2
    code: int = importlib.import_module(sys.argv[1]).main(sys.argv[2:])
    return code


raise SystemExit(main())
