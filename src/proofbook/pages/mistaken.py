"""Finds a ``migrate`` that becomes another one in a reader's shell: without its values, or without its database."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from proofbook.pages.shell_tree import every, text, words

MAY_BE_EMPTY = re.compile(r'"?\$(?:\w+|\{\w+\})"?')
ONLY_ASKS = ("--check", "--plan", "--list")
ADDRESS = "DATABASE_URL"
ASKED = "current_database()"


def may_lose_its_values(root: Node) -> Iterator[Node]:
    """Give each ``migrate`` with a value that vanishes where it is not set: what is left migrates everything."""
    for command, arguments in _migrating(root):
        if any(map(MAY_BE_EMPTY.fullmatch, arguments)):
            yield command


def may_miss_its_database(root: Node) -> Iterator[Node]:
    """Give each ``migrate`` that hangs on ``DATABASE_URL``, and nobody asked the project whether it reads that."""
    for command, arguments in _migrating(root):
        before = (root.text or b"")[: command.start_byte].decode()
        if set(ONLY_ASKS).isdisjoint(arguments) and _is_aimed(command, root) and ASKED not in before:
            yield command


def _migrating(root: Node) -> Iterator[tuple[Node, list[str]]]:
    for node in every(root):
        given = words(node) if node.type == "command" else []
        if "migrate" in given and any(word.endswith("manage.py") for word in given[: given.index("migrate")]):
            yield node, given[given.index("migrate") + 1 :]


def _is_aimed(command: Node, root: Node) -> bool:
    own = (child for child in command.children if child.type == "variable_assignment")
    exported = (
        child
        for node in every(root)
        if node.type == "declaration_command" and node.end_byte <= command.start_byte
        for child in node.children
        if child.type == "variable_assignment"
    )
    return any(text(each).startswith(f"{ADDRESS}=") for each in (*own, *exported))
