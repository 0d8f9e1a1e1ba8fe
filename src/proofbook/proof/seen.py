"""What is seen of a fault page, as plain records, and the way to see each of them only once."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from proofbook.evaluators.terminal import Result
from proofbook.lab.state import State

T = TypeVar("T")


def once(method: Callable[[Any], T]) -> Callable[[Any], T]:
    """Make a method without arguments run once per object; its error is kept and raised again too."""
    name = f"kept_{method.__name__}"

    @functools.wraps(method)
    def kept(self: Any) -> T:
        if name not in self.__dict__:
            try:
                self.__dict__[name] = (method(self), None)
            except Exception as error:  # noqa: BLE001
                self.__dict__[name] = (None, error)
        value, hindrance = self.__dict__[name]
        if hindrance is not None:
            raise hindrance
        return value  # type: ignore[no-any-return]

    return kept


@dataclass(frozen=True, slots=True)
class Healthy:
    """What Verify did before anything was broken."""

    verify: list[Result]
    before: State
    after: State


@dataclass(frozen=True, slots=True)
class Broken:
    """What was seen in the broken state."""

    symptom: list[Result]
    verify: list[Result]
    diagnose: list[Result]
    prevent: list[Result]


@dataclass(frozen=True, slots=True)
class Fixed:
    """What one way to fix did, and the way back from it; ``way`` is the title of an alternative."""

    way: str
    fix: list[Result]
    verify: list[Result]
    before: State
    after: State
    roll_back: list[Result]
    back: State | None


@dataclass(frozen=True, slots=True)
class Automatic:
    """What the runbook did: plan, apply, and apply again."""

    plan: Result
    apply: Result
    again: Result
    before: State
    after_plan: State
    after: State
    after_again: State
    verify: list[Result]


@dataclass(frozen=True, slots=True)
class WrongRecipe:
    """What a fence under Does not work did, and what Verify said then; the states only where it should lose rows."""

    recipe: Result
    verify: list[Result]
    before: State | None = None
    after: State | None = None
