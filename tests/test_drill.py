"""A drill: a shell in a broken sandbox that judges, helps one step at a time, and leaves nothing behind."""

from __future__ import annotations

import signal
from pathlib import Path

import psycopg
import pytest
from tests.repository import ROOT, Repository
from tests.typed import CTRL_C, Window, window

from proofbook.commands.drill import _drawn
from proofbook.drills import Drill, append_drill, drills_file, read_drills
from proofbook.errors import ProofbookError
from proofbook.explain import hints, seen
from proofbook.lab.places import checkout_key
from proofbook.lab.sweeping import only_run
from proofbook.pages.page import Page
from proofbook.pages.reading import readable_pages
from proofbook.settings import read_settings

PROMPT = "drill$ "
FIX = "echo 'service is up' > status.txt"
FAULTS = [page for page in readable_pages(read_settings(ROOT)) if page.fault]


def asked(shell: Window, command: str) -> str:
    """Type a command at the prompt and give what it printed and its status."""
    shell.types(f'{command}; echo "status $?"')
    shell.reads('echo "status $?"\n')
    return shell.reads(PROMPT)


def databases(url: str, repository: Repository) -> list[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("select datname from pg_database where datname like %s", [like(repository)])
        return [name for (name,) in rows]


def like(repository: Repository) -> str:
    return f"{checkout_key(repository.root)}%"


def drills(repository: Repository) -> list[Drill]:
    return read_drills(read_settings(repository.root))


@pytest.mark.slow
def test_a_fault_is_found_repaired_and_timed(tiny: Repository, outside_url: str) -> None:
    with window(tiny, "drill", "tny101") as shell:
        opening = shell.reads(PROMPT)
        broken = asked(shell, "proofbook check")
        first, second = asked(shell, "proofbook hint"), asked(shell, "proofbook hint")
        named = asked(shell, "cat status.txt | proofbook diagnose")
        asked(shell, FIX)
        fixed, again = asked(shell, "proofbook check"), asked(shell, "proofbook check")
        shell.types("exit")
        status = shell.ends()

    assert "not fixed yet" in broken
    assert 'grep -q "service is up" status.txt' in broken
    assert "status 1" in broken
    assert "hint 1 of" in first
    assert "    cat status.txt\n" in opening
    assert "    | service is down: reason 7\n" in opening
    assert "service is down: reason [reason]" in first
    assert "hint 2 of" in second
    assert "it is TNY101" in second
    assert "1. TNY101" in named
    assert "fixed in" in fixed
    assert "with 2 of" in fixed
    assert "status 0" in fixed
    assert fixed == again
    assert status == 0
    (drill,) = drills(tiny)
    assert (drill.fault, drill.is_fixed, drill.hints, drill.checks) == ("TNY101", True, 2, 2)
    assert drill.seconds > 0
    assert tiny.leftovers() == []
    assert databases(outside_url, tiny) == []


@pytest.fixture
def depot(tmp_path: Path, plain_environment: dict[str, str]) -> Repository:
    """Give this repository as a checkout of its own: another test may use the lab of this one meanwhile."""
    root = tmp_path / "checkout"
    root.mkdir()
    for name in ("pyproject.toml", "README.md", "docs", "lab", "runbooks", ".venv-lab"):
        (root / name).symlink_to((ROOT / name).resolve())
    return Repository(root, plain_environment)


@pytest.mark.slow
def test_a_fault_of_the_lab_is_found_and_repaired_by_its_runbook(depot: Repository) -> None:
    with window(depot, "drill", "MIG101") as shell:
        shell.reads(PROMPT)
        broken = asked(shell, "proofbook check")
        named = asked(shell, "python manage.py migrate 2>&1 | proofbook diagnose")
        asked(shell, "python manage.py migrate --fake")
        faked = asked(shell, "proofbook check")
        repaired = asked(shell, "python runbooks/repair_history.py --app orders --apply")
        fixed = asked(shell, "proofbook check")
        shell.types("exit")
        assert shell.ends() == 0

    assert "not fixed yet" in broken
    assert "InconsistentMigrationHistory" in broken
    assert "1. MIG101" in named
    assert "status 1" in faked
    assert "status 0" in repaired
    assert "fixed in" in fixed
    assert "with 0 of" in fixed
    assert [(drill.fault, drill.is_fixed, drill.checks) for drill in drills(depot)] == [("MIG101", True, 3)]
    assert depot.leftovers() == []


@pytest.mark.slow
def test_a_repair_that_loses_a_row_is_none(tiny: Repository) -> None:
    with window(tiny, "drill", "TNY101") as shell:
        shell.reads(PROMPT)
        asked(shell, f"{FIX}; psql -qc 'delete from item where id = 1'")
        lossy = asked(shell, "proofbook check")
        shell.types("exit")
        assert shell.ends() == 1

    assert "it works again, but something is lost" in lossy
    assert "row of item [1] is gone" in lossy
    assert [drill.is_fixed for drill in drills(tiny)] == [False]


@pytest.mark.slow
def test_what_is_drawn_is_told_only_at_the_end(tiny: Repository) -> None:
    with window(tiny, "drill") as shell:
        shell.reads(PROMPT)
        asked(shell, "proofbook check; proofbook hint; env; pwd")
        before = shell.text
        shell.types("exit")
        shell.ends()

    assert "TNY101" not in before
    assert "left unrepaired: TNY101 The service is down, docs/faults/TNY101.md" in shell.text
    assert [drill.was_drawn for drill in drills(tiny)] == [True]


@pytest.mark.slow
def test_ctrl_c_ends_the_command_and_not_the_drill(tiny: Repository, outside_url: str) -> None:
    with window(tiny, "drill", "TNY101") as shell:
        shell.reads(PROMPT)
        shell.types("sleep 1000")
        shell.runs("sleep")
        shell.presses(CTRL_C)
        shell.reads(PROMPT)
        assert "status 1" in asked(shell, "proofbook check")
        shell.types("exit")
        assert shell.ends() == 1

    assert tiny.leftovers() == []
    assert databases(outside_url, tiny) == []


@pytest.mark.slow
def test_a_closed_window_leaves_nothing(embedded: Repository) -> None:
    with window(embedded, "drill", "TNY101") as shell:
        shell.reads(PROMPT)
        asked(shell, "setsid nohup sleep 1000 & trap '' HUP; cd /")
        shell.close()
        shell.process.wait(300)

    assert embedded.leftovers() == []
    assert [drill.is_fixed for drill in drills(embedded)] == [False]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_asked_to_end_it_removes_everything(number: signal.Signals, tiny: Repository, outside_url: str) -> None:
    with window(tiny, "drill", "TNY101") as shell:
        shell.reads(PROMPT)
        shell.process.send_signal(number)
        assert shell.ends() == 128 + number

    assert tiny.leftovers() == []
    assert databases(outside_url, tiny) == []


@pytest.mark.slow
def test_killed_it_leaves_nothing_for_the_next(embedded: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROOFBOOK_DATABASE_URL", raising=False)
    with window(embedded, "drill", "TNY101") as shell:
        shell.reads(PROMPT)
        shell.process.kill()
        shell.process.wait()

    with only_run(read_settings(embedded.root)):
        pass

    assert embedded.leftovers() == []


@pytest.mark.slow
def test_ctrl_c_while_it_is_prepared_leaves_nothing(embedded: Repository) -> None:
    with window(embedded, "drill", "TNY101") as shell:
        shell.reads("preparing the lab")
        shell.presses(CTRL_C)
        assert shell.ends() == 128 + signal.SIGINT

    assert embedded.leftovers() == []


@pytest.mark.slow
def test_a_second_lab_is_refused_with_what_helps(tiny: Repository) -> None:
    with window(tiny, "drill", "TNY101") as shell:
        shell.reads(PROMPT)
        beside = tiny.run("lab", "true")
        within = asked(shell, "proofbook lab true")
        shell.types("exit")
        shell.ends()

    assert beside.returncode == 2
    assert f"{tiny.root}: `proofbook drill` is open in this checkout, which has room for one run" in beside.stdout
    assert "hint: leave its shell with exit, or end it: kill" in beside.stdout
    assert "proofbook: lab: is not to be had inside a sandbox\nhint: here you have" in within


@pytest.mark.slow
def test_a_healthy_lab_has_proofbook_at_hand_and_nothing_to_check(tiny: Repository) -> None:
    diagnosed = tiny.run("lab", "echo 'service is down: reason 3' > log; proofbook diagnose log")
    piped = tiny.run("lab", "proofbook explain TNY101 | head -n 1; proofbook check")

    assert diagnosed.returncode == 1
    assert "1. TNY101" in diagnosed.stdout
    assert "TNY101  The service is down\n" in piped.stdout
    assert "check: is not to be had inside a sandbox" in piped.stdout
    assert piped.returncode == 2


@pytest.mark.slow
def test_a_page_may_call_proofbook_if_it_says_so(tiny: Repository) -> None:
    fence = "```bash\nproofbook explain TNY101\n```\n```output\nTNY101  The service is down\n...\n```\n"
    tiny.write("docs/with.md", f"---\ncommands: proofbook\n---\n{fence}")
    tiny.write("docs/without.md", fence)

    outcome = tiny.prove("docs/with.md", "docs/without.md")

    assert outcome.found("docs/with.md") == {}
    assert "proofbook: command not found" in str(outcome.found("docs/without.md"))


@pytest.mark.parametrize("word", ["check", "hint"])
def test_outside_a_drill_nothing_is_judged(word: str, tiny: Repository) -> None:
    done = tiny.run(word)

    assert done.returncode == 2
    assert f"proofbook: proofbook {word}: is for the shell of a drill, and this is none\nhint: begin one" in done.stdout


def test_a_fault_and_a_lot_are_not_both_had(tiny: Repository) -> None:
    assert "is both a fault and a lot" in tiny.run("drill", "TNY101", "--random").stdout


def test_the_lot_falls_on_every_fault(tiny: Repository) -> None:
    tiny.write("docs/faults/TNY102.md", tiny.read("docs/faults/TNY101.md").replace("TNY101", "TNY102"))
    settings = read_settings(tiny.root)

    drawn = [_drawn(settings, str(seed)).fault for seed in range(20)]

    assert set(drawn) == {"TNY101", "TNY102"}
    assert [_drawn(settings, str(seed)).fault for seed in range(20)] == drawn


def test_a_server_of_ones_own_is_not_drawn_where_there_is_none(
    tiny: Repository, monkeypatch: pytest.MonkeyPatch, outside_url: str
) -> None:
    monkeypatch.setenv("PROOFBOOK_DATABASE_URL", outside_url)
    tiny.edit("docs/faults/TNY101.md", "fault: TNY101\n", "fault: TNY101\nserver: own\n")

    with pytest.raises(ProofbookError, match="there is no fault to draw here"):
        _drawn(read_settings(tiny.root), None)


@pytest.mark.parametrize("page", FAULTS, ids=lambda page: page.fault)
def test_the_hints_go_from_what_is_seen_to_the_whole_fix(page: Page) -> None:
    steps = hints(page)

    assert page.under("Symptom")[0].code.splitlines()[0] in seen(page)
    assert str(page.fault) not in seen(page)
    said = iter(steps)
    for snippet in (*page.under("Diagnose"), *page.under("Fix")):
        first = next(line for line in snippet.code.splitlines() if line.strip())
        assert any(first in step for step in said), f"{snippet} is in no hint after those before it"


@pytest.mark.parametrize(("code", "value"), [("HLT103", "SCRIPT="), ("TEN101", "SOMEBODY=")])
def test_what_was_seen_can_be_run_as_it_stands(code: str, value: str) -> None:
    """The values that the command uses are told with it."""
    page = next(page for page in FAULTS if page.fault == code)

    assert f"    {value}" in seen(page)


def test_drills_are_read_as_they_were_written(tiny: Repository) -> None:
    settings = read_settings(tiny.root)
    told = [Drill("TNY101", True, 12.5, 1, 2, False, "2026-11-23T01:00:00+00:00", "18.4")] * 2

    assert read_drills(settings) == []
    for each in told:
        append_drill(settings, each)

    assert read_drills(settings) == told


@pytest.mark.parametrize("line", ["{", "7", '{"fault": "TNY101"}'])
def test_a_line_that_is_no_drill_has_its_place(line: str, tiny: Repository) -> None:
    settings = read_settings(tiny.root)
    tiny.write(".proofbook/drills.jsonl", f"\n{line}\n")

    with pytest.raises(ProofbookError, match="is no drill") as caught:
        read_drills(settings)

    assert caught.value.place == f"{drills_file(settings)}:2"
