"""Finds commands that would destroy or record something after a command before them failed.

A proof ends a fence at its first error. A reader's shell does not: it goes on with the next line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from proofbook.pages.shell_tree import BODIES, every, statements, text, words

DESTROYS = ("rm", "mv", "dropdb", "dropuser", "shred", "unlink")
GIT_DESTROYS = ("restore", "reset", "clean", "rm")
SQL_DESTROYS = re.compile(
    r"\b(?:drop\s+\w+|truncate\s|delete\s+from|(?:insert\s+into|update)\s+\"?django_migrations)", re.IGNORECASE
)
FAKED = ("--fake", "--fake-initial")
# they say something, or set something up: nothing hangs on whether they succeed
HARMLESS = ("echo", "printf", "trap", "true", ":")
# what runs in them is decided by a condition, or later
DECIDED = ("if_statement", "elif_clause", "else_clause", "case_item", "function_definition")


def unguarded(root: Node) -> Iterator[Node]:
    """Give each command that destroys or records and is a statement of its own after one that may fail.

    What the script itself has made, a copy of a database or a file, it may take away again in any case.
    """
    made = set(_made(root))
    yield from (each for each in _in_order(root, may_have_failed=False) if not made.issuperset(_targets(each) or "?"))


def _made(root: Node) -> Iterator[str]:
    for node in every(root):
        if node.type == "file_redirect":
            yield text(node.named_children[-1])
        elif node.type == "command" and words(node)[:1] == ["createdb"] and node.parent and node.parent.type == "list":
            # on a line of its own it may have failed, as somebody else's database has that name
            yield words(node)[-1]


def _targets(command: Node) -> list[str]:
    """Give what is taken away, where that is a file or a database."""
    name, *arguments = words(command)
    return [word for word in arguments if not word.startswith("-")] if name in ("rm", "dropdb") else []


def _in_order(body: Node, *, may_have_failed: bool) -> Iterator[Node]:
    for statement in statements(body):
        if may_have_failed:
            yield from (node for node in _own(statement) if _destroys_or_records(node, statement))
        for inner, is_decided in _bodies(statement):
            yield from _in_order(inner, may_have_failed=may_have_failed and not is_decided)
        may_have_failed = may_have_failed or not _cannot_fail(statement)


def _own(statement: Node) -> Iterator[Node]:
    """Give the commands of a statement that stand in no body: what a condition decides about is none of its own."""
    if statement.type == "command":
        yield statement
    if statement.type not in BODIES:
        for child in statement.children:
            yield from _own(child)


def _bodies(node: Node, *, is_decided: bool = False) -> Iterator[tuple[Node, bool]]:
    """Give the bodies right below a statement, and whether a condition decides about them."""
    is_decided = is_decided or node.type in DECIDED
    if node.type in BODIES:
        yield node, is_decided
        for child in node.children:
            if child.type in ("elif_clause", "else_clause"):
                yield from _bodies(child, is_decided=True)
        return
    for child in node.children:
        yield from _bodies(child, is_decided=is_decided)


def _cannot_fail(statement: Node) -> bool:
    if any(node.type == "command_substitution" for node in every(statement)):
        return False
    if statement.type == "command":
        return next(iter(words(statement)), "") in HARMLESS
    return statement.type in (
        "variable_assignment",
        "variable_assignments",
        "declaration_command",
        "function_definition",
    )


def _destroys_or_records(command: Node, statement: Node) -> bool:
    given = [word.rpartition("/")[2] for word in words(command)]
    name, arguments = (given or [""])[0], given[1:]
    if name == "sudo":
        return any(word in DESTROYS for word in arguments)
    if name == "psql":
        return bool(SQL_DESTROYS.search(text(statement)))
    if name == "git":
        return any(word in GIT_DESTROYS for word in arguments[:1])
    return name in DESTROYS or ("migrate" in arguments and any(word in FAKED for word in arguments))
