"""Whether a database is as it was before a deployment: what it is made of, by name and by definition, and its rows."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path

import _catalogue
import _manifest
from _address import Target
from _catalogue import Schema, schema
from _postgres import Sql, connect
from _rehearsing import schema_of, settled
from _scratch import Room, scratch_room

NAMES = ("what was before", "what is there now")


def compared(target: Target, backup: Path) -> tuple[list[str], list[str]]:
    """Tell how a database differs from a backup: the names in its schema, and its rows."""
    with connect(target, "deploy") as sql:
        says = _manifest.differences(_manifest.read_manifest(backup), _manifest.describe(sql), sequences=False)
    rows = [each for each in says if re.search(r" has \d+ rows, ", each)]
    return [each for each in says if each not in rows], rows


def whole(found: Schema) -> Schema:
    """Leave out indexes that are not valid: no backup holds them, and nothing depends on them."""
    return {key: definition for key, definition in found.items() if not definition.endswith(" (invalid)")}


def fingerprint(sql: Sql) -> str:
    """Give a checksum of all definitions, to be noted before a deployment changes any."""
    found = sorted([*key, definition] for key, definition in whole(schema(sql)).items())
    return hashlib.sha256(json.dumps(found).encode()).hexdigest()


# --8<-- [start:redefined]
def redefined(target: Target, backup: Path, before: str | None) -> list[str]:
    """Tell what is defined in another way than in a backup, though its name is the same.

    PostgreSQL may write one definition in two ways, so only two schemas that were both restored are compared.
    """
    with connect(target, "deploy") as sql:
        if fingerprint(sql) == before:
            return []
    with scratch_room(target, "deploy") as room:
        return differing(schema_of(room, backup, _manifest.read_manifest(backup)["locale"]), settled(room, target))


def redefined_on(room: Room, copy: Target, before: Schema) -> list[str]:
    """Tell it of a copy that was restored, from what was read of it then."""
    with connect(copy, "deploy") as sql:
        says = differing(before, schema(sql))
    return says and differing(before, settled(room, copy))


# --8<-- [end:redefined]


def differing(before: Mapping[tuple[str, str], str], now: Schema) -> list[str]:
    says = _catalogue.compared(whole(dict(before)), whole(now), NAMES)
    return [text for severity, text in says if severity == "error"]
