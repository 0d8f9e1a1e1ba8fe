"""Gathers what happens to a fault page in sandboxes; obligations judge it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from proofbook.evaluators.terminal import NeedsUnmet, Result, Terminal
from proofbook.lab.lab import Lab
from proofbook.lab.sandbox import Sandbox
from proofbook.lab.server_state import read_server_state
from proofbook.lab.state import State, read_state
from proofbook.pages.page import Page
from proofbook.pages.questions import Question, path_of
from proofbook.pages.reading import asked
from proofbook.pages.signatures import Catalogue
from proofbook.pages.snippets import Snippet
from proofbook.proof.fault_module import injected
from proofbook.proof.seen import Automatic, Broken, Fixed, Healthy, WrongRecipe, once


class Evidence:
    """All that is seen of one fault page, gathered when it is asked for and kept."""

    def __init__(self, page: Page, lab: Lab, catalogue: Catalogue) -> None:
        """Note what to gather; nothing runs yet."""
        self.page, self.lab, self.catalogue = page, lab, catalogue
        self._stack = contextlib.ExitStack()
        self._snapshot: Sandbox | None = None
        self._is_live = False

    def close(self) -> None:
        """Remove the sandboxes still kept."""
        self._stack.close()

    def gather_ahead(self) -> None:
        """Gather two things at a time, each kept as if it had been asked for: a page alone has the machine to itself.

        What follows the broken state is gathered so only from copies of it: a fault is injected once at a time.
        """
        with ThreadPoolExecutor(2) as both:
            _finish(both, self.healthy, self.broken)
            # copies of one server share its port, so they run one after another
            if self._snapshot is not None and not self._snapshot.has_own_server:
                _finish(both, *(getattr(self, name) for name in self._after_breaking()))

    def _after_breaking(self) -> Iterator[str]:
        """Name what is gathered once the fault has been seen, the longest first."""
        if self.page.runbook and "runbook-fixes" not in self.page.waived:
            yield "automatic"
        yield "fixed"
        if self.page.under("Does not work"):
            yield "wrong_recipes"
        if self.page.ways:
            yield "fixed_otherwise"

    @once
    def healthy(self) -> Healthy:
        """Run Verify before anything is broken."""
        with self._fresh() as sandbox:
            before = self._state(sandbox)
            return Healthy(self._run(sandbox, "Verify"), before, self._state(sandbox))

    @once
    def healthy_symptom(self) -> list[Result]:
        """Run every fence of Symptom before anything is broken, also after one that differs."""
        with self._fresh() as sandbox, self._terminal(sandbox) as terminal:
            return [terminal.run(snippet) for snippet in self.page.under("Symptom")]

    @once
    def broken(self) -> Broken:
        """Run all that only looks, in the broken state."""
        with self._broken() as sandbox:
            return Broken(*(self._run(sandbox, role) for role in ("Symptom", "Verify", "Diagnose", "Prevent")))

    @once
    def fixed(self) -> Fixed:
        """Run Fix, Verify and Roll back."""
        return self._fixed("")

    @once
    def fixed_otherwise(self) -> list[Fixed]:
        """Run each alternative under Fix in a broken state of its own, then Verify, then its own way back."""
        return [self._fixed(way) for way in self.page.ways]

    def _fixed(self, way: str) -> Fixed:
        with self._broken() as sandbox:
            before = self._state(sandbox)
            fix = self._run(sandbox, "Fix", way)
            after = self._state(sandbox)
            verify = self._run(sandbox, "Verify")
            is_waived = "rollback-works" in self.page.waived
            if is_waived or _failed(fix) or (way and not self.page.under("Roll back", way)):
                return Fixed(way, fix, verify, before, after, [], None)
            back = self._run(sandbox, "Roll back", way)
            return Fixed(way, fix, verify, before, after, back, self._state(sandbox))

    @once
    def automatic(self) -> Automatic:
        """Run the page's runbook: its plan, then for real, then once more."""
        with self._broken() as sandbox, self._terminal(sandbox) as terminal:
            before = self._state(sandbox)
            plan = terminal.run(self._call(exit_status=1))
            after_plan = self._state(sandbox)
            apply = terminal.run(self._call("--apply"))
            after = self._state(sandbox)
            verify = self._run(sandbox, "Verify")
            again = terminal.run(self._call("--apply"))
            return Automatic(plan, apply, again, before, after_plan, after, self._state(sandbox), verify)

    @once
    def wrong_recipes(self) -> list[WrongRecipe]:
        """Run each fence under Does not work in a broken state of its own."""
        seen = []
        for snippet in self.page.under("Does not work"):
            with self._broken() as sandbox, self._terminal(sandbox) as terminal:
                before = self._state(sandbox) if snippet.loses_rows else None
                recipe = terminal.run(snippet)
                after = self._state(sandbox) if snippet.loses_rows else None
                seen.append(WrongRecipe(recipe, self._run(sandbox, "Verify"), before, after))
        return seen

    @once
    def answers(self) -> list[tuple[Question, str, str]]:
        """Ask each question that leads to this page in the broken state; give what it should say, and what it does."""
        questions = asked(self.lab.settings)
        given = []
        for key, expected in path_of(self.page):
            with self._broken() as sandbox:
                completed = sandbox.run(questions[key].run, check=False, timeout=self.lab.settings.timeout)
            given.append((questions[key], expected, completed.output))
        return given

    def _run(self, sandbox: Sandbox, role: str, way: str = "") -> list[Result]:
        with self._terminal(sandbox) as terminal:
            return terminal.run_all(self.page.under(role, way))

    def _terminal(self, sandbox: Sandbox) -> Terminal:
        return Terminal(sandbox, self.page.values, self.lab.settings.timeout)

    def _state(self, sandbox: Sandbox) -> State:
        if not sandbox.has_own_server:
            return read_state(sandbox, self.lab.settings.ignore_columns)
        around = read_server_state(sandbox.own)
        with sandbox.own.awake():
            state = read_state(sandbox, self.lab.settings.ignore_columns)
        return replace(state, schema={**state.schema, **around})

    def _fresh(self) -> contextlib.AbstractContextManager[Sandbox]:
        return fresh_sandbox(self.page, self.lab)

    def _call(self, flag: str = "", exit_status: int = 0) -> Snippet:
        name, _, arguments = (self.page.runbook or "").partition(" ")
        code = " ".join(filter(None, ("python", f"runbooks/{name}.py", arguments, flag))) + "\n"
        line = self.page.line_of("runbook")
        options = {"exit": str(exit_status), "timeout": "120"}
        return Snippet(self.page.path, line, "bash", code, options, "runbook", True, "", code_lines=(line,))

    @contextlib.contextmanager
    def _broken(self) -> Iterator[Sandbox]:
        """Give a sandbox in the broken state: injected afresh, or copied when nothing in it is alive."""
        if self._snapshot is not None:
            with self.lab.sandbox(self._snapshot) as sandbox:
                yield sandbox
            return
        with self._fresh() as sandbox, injected(self.page, self.lab.settings, sandbox):
            if not self._is_live and not sandbox.is_live:
                self._snapshot = self._stack.enter_context(self.lab.sandbox(sandbox, asleep=True))
            else:
                self._is_live = True
            yield sandbox


def fresh_sandbox(page: Page, lab: Lab) -> contextlib.AbstractContextManager[Sandbox]:
    """Give a healthy sandbox for a page, with a server of its own where the page asks for one.

    Raises NeedsUnmet when it does and the server is somebody else's.
    """
    if page.has_own_server and lab.server.data is None:
        fact = "needs a server of its own, and PROOFBOOK_DATABASE_URL names one of somebody else"
        raise NeedsUnmet(f"{page.path}:{page.line_of('server')}", fact, "unset it to prove this page")
    return lab.sandbox(own=page.has_own_server)


def _finish(both: ThreadPoolExecutor, *gatherings: Callable[[], object]) -> None:
    """Do all of it; an error is kept where it arose, and raised to whoever asks for that."""
    for done in [both.submit(gather) for gather in gatherings]:
        done.exception()


def _failed(results: list[Result]) -> bool:
    return any(result.problem for result in results)
