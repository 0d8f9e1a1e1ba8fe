"""Finds what agents are told to run, and no page runs: a command in a code span that no fence holds."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from proofbook.copilot.finding import Finding
from proofbook.copilot.shelf import Shelf
from proofbook.explain import runbook_call
from proofbook.pages.page import ASSIGNMENT, Page
from proofbook.pages.roles import ABOUT_RUNBOOK
from proofbook.pages.shell_tree import every, parse, words
from proofbook.pages.snippets import Snippet

SPAN = re.compile(r"(?<!`)`(?P<code>[^`\n]+)`(?!`)")
# what a log shows is no command, and stands first
SEEN = re.compile(r"^(?:- (?:In the log: .*|No log shows it; .*|.*?: (?=open \[))|<!-- .*)")
FAULT = re.compile(r"\]\([^)\s]*faults/(?P<code>[A-Z]{3}\d{3})\.md\)")
SECTION = re.compile(r"^## (?P<code>[A-Z]{3}\d{3})$")
# what is named so that nobody does it
NOT_TO_DO = re.compile(r"\b(?:no|never) $", re.IGNORECASE)
TO_TAKE_OUT = re.compile(r"\b(?:take|remove) $", re.IGNORECASE)
NAME = re.compile(r"\$\{?(?P<name>[A-Z_]+)\}?")
MANAGE = ("python", "manage.py")
NOT_ADVISED = ("Does not work", "Roll back")
CODE = "copilot-unproven"
REASONS = "docs/reference/copilot.md"
EXCEPTED = re.compile(r"^### What no page runs\n.*?(?=^##|\Z)", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| (?P<told>`[^|]*`) \| [^|\s]", re.MULTILINE)
HINT = f"take it from the page, prove it there, or give the reason in the table of {REASONS}"

Words = tuple[str, ...]


@dataclass(frozen=True)
class Proofs:
    """What some pages run: commands word by word, lines of other fences, and what both of them print."""

    pages: tuple[Page, ...]

    @cached_property
    def commands(self) -> frozenset[Words]:
        """The commands of every shell that runs, names filled, and the calls that prove a runbook."""
        return frozenset(command for page in self.pages for command in _commands(page))

    @cached_property
    def run(self) -> frozenset[str]:
        """Every line that runs or is patched in, names filled, its words between single blanks."""
        return frozenset(_line(line) for page in self.pages for line in _lines(page, "+"))

    @cached_property
    def taken_out(self) -> frozenset[str]:
        """The lines that a patch takes out."""
        return frozenset(_line(line) for page in self.pages for line in _lines(page, "-", is_patch=True))

    @cached_property
    def printed(self) -> frozenset[str]:
        """The lines that a fence is documented to print."""
        texts = (each.expected or "" for page in self.pages for each in _advised(page))
        return frozenset(_line(line) for text in texts for line in text.splitlines())

    def calls(self, told: Words) -> bool:
        """Tell whether exactly this is run, or stands in a script that a patch writes."""
        return told in self.commands or f" {' '.join(told)} " in self.run

    def names(self, told: Words) -> bool:
        """Tell whether a program is called in any way, or stands in what is run or printed."""
        word = f" {told[-1]} "
        return any(each[: len(told)] == told for each in self.commands) or any(
            word in line for line in (*self.run, *self.printed)
        )

    def holds(self, part: str, *, is_taken_out: bool) -> bool:
        """Tell whether a part of a command, of a setting or of a log stands there."""
        wanted = re.escape(_line(part).strip()).replace(re.escape("..."), r"\S*")
        whole = re.compile(rf"(?<![\w-]){wanted}(?![\w-])")
        places = self.taken_out if is_taken_out else self.run
        return any(map(whole.search, places if part.startswith("-") else places | self.printed))


class Knowing:
    """Knows what the pages run, each by itself and all together."""

    def __init__(self, pages: Iterable[Page], runbooks: Iterable[str]) -> None:
        """Take the pages, and the names of the runbooks."""
        self.every = Proofs(tuple(pages))
        self._runbooks = frozenset(runbooks)
        self._programs = frozenset(each[0] for each in self.every.commands if each[0].strip("[:."))
        self._asked = frozenset(
            each[2] for each in self.every.commands if each[:2] == MANAGE and len(each) > len(MANAGE)
        )
        self._by_path = {page.path: page for page in self.every.pages}
        self._of: dict[tuple[str, ...], Proofs] = {}

    def about(self, codes: Iterable[str]) -> Proofs:
        """Give what is run on the pages of some faults and of their runbooks, on all pages where none is named."""
        named = tuple(sorted(code for code in codes if _path(code) in self._by_path))
        if named and named not in self._of:
            pages = [self._by_path[_path(code)] for code in named]
            runbooks = (self._by_path.get(f"docs/runbooks/{page.runbook_name}.md") for page in pages)
            self._of[named] = Proofs((*pages, *filter(None, runbooks)))
        return self._of[named] if named else self.every

    def is_proven(self, code: str, before: str, proofs: Proofs) -> bool:
        """Tell whether a span is no command, or one that these pages run; ``before`` is what stands before it."""
        if NOT_TO_DO.search(before):
            return True
        filled = _filled(code, {} if proofs is self.every else _values(proofs.pages[0]))
        told = self._call(_words(filled))
        if told:
            return proofs.calls(told) if " " in code else proofs.names(told)
        return not _is_part(code) or proofs.holds(filled, is_taken_out=bool(TO_TAKE_OUT.search(before)))

    def _call(self, said: Words) -> Words:
        """Give a command as a page would write it, nothing if it begins with no program that any page calls."""
        if not said:
            return ()
        if said[0] in self._runbooks:
            return ("python", f"runbooks/{said[0]}.py", *said[1:])
        if said[0] in self._asked:
            return (*MANAGE, *said)
        return said if said[0] in self._programs else ()


def excepted(text: str) -> frozenset[str]:
    """Give what is told although no page runs it: each has a reason in the table on the page about agents."""
    table = EXCEPTED.search(text)
    rows = ROW.finditer(table[0]) if table else ()
    return frozenset(span["code"] for row in rows for span in SPAN.finditer(row["told"]))


def unproven_here(texts: Mapping[str, str], knowing: Knowing, but: Collection[str]) -> Iterator[Finding]:
    """Give what our own files tell and no page runs, and each exception that is none: it is told nowhere, or run."""
    left = set(but)
    for path, text in texts.items():
        for code, finding in unproven(path, text, knowing, Shelf()):
            left.discard(code)
            if code not in but:
                yield finding
    for code in sorted(left):
        yield Finding(CODE, REASONS, f"`{code}` needs no exception", "take it out of the table")


def unproven(path: str, text: str, knowing: Knowing, shelf: Shelf) -> Iterator[tuple[str, Finding]]:
    """Give each command in a text for agents that no fence holds: of the page that its line leads to, or of any."""
    section: list[str] = []
    for number, line in enumerate(shelf.as_proven(text).splitlines(), start=1):
        section = SECTION.findall(line) or section
        # where others print the same text, the first page is the one whose answer it is
        codes = section or FAULT.findall(line)[:1]
        proofs, told = knowing.about(codes), SEEN.sub("", line)
        for span in SPAN.finditer(told):
            if not knowing.is_proven(span["code"], told[: span.start()], proofs):
                fact = f"nothing runs `{span['code']}` on {codes[0] if codes else 'any page'}"
                yield span["code"], Finding(CODE, f"{path}:{number}", fact, HINT)


def _is_part(code: str) -> bool:
    """Tell whether a span is more than a name: an option, an assignment, several words."""
    return " " in code.strip() or code.startswith("--") or bool(re.match(r"\w+=", code))


def _commands(page: Page) -> Iterator[Words]:
    values = _values(page)
    for each in _advised(page):
        if each.language == "bash":
            yield from _called(_filled(each.code, values))
    call = runbook_call(page)
    if call and not page.waived.keys() & set(ABOUT_RUNBOOK):
        told = _words(_filled(call, values))
        yield from (told, (*told, "--apply"))


def _called(code: str) -> Iterator[Words]:
    for node in every(parse(code)):
        if node.type == "command":
            called = tuple(_bare(word) for word in words(node))
            if called:
                yield called


def _words(code: str) -> Words:
    """Give the words of a span that is a command, and no part of one."""
    called = next(_called(code), ())
    return called if called and _bare(code).startswith(called[0]) else ()


def _lines(page: Page, sign: str, *, is_patch: bool = False) -> Iterator[str]:
    """Give the lines of what runs, names filled; of a patch those with the sign, or these only."""
    values = _values(page)
    for each in _advised(page):
        for line in _filled(each.code, values).replace("\\\n", " ").splitlines():
            if each.language == "diff" and line.startswith(sign):
                yield line[1:]
            elif each.language != "diff" and not is_patch:
                yield line


def _advised(page: Page) -> Iterator[Snippet]:
    """Give what a page runs, without what it warns of."""
    yield from (each for each in page.snippets if each.runs and each.role not in NOT_ADVISED)


def _path(code: str) -> str:
    return f"docs/faults/{code}.md"


def _values(page: Page) -> Mapping[str, str]:
    """Give the values that a page is proven with, by name."""
    lines = page.values.code.splitlines() if page.values else []
    pairs = (line.strip().partition("=") for line in lines if ASSIGNMENT.fullmatch(line.strip()))
    return {name: _bare(value) for name, _, value in pairs if not value.startswith("$(")}


def _filled(text: str, values: Mapping[str, str]) -> str:
    return NAME.sub(lambda found: values.get(found["name"], found[0]), text)


def _bare(word: str) -> str:
    return re.sub(r"""["'\\]""", "", word)


def _line(text: str) -> str:
    return f" {' '.join(_bare(text).split())} "
