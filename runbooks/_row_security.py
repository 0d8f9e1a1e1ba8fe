"""What the runbooks know of row level security: what a catalogue says, and whom it keeps from which rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from _finding import Finding

Table = Mapping[str, Any]
TRUE = re.compile(r"\(*\s*true\s*\)*", re.IGNORECASE)
STRICT = re.compile(r"current_setting\('([^']+)'(?:::text)?\)")


# --8<-- [start:judge_tables]
def judge_tables(tables: Sequence[Table]) -> Iterator[Finding]:
    """Judge the tables of one database, of which at least one has row level security."""
    for table in tables:
        name = f"table {table['table']}"
        if not table["enabled"]:
            yield at(
                table, f"{name} has no row level security, others have", f"ALTER TABLE {table['table']} ENABLE ..."
            )
            continue
        if table["bypasses"]:
            fact = f"{table['role']} is a superuser or has BYPASSRLS: no policy of {name} holds for it"
            yield at(table, fact, "let the application connect as an ordinary role", "TEN110")
        elif table["owner"] and not table["forced"]:
            fact = f"{table['role']} owns {name}, and owners are let off its policies"
            yield at(table, fact, f"ALTER TABLE {table['table']} FORCE ROW LEVEL SECURITY", "TEN110")
        if not table["policies"]:
            yield at(table, f"{name} has row level security and no policy: nobody sees a row", "add one", "TEN108")
        for policy in table["policies"]:
            yield from judge_policy(table, name, policy)


# --8<-- [end:judge_tables]


def judge_policy(table: Table, name: str, policy: Mapping[str, Any]) -> Iterator[Finding]:
    """Find a policy that lets everything through, and one that fails where no tenant is set."""
    for part, words in (("using", "shows every row to everybody"), ("check", "lets everybody write any row")):
        if policy["permissive"] == "PERMISSIVE" and TRUE.fullmatch(policy[part] or ""):
            yield at(table, f"policy {policy['name']} of {name} {words}", "let it ask for the tenant", "TEN110")
    for setting in STRICT.findall(f"{policy['using']} {policy['check']}"):
        fact = f"policy {policy['name']} of {name} ends with an error where {setting} is not set"
        yield at(table, fact, f"current_setting('{setting}', true)", "TEN112")


def at(table: Table, fact: str, hint: str, fault: str = "") -> Finding:
    return Finding(fact, hint, table["path"], table["line"], fault)
