"""Reads what a deployment is told through environment variables."""

import os
import re

from django.core.exceptions import ImproperlyConfigured

ASSIGNMENT = re.compile(r"(?:export\s+)?(?P<name>[A-Za-z_]\w*)\s*=\s*(?P<value>.*)")
PLACEHOLDER = re.compile(r"\$\{\w+\}")


# --8<-- [start:require]
def require(*names):
    """Gives the named variables, or raises one error that names all that are missing."""
    missing = [name for name in names if not is_set(name)]
    if missing:
        raise ImproperlyConfigured(
            f"Missing environment variables: {', '.join(missing)}. "
            "Set them where this server gets its environment; blank and ${PLACEHOLDER} count as missing."
        )
    return {name: os.environ[name] for name in names}


def is_set(name):
    value = os.environ.get(name, "").strip()
    return bool(value) and not PLACEHOLDER.search(value)


# --8<-- [end:require]


def words(name, default=""):
    """Gives a comma-separated variable as a list, without blanks."""
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def flag(name):
    """Tells whether a variable says yes; anything but a clear yes or no is an error."""
    value = os.environ.get(name, "").strip().lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"", "0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}, which is neither yes nor no. Write true or false.")


# --8<-- [start:read-env-file]
def read_env_file(path):
    """Adds the file's variables to the environment, which wins where both know a name."""
    if not path.exists():
        return
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        match = ASSIGNMENT.fullmatch(text)
        if not match:
            raise ImproperlyConfigured(f"{path.name}:{number}: expected NAME=value.")
        os.environ.setdefault(match["name"], unquote(match["value"]))


# --8<-- [end:read-env-file]


def unquote(value):
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if quoted else value
