"""Judge the migrations of a project on scratch databases, and nothing else."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "runbooks"))

from _check import check_all
from _rehearsal import CHECKS, Rehearsing, add_rehearsal_options

if __name__ == "__main__":
    raise SystemExit(check_all(__file__, __doc__, CHECKS, None, add_rehearsal_options, case_type=Rehearsing))
