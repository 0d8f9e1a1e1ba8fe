"""What a project signs with, and for how long that counts, in an environment that is not this process's own."""

from __future__ import annotations

import argparse
import os
import secrets
from collections.abc import Mapping
from typing import Any

from _django_probe import open_project
from _frame import SHORT
from _masking import mask, parts_of
from _step import CouldNotTell, Stop

DAY = 24 * 60 * 60


def ask(values: Mapping[str, str], options: argparse.Namespace, question: str, **request: Any) -> Any:
    """Start the project with these variables beside our own, and ask it one question about its settings."""
    environment = {**os.environ, **values}
    with open_project(options.project, options.python, options.database, environment) as project:
        project.teach("_inside_settings.py")
        return project.ask(question, **request)


# --8<-- [start:signs_with]
def signs_with(values: Mapping[str, str], options: argparse.Namespace, key: str, fallbacks: list[str]) -> Any:
    """Tell whether the settings sign with this key and believe just these others."""
    try:
        return ask(values, options, "signs_with", key=key, fallbacks=fallbacks)
    except Stop as stop:
        known = {**os.environ, **values}.values()
        hidden = {part for value in known if len(value) > SHORT for part in parts_of(value)}
        raise CouldNotTell(f"the project does not start: {mask(stop.fact, hidden)}", "mend the file first") from None


# --8<-- [end:signs_with]


def lifetimes(values: Mapping[str, str], options: argparse.Namespace) -> list[tuple[float, float]]:
    """Give for how many days a session and a link in a mail count; a project that does not start tells nothing."""
    try:
        found = ask(values, options, "resolved", salt=secrets.token_hex(16))
    except Stop:
        return []
    return [(found["SESSION_COOKIE_AGE"] / DAY, found["PASSWORD_RESET_TIMEOUT"] / DAY)]
