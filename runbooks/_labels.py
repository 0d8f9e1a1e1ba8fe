"""The rows that Django itself writes for each model and permission it meets, and takes none of away again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from _address import Target
from _postgres import Sql, connect
from _step import Failed

Labels = Mapping[str, Sequence[str]]
# where they are, and what names one of them in every database: its number does not
SOURCES = {
    "auth_permission": (
        "auth_permission l JOIN django_content_type t ON t.id = l.content_type_id",
        "jsonb_build_array(t.app_label, t.model, l.codename)::text",
    ),
    "django_content_type": ("django_content_type l", "jsonb_build_array(l.app_label, l.model)::text"),
}


def newest_labels(sql: Sql) -> dict[str, int]:
    """Give the highest number in each of these tables that is there."""
    there = [name for name in SOURCES if sql.value("SELECT to_regclass(:'name') IS NOT NULL AS there", name=name)]
    return {name: int(sql.foreign(f"SELECT coalesce(max(id), 0) FROM {name}")[0]) for name in there}  # noqa: S608


def labels_since(sql: Sql, newest: Mapping[str, int]) -> dict[str, list[str]]:
    """Name those with a higher number; on a copy, where nobody else writes, Django has written them."""
    found = {}
    for name, number in newest.items():
        source, key = SOURCES[name]
        found[name] = sql.foreign(f"SELECT {key} FROM {source} WHERE l.id > {int(number)} ORDER BY 1")  # noqa: S608
    return found


# --8<-- [start:drop_labels]
def drop_labels(target: Target, newest: Mapping[str, int], made: Labels) -> Iterator[str]:
    """Take away what Django wrote for models that are gone again: nothing that it did not write on the copy, too."""
    for name, number in newest.items():
        source, key = SOURCES[name]
        ours = f"{source} WHERE l.id > {int(number)} AND {key} IN (SELECT jsonb_array_elements_text(:'made'))"
        try:
            with connect(target, "deploy") as sql:
                sql.script(
                    f"DELETE FROM {name} WHERE id IN (SELECT l.id FROM {ours});",  # noqa: S608  # ours
                    made=json.dumps(made.get(name, [])),
                )
        except Failed:
            yield f"{name} keeps rows of models that are gone: others refer to them"


# --8<-- [end:drop_labels]
