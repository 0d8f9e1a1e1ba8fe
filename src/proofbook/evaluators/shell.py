"""Runs bash snippets: strict, one after another, with folder and variables carried over."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from proofbook.lab.ownership import give
from proofbook.lab.programs import Account, Completed, run

PREAMBLE = r"""
unset BASH_ENV
__proofbook=$PROOFBOOK_SHELL; unset PROOFBOOK_SHELL
if [[ -f $__proofbook/state ]]; then source "$__proofbook/state"; fi
__proofbook_exit() {
  local __proofbook_status=$? __proofbook_name
  trap - EXIT ERR
  set +o errexit +o nounset
  {
    for __proofbook_name in $(compgen -v); do
      case $__proofbook_name in
        __proofbook* | BASH* | FUNCNAME | GROUPS | DIRSTACK | LINENO | RANDOM | SRANDOM | SECONDS | PIPESTATUS | \
          EPOCHSECONDS | EPOCHREALTIME | COMP_* | HISTCMD | OPTIND | OPTERR | OPTARG | UID | EUID | PPID | \
          SHELLOPTS | SHLVL | PROOFBOOK_FENCE | _ | PWD | OLDPWD) ;;
        *) if [[ ${!__proofbook_name@a} != *r* ]]; then declare -p "$__proofbook_name"; fi ;;
      esac
    done
    declare -f
    printf 'cd -- %q\n' "$PWD"
  } > "$__proofbook/state.new" 2> /dev/null && mv -f "$__proofbook/state.new" "$__proofbook/state"
  exit "$__proofbook_status"
}
__proofbook_error() {
  local __proofbook_at
  for ((__proofbook_at = 1; __proofbook_at < ${#BASH_SOURCE[@]}; __proofbook_at++)); do
    if [[ ${BASH_SOURCE[__proofbook_at]} == "$0" ]]; then
      printf '%s\n' "${BASH_LINENO[__proofbook_at - 1]}" > "$__proofbook/line"
      return
    fi
  done
}
trap __proofbook_exit EXIT
trap __proofbook_error ERR
set -o errexit -o errtrace -o nounset -o pipefail
"""
BASH_LINE = re.compile(r": line (\d+): ")


class Shell:
    """One shell of an obligation; what a snippet sets is there for the next."""

    def __init__(self, folder: Path, cwd: Path, account: Account | None) -> None:
        """Make the shell's own folder below ``folder``, which holds no part of the project."""
        folder.mkdir(exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=folder))
        folder.parent.chmod(0o755)
        give(folder, account)
        self._folder, self._cwd, self._account = folder, cwd, account
        self._preamble = folder / "preamble"
        self._preamble.write_text(PREAMBLE)
        give(self._preamble, account)

    def run(
        self, code: str, *, name: str, line: int, environment: Mapping[str, str], timeout: float
    ) -> tuple[Completed, int]:
        """Run ``code``, whose first line is ``line`` of page ``name``; give how it ended and the failing line."""
        script = self._folder / name
        script.write_text("\n" * (line - 1) + code, encoding="utf-8", newline="")
        give(script, self._account)
        (self._folder / "line").unlink(missing_ok=True)
        extra = {"BASH_ENV": str(self._preamble), "PROOFBOOK_SHELL": str(self._folder)}
        command = ["bash", "--noprofile", "--norc", str(script)]
        completed = run(
            command,
            cwd=self._cwd,
            environment={**environment, **extra},
            account=self._account,
            timeout=timeout,
        )
        return completed, self._failing_line(completed, line)

    def _failing_line(self, completed: Completed, first: int) -> int:
        try:
            return int((self._folder / "line").read_text())
        except (OSError, ValueError):
            found = BASH_LINE.search(completed.output)
            return int(found.group(1)) if found else first
