"""Reads bash as a tree: what stands in it, and in which order."""

from __future__ import annotations

from collections.abc import Iterator

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

BASH = Language(tree_sitter_bash.language())
# what these end with is what their last statement ends with, and errexit hears it
HEARD = ("program", "subshell", "command_substitution")
BODIES = (*HEARD, "compound_statement", "do_group", "if_statement", "elif_clause", "else_clause", "case_item")


def parse(code: str) -> Node:
    """Give the tree of a script."""
    return Parser(BASH).parse(code.encode()).root_node


def every(node: Node) -> Iterator[Node]:
    """Give a node and all below it, in reading order."""
    yield node
    for child in node.children:
        yield from every(child)


def text(node: Node) -> str:
    """Give what stands in the script for a node."""
    return (node.text or b"").decode()


def words(command: Node) -> list[str]:
    """Give the words of a command as they are written, without redirections and what is set for it alone."""
    return [
        text(child)
        for child in command.named_children
        if "redirect" not in child.type and child.type != "variable_assignment"
    ]


def statements(body: Node) -> list[Node]:
    """Give what runs in a body, in order; of a branch without its condition."""
    marks = [child.end_byte for child in body.children if child.type in ("then", ")")]
    begins = marks[0] if marks and body.type in ("if_statement", "elif_clause", "case_item") else body.start_byte
    branches = ("comment", "elif_clause", "else_clause")
    return [child for child in body.named_children if child.start_byte >= begins and child.type not in branches]
