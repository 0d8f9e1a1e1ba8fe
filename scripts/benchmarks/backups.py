"""Measures a backup beside bare pg_dump: until the file is written, until it is described, and until it is verified."""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from proofbook.lab.preparing import prepared_lab
from proofbook.lab.sandbox import Sandbox
from proofbook.settings import read_settings

ROOT = Path(__file__).resolve().parent.parent.parent
ROUNDS, ROWS = 5, 1_200_000
CONSOLE = Console()
FILL = f"""
CREATE TABLE measured AS SELECT n AS id, md5(n::text) || md5((n + 1)::text) AS code, now() AS at,
       repeat(md5((n % 97)::text), 4) AS note FROM generate_series(1, {ROWS}) n
"""  # noqa: S608  # a number of ours
# the moments at which pg_dump is started and, once the file is written, pg_restore, which reads it back
NOTED = """
mkdir -p noting
for program in pg_dump pg_restore; do
  cat > "noting/$program" <<PROGRAM
#!/bin/sh
case "\\$*" in *version*) ;; *) date +%s.%N >> noted;; esac
exec $(command -v "$program") "\\$@"
PROGRAM
  chmod +x "noting/$program"
done
"""
BARE = "rm -f bare.dump; a=$(date +%s.%N); pg_dump -Fc --file=bare.dump; b=$(date +%s.%N); echo $a $b"
OURS = """
rm -rf backups noted; a=$(date +%s.%N)
PATH="$PWD/noting:$PATH" python runbooks/backup_database.py --project .. --into backups --apply > /dev/null 2>&1
b=$(date +%s.%N); python runbooks/verify_backup.py --project .. --from backups > /dev/null 2>&1; c=$(date +%s.%N)
echo $a $(head -n 2 noted) $b $c
"""


def main() -> int:
    """Print the table."""
    settings = read_settings(ROOT)
    with prepared_lab(settings, settings.postgres, CONSOLE.print) as lab, lab.sandbox() as sandbox:
        sandbox.sql(FILL)
        sandbox.run(NOTED)
        [(size,)] = sandbox.sql("SELECT pg_size_pretty(pg_database_size(current_database()))")
        rounds = [measure(sandbox) for _ in range(ROUNDS)]
        version = lab.server.version
    title = f"A backup beside bare pg_dump -Fc, PostgreSQL {version}, {size}, {ROUNDS} rounds in turn"
    CONSOLE.print(shown(title, rounds))
    return 0


def measure(sandbox: Sandbox) -> dict[str, float]:
    """Give the seconds of one round, one after the other, so that both meet the same machine."""
    began, ended = (float(word) for word in sandbox.run(BARE, timeout=600).output.split())
    start, dumping, written, described, verified = (
        float(word) for word in sandbox.run(OURS, timeout=600).output.split()
    )
    return {
        "bare pg_dump -Fc": ended - began,
        "backup_database, until pg_dump is started": dumping - start,
        "... until the file is written": written - start,
        "... until it is read back and described": described - start,
        "... and verify_backup has restored it": verified - start,
    }


def shown(title: str, rounds: list[dict[str, float]]) -> Table:
    """Give the medians; a ratio is the median of those of each round."""
    table = Table(title=title, title_justify="left")
    for column in ("step", "seconds", "fastest", "slowest", "ratio"):
        table.add_column(column, justify="left" if column == "step" else "right", no_wrap=True)
    for name in rounds[0]:
        taken = [each[name] for each in rounds]
        ratio = statistics.median(each[name] / each["bare pg_dump -Fc"] for each in rounds)
        values = (statistics.median(taken), min(taken), max(taken))
        table.add_row(name, *(f"{value:.2f}" for value in values), f"{ratio:.2f}")
    return table


if __name__ == "__main__":
    sys.exit(main())
