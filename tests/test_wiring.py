"""What looks whether a check is called is not taken in by a call that is only written down."""

from __future__ import annotations

import pytest
from tests.wiring import WORKFLOW, Read, are_tests_run, is_wired, mark_of, read

ENVIRONMENT = "runbooks/validate_environment.py::code"
TENANTS = "runbooks/check_tenant_isolation.py::admin"
UNTOUCHED = "runbooks/validate_migrations.py::untouched"
ENVIRONMENTS = 'scripts/lab "python runbooks/validate_environment.py'
OLD_MIGRATIONS = "python runbooks/validate_migrations.py --project"
QUICK, SLOW, IN_LAB = (
    "tests/test_pipelines.py::test_no_step_only_talks",
    "tests/test_breaches.py::x",
    "lab/tests/x.py::x",
)


def with_edit(path: str, old: str, new: str) -> Read:
    """Give what reads every file, and one of them as if it had been edited."""
    text = read(path)
    assert old in text, f"{path}: {old!r}"
    return lambda each: text.replace(old, new) if each == path else read(each)


@pytest.mark.parametrize(
    ("enforcer", "path", "old", "new"),
    [
        (ENVIRONMENT, WORKFLOW, ENVIRONMENTS, f"# {ENVIRONMENTS}"),
        (ENVIRONMENT, WORKFLOW, ENVIRONMENTS, ENVIRONMENTS.replace("scripts/lab", "echo")),
        (TENANTS, WORKFLOW, 'scripts/lab "python runbooks/check_ten', 'true && echo "python runbooks/check_ten'),
        (UNTOUCHED, WORKFLOW, OLD_MIGRATIONS, f"# {OLD_MIGRATIONS}"),
        (UNTOUCHED, WORKFLOW, ' --since "$SINCE"', ""),
        (QUICK, ".ci/run", 'scripts/test "$@"', 'echo scripts/test "$@"'),
        (QUICK, ".ci/run", 'scripts/test "$@"', '# scripts/test "$@"'),
        (QUICK, "scripts/test", 'part "tests"', '# part "tests"'),
        (QUICK, "scripts/test", 'part "tests" .venv/bin/pytest', 'part "tests" .venv/bin/pytest -k diagnose'),
        (QUICK, "scripts/test", 'part "tests" .venv/bin/pytest', 'echo "tests" .venv/bin/pytest'),
        (SLOW, "scripts/test", 'part "slow tests"', '# part "slow tests"'),
        (SLOW, "scripts/test", "-m slow", "-m slow --maxfail=100"),
        (SLOW, "scripts/test", "-m slow", "-m slow tests/runbooks"),
        (IN_LAB, "scripts/test", 'part "slow tests"', '# part "slow tests"'),
        (IN_LAB, "tests/test_lab.py", "coverage run manage.py test", "echo coverage run manage.py test"),
    ],
)  # fmt: skip
def test_a_call_that_is_only_written_down_would_be_noticed(enforcer: str, path: str, old: str, new: str) -> None:
    assert is_wired(enforcer)
    assert not is_wired(enforcer, with_edit(path, old, new))


def test_quick_tests_are_run_without_the_slow_ones() -> None:
    only_quick = with_edit("scripts/test", 'part "slow tests"', '# part "slow tests"')

    assert (mark_of(QUICK), mark_of(SLOW), mark_of("tests/runbooks/test_deploy.py::test_a_release_is_deployed")) == (
        "not slow", "slow", "slow",
    )  # fmt: skip
    assert is_wired(QUICK, only_quick)


@pytest.mark.parametrize("marked", ["slow", "not slow"])
def test_a_part_that_is_run_and_cannot_fail_does_not_count(marked: str) -> None:
    call = f'.venv/bin/pytest -q -n 2 --dist loadfile -m "{marked}" -rfEs "${{some[@]}}"'

    assert are_tests_run(marked, f'part "tests" {call}')
    assert not are_tests_run(marked, call)
    assert not are_tests_run(marked, f'part "tests" {call} || true')
