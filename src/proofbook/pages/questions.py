"""Decision trees as data: one file asks the questions, and each fault page says which answers lead to it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from proofbook.errors import PageError, ProofbookError
from proofbook.pages.page import Page
from proofbook.pages.page_format import known


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: what it says, and the pattern by which a command's output gives it; none fits all others."""

    key: str
    says: str
    pattern: re.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class Question:
    """One question, the command that answers it, and its answers in the order in which they are tried."""

    key: str
    ask: str
    run: str
    answers: tuple[Answer, ...]

    def answer(self, output: str) -> Answer | None:
        """Give the first answer that the output of the command fits."""
        return next((each for each in self.answers if each.pattern is None or each.pattern.search(output)), None)


@dataclass(frozen=True, slots=True)
class Branch:
    """A place in the tree: the answer that led here, the question asked next, the fault pages reached."""

    says: str = ""
    question: Question | None = None
    branches: tuple[Branch, ...] = ()
    pages: tuple[Page, ...] = ()


@dataclass(slots=True)
class _Place:
    question: Question | None = None
    below: dict[str, _Place] = field(default_factory=dict)
    pages: list[Page] = field(default_factory=list)


def read_trees(file: Path) -> dict[str, dict[str, Question]]:
    """Read the questions of every tree by its name, the first of each at the root; none where there is no file.

    Raises ProofbookError when the file is no TOML, or a question lacks its text, its command or its answers.
    """
    if not file.is_file():
        return {}
    try:
        told = tomllib.loads(file.read_text("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProofbookError(str(file), f"cannot be read: {error}", "it is TOML") from None
    return {
        name: {key: _question(f"{file.name}: {name}.{key}", key, words) for key, words in asked.items()}
        for name, asked in told.items()
    }


def _question(place: str, key: str, told: Mapping[str, Any]) -> Question:
    if not all(told.get(name) for name in ("ask", "run", "answers")):
        raise ProofbookError(place, "the question is not whole", "it has `ask`, `run` and `answers`")
    answers = [_answer(place, name, words) for name, words in told["answers"].items()]
    if any(answer.pattern is None for answer in answers[:-1]):
        raise ProofbookError(place, "an answer without `matches` fits all", "let it be the last")
    return Question(key, told["ask"], told["run"], tuple(answers))


def _answer(place: str, name: str, told: Mapping[str, str]) -> Answer:
    try:
        pattern = re.compile(told["matches"], re.MULTILINE) if "matches" in told else None
    except re.error as error:
        raise ProofbookError(place, f"the pattern of answer {name!r}: {error}", "mend it") from None
    return Answer(name, told.get("says", name), pattern)


def path_of(page: Page) -> list[tuple[str, str]]:
    """Give the questions and answers that lead to a fault page, from the root on."""
    return [(str(question), str(answer)) for question, answer in (page.front.get("tree") or {}).items()]


def check_path(page: Page, questions: Mapping[str, Question]) -> Iterator[PageError]:
    """Give every step to a fault page that no page asks or no answer gives."""
    for key, answer in path_of(page):
        place = f"{page.path}:{page.line_of('tree')}"
        if key not in questions:
            yield PageError(place, f"nothing asks {key!r}", known(questions))
        elif answer not in (names := [each.key for each in questions[key].answers]):
            yield PageError(place, f"{answer!r} is no answer to {key!r}", known(names))


def grow(name: str, questions: Mapping[str, Question], faults: Iterable[Page]) -> Branch:
    """Give a tree with the fault pages as its leaves.

    Raises PageError when two pages ask on differently at one place, ProofbookError when an answer leads nowhere.
    """
    root = _Place(next(iter(questions.values())))
    for fault in faults:
        path = path_of(fault)
        if path and path[0][0] in questions:
            _plant(root, fault, path, questions)
    return _branch(name, "", root)


def _plant(place: _Place, fault: Page, path: list[tuple[str, str]], questions: Mapping[str, Question]) -> None:
    for key, answer in path:
        if place.question is None:
            place.question = questions[key]
        if place.question.key != key:
            fact = f"asks {key!r} where another page asks {place.question.key!r}"
            raise PageError(f"{fault.path}:{fault.line_of('tree')}", fact, "ask the same question at the same place")
        place = place.below.setdefault(answer, _Place())
    place.pages.append(fault)


def _branch(name: str, says: str, place: _Place) -> Branch:
    if place.question is None:
        return Branch(says, pages=tuple(sorted(place.pages, key=lambda each: str(each.fault))))
    if place.pages:
        fault = place.pages[0]
        fact = f"stops where another page asks {place.question.key!r}"
        raise PageError(f"{fault.path}:{fault.line_of('tree')}", fact, "answer that question too")
    for answer in place.question.answers:
        if answer.key not in place.below:
            fact = f"answer {answer.key!r} of {place.question.key!r} leads to no page"
            raise ProofbookError(f"decision tree {name!r}", fact, "name it in the `tree` of a fault page")
    branches = [_branch(name, each.says, place.below[each.key]) for each in place.question.answers]
    return Branch(says, place.question, tuple(branches))
