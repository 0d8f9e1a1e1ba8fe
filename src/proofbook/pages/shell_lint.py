"""Finds in the commands of a page what hides a failure, what nobody can run as it stands, and what destroys."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from tree_sitter import Node

from proofbook.errors import PageError
from proofbook.pages.mistaken import may_lose_its_values, may_miss_its_database
from proofbook.pages.roles import ROLES
from proofbook.pages.shell_tree import BODIES, HEARD, every, parse, text, words
from proofbook.pages.snippets import Snippet
from proofbook.pages.unguarded import unguarded

ALLOWED_UNDER = "Does not work"
ON_PURPOSE = re.compile(r"(?:#|--) on purpose: \S+")
PURPOSE_HINT = "say why in a comment right above it: `# on purpose: reason`, or move it under Does not work"
EVERYTHING = re.compile(r"""["']?(?:/|/\*|~/?|\.\.?/?|\*|\$HOME/?|\$\{HOME\}/?)["']?""")
LIVE = re.compile(r"""["']?\$(?:PGDATABASE|\{PGDATABASE\})["']?""")
KILLING = re.compile(r"-(?:9|KILL|SIGKILL)")
SQL = {
    "DROP DATABASE": re.compile(r"\bdrop\s+database\b", re.IGNORECASE),
    "DELETE without WHERE": re.compile(
        r"""\bdelete\s+from\s+(?:only\s+)?[\w.$\{\}\\"]+?(?:\s+(?:as\s+)?(?!where\b|using\b)\w+)?\s*(?:["';)]|$)""",
        re.IGNORECASE,
    ),
}
# a word of psql's and the next: a command, or a file that is not its input
READS_NO_INPUT = re.compile(
    r"-[01AEHSWXabelnqstwxz]*c|--command\b|(?:-[01AEHSWXabelnqstwxz]*f|--file)(?![= ]?-(?: |$))"
)
DECLARING = ("export", "local", "readonly", "declare", "typeset")
UNGUARDED = "runs although a command before it failed, as no errexit is set where a reader types"
CHAIN_HINT = "join it to the commands before it with `&&`, to the end of the fence, or make a fence of it"
LOSES = "where a value is empty, `migrate` migrates everything"
MISSES = "where the settings do not read DATABASE_URL, `migrate` migrates the real database"
ASK_HINT = 'put `test "$(python manage.py dbshell -- -Atc \'select current_database()\')" = "$NAME" &&` before it'
PLACEHOLDER = re.compile(
    r"<[a-z][a-z0-9]*(?:[ _-][a-z0-9]+)*>|\b(?:YOUR|MY)_[A-Z]\w*|\byour-[a-z][a-z-]*|\bCHANGE_?ME\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a command: its row in the fence, fact and hint; what ``destroys`` may be on purpose."""

    row: int
    fact: str
    hint: str
    destroys: bool = False


def lint(snippet: Snippet) -> Iterator[PageError]:
    """Give every flaw of a snippet's commands, at the page's own lines."""
    lines = snippet.code.splitlines()
    for flaw in sorted(set(_flaws(snippet)), key=lambda flaw: flaw.row):
        excuses = lines[max(0, flaw.row - 1) : flaw.row + 1]
        if flaw.destroys and (snippet.role == ALLOWED_UNDER or any(map(ON_PURPOSE.search, excuses))):
            continue
        line = snippet.code_lines[flaw.row] if flaw.row < len(snippet.code_lines) else snippet.line
        yield PageError(f"{snippet.path}:{line}", flaw.fact, flaw.hint)


def _flaws(snippet: Snippet) -> Iterator[Flaw]:
    if snippet.language in ("bash", "sql"):
        yield from _sql_flaws(snippet.code)
    if snippet.language == "bash":
        yield from _placeholders(snippet.code)
        root = parse(snippet.code)
        for node in every(root):
            for check in CHECKS.get(node.type, ()):
                yield from check(node)
        if snippet.role in ROLES:
            yield from _of_a_reader(root)


def _of_a_reader(root: Node) -> Iterator[Flaw]:
    """What holds in a proof and not in a reader's shell."""
    for command in unguarded(root):
        yield Flaw(command.start_point.row, f"`{words(command)[0]}` {UNGUARDED}", CHAIN_HINT, destroys=True)
    for command in may_lose_its_values(root):
        yield Flaw(command.start_point.row, LOSES, 'write "${NAME:?}", which stops there', destroys=True)
    for command in may_miss_its_database(root):
        yield Flaw(command.start_point.row, MISSES, ASK_HINT, destroys=True)


def _placeholders(code: str) -> Iterator[Flaw]:
    for row, line in enumerate(code.splitlines()):
        if found := PLACEHOLDER.search(line):
            yield Flaw(row, f"placeholder {found[0]}", "put the value into the values fence and write $NAME")


def _sql_flaws(code: str) -> Iterator[Flaw]:
    for fact, pattern in SQL.items():
        for found in pattern.finditer(code):
            yield Flaw(code.count("\n", 0, found.start()), fact, PURPOSE_HINT, destroys=True)


def _deaf(node: Node) -> Iterator[Flaw]:
    """A ``set`` that turns errexit off."""
    given = words(node)
    given = given[: given.index("--")] if "--" in given else given
    is_off = any(re.fullmatch(r"\+\w*e\w*", word) for word in given) or "errexit" in _after(given, "+o")
    if given[:1] == ["set"] and is_off:
        yield Flaw(node.start_point.row, "set +e hides failures", "say {exit=N}, or ask with `if`")


def _destroying(node: Node) -> Iterator[Flaw]:
    given = words(node)
    name, arguments = (given or [""])[0].rpartition("/")[2], given[1:]
    flags = [word for word in arguments if word.startswith("-")]
    targets = [word for word in arguments if not word.startswith("-")]
    found = ""
    if name == "rm" and any(re.fullmatch(r"-\w*[rR]\w*|--recursive", flag) for flag in flags):
        found = "rm of everything" if any(map(EVERYTHING.fullmatch, targets)) else ""
    elif name == "dropdb" and any(map(LIVE.fullmatch, targets)):
        found = "dropdb of the database in use"
    elif name in ("kill", "pkill", "killall") and (
        any(map(KILLING.fullmatch, flags)) or {"KILL", "SIGKILL", "9"} & _after(arguments, "-s", "--signal")
    ):
        found = "kill -9"
    if found:
        yield Flaw(node.start_point.row, found, PURPOSE_HINT, destroys=True)


def _after(words: list[str], *names: str) -> set[str]:
    return {word for before, word in pairwise(words) if before in names}


def _unheard_and(node: Node) -> Iterator[Flaw]:
    """A statement ``a && b`` before others: where ``a`` fails errexit says nothing."""
    place = node
    while place.parent is not None and place.parent.type == "redirected_statement":
        place = place.parent
    parent = place.parent
    if parent is None or parent.type not in BODIES or "&&" not in [child.type for child in node.children]:
        return
    if "then" in [each.type for each in parent.children if each.start_byte > place.start_byte]:
        return
    statements = [child for child in parent.named_children if child.type != "comment"]
    if parent.type in HEARD and statements[-1] == place:
        return
    yield Flaw(node.start_point.row, "`a && b` hides that a fails", "write two lines, or `if a; then b; fi`")


def _unheard_assignment(node: Node) -> Iterator[Flaw]:
    """A declaration that takes a command's output: its own status is heard, the command's is not."""
    word = text(node.children[0])
    for child in node.named_children:
        if word in DECLARING and child.type == "variable_assignment" and _holds_command(child):
            fact = f"`{word} NAME=$(...)` hides that the command fails"
            yield Flaw(child.start_point.row, fact, f"assign on one line, {word} on the next")


def _deaf_psql(node: Node) -> Iterator[Flaw]:
    """A ``psql`` that is given statements in a document: it goes on after an error, and ends with 0."""
    given = words(node)
    # the parser drops a last word that is one hyphen
    if given[:1] != ["psql"] or any(map(READS_NO_INPUT.match, map(" ".join, pairwise([*given, "-"])))):
        return
    documents = _documents(node)
    if documents and "ON_ERROR_STOP" not in text(node) + "".join(documents):
        hint = "psql --set ON_ERROR_STOP=1"
        yield Flaw(node.start_point.row, "psql goes on after an error, and ends with 0", hint)


def _documents(node: Node) -> list[str]:
    """Give the documents that a command reads; one behind several commands is the last one's."""
    found: list[str] = []
    place, parent = node, node.parent
    while parent is not None and (
        parent.type == "redirected_statement"
        or (parent.type in ("pipeline", "list") and parent.named_children[-1] == place)
    ):
        place, parent = parent, parent.parent
        found += [text(child) for child in place.named_children if child.type == "heredoc_redirect"]
    return found


def _holds_command(node: Node) -> bool:
    return any(each.type == "command_substitution" for each in every(node))


CHECKS: dict[str, tuple[Callable[[Node], Iterator[Flaw]], ...]] = {
    "command": (_deaf, _deaf_psql, _destroying),
    "list": (_unheard_and,),
    "declaration_command": (_unheard_assignment,),
}
