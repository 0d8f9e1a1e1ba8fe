# shellcheck shell=bash
# Starts a runbook for a hook of pre-commit: with the project's Python, which is seldom the one on PATH.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# Gives the Python of the project that is committed to: an environment that is active, or one in its folder.
project_python() {
  local place
  for place in "${VIRTUAL_ENV:-}" .venv venv env; do
    if [ -n "$place" ] && [ -x "$place/bin/python" ]; then
      echo "$place/bin/python"
      return
    fi
  done
  echo python
}

# Runs a runbook with a Python that is new enough for it, which the project's need not be.
runbook() {
  local name=$1 python
  shift
  for python in python3 python3.14 python3.13 python3.12 python3.11 "$(project_python)"; do
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then
      exec "$python" "$here/runbooks/$name.py" --python "$(project_python)" "$@"
    fi
  done
  echo "no Python 3.11 or newer is on PATH, so nothing was checked" >&2
  exit 2
}
