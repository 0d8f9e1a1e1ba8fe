"""The rules that hold for every page, each with its place, fact and hint."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from proofbook.errors import PageError
from proofbook.pages.lessons import ABOUT_LESSON, check_lesson
from proofbook.pages.page import ENGINE, OWN, Page
from proofbook.pages.shell_lint import lint
from proofbook.pages.snippets import RUNNABLE, Snippet

OPTIONS = frozenset(
    ("exit", "timeout", "needs", "unproven", "shell", "loses", "title", "linenums", "hl_lines", "id", "classes")
)
NOT_COMMANDS = {"sh": "bash", "shell": "bash", "console": "bash", "zsh": "bash", "pycon": "python"}
ABOUT_SITE = ("title", "description", "tags", "hide", "render_macros", "search", "template", "status", "icon")
ABOUT_FAULT = (
    "fault",
    "impact",
    "signature",
    "cause",
    "shown_by",
    "same_text",
    "question",
    "evidence",
    "seen_while",
    "sqlstate",
    "tree",
    "runbook",
    "waived",
    "changes",
)
ABOUT_PROOF = ("server", "commands")
FRONT_KEYS = frozenset(ABOUT_SITE + ABOUT_FAULT + ABOUT_PROOF + ABOUT_LESSON)
PROMPT = re.compile(r"^\s*[$#>] \S")


def check_page(page: Page) -> Iterator[PageError]:
    """Give every breach of the page format, in reading order."""
    for key in page.front:
        if key not in FRONT_KEYS:
            yield PageError(f"{page.path}:{page.line_of(key)}", f"unknown front matter key {key!r}", known(FRONT_KEYS))
    if page.front.get("server", OWN) != OWN:
        fact = f"server is {page.front['server']!r}"
        yield PageError(f"{page.path}:{page.line_of('server')}", fact, "write `server: own`, or leave it out")
    if page.front.get("commands", ENGINE) != ENGINE or (page.calls_proofbook and page.fault):
        hint = "write `commands: proofbook` on a guide page, or nothing"
        yield PageError(f"{page.path}:{page.line_of('commands')}", f"commands is {page.front['commands']!r}", hint)
    for snippet in page.snippets:
        yield from _check_snippet(snippet)
    yield from _check_outputs(page)
    yield from check_lesson(page)


def _check_snippet(snippet: Snippet) -> Iterator[PageError]:
    place = str(snippet)
    if not snippet.language:
        yield PageError(place, "fence has no language", "write ```bash, or ```text if it is not meant to run")
    if snippet.language in NOT_COMMANDS:
        hint = f"write ```{NOT_COMMANDS[snippet.language]}, without prompts"
        yield PageError(place, f"{snippet.language!r} is no language of commands here", hint)
    for name in snippet.options:
        if name not in OPTIONS:
            yield PageError(place, f"unknown option {name!r}", known(OPTIONS))
    for name, pattern in (("exit", r"\d{1,3}"), ("timeout", r"\d+(\.\d+)?")):
        value = snippet.options.get(name)
        if value is not None and not re.fullmatch(pattern, value):
            yield PageError(place, f"{name}={value!r} is no number", f"write {{{name}=1}}")
    if snippet.options.get("unproven") == "":
        yield PageError(place, "unproven without a reason", '{unproven="needs a cloud account"}')
    if snippet.language == "bash" and snippet.runs:
        yield from _check_prompts(snippet)
    if snippet.runs:
        yield from lint(snippet)


def _check_prompts(snippet: Snippet) -> Iterator[PageError]:
    for at, line in zip(snippet.code_lines, snippet.code.splitlines(), strict=False):
        if PROMPT.match(line) and not line.lstrip().startswith("# "):
            yield PageError(f"{snippet.path}:{at}", "a prompt stands before the command", "write the command alone")


def _check_outputs(page: Page) -> Iterator[PageError]:
    for before, snippet in zip((None, *page.snippets), page.snippets, strict=False):
        if snippet.language != "output":
            continue
        if before is None or before.expected is None or before.language not in RUNNABLE:
            yield PageError(str(snippet), "output belongs to no command", "put it right after the fence that prints it")
        if set(snippet.code.split()) == {"..."}:
            yield PageError(str(snippet), "`...` alone expects nothing", "quote what must be printed")


def known(words: Iterable[str]) -> str:
    """Give the hint that lists what would have been right."""
    return f"known are {', '.join(sorted(words))}"
