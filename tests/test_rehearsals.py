"""The page of rehearsals shows what its records say, counted once more here; the records show nothing of a machine."""

from __future__ import annotations

import copy
import json
import re
import socket
import statistics
import sys
from collections import Counter
from contextlib import nullcontext
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.repository import ROOT

from proofbook.drills import Drill, append_drill
from proofbook.errors import ProofbookError
from proofbook.pages.reading import readable_pages
from proofbook.review import showing
from proofbook.review.deployments import Deployment
from proofbook.review.rehearsals import AUTOMATIC, BY_HAND, DEPLOYED, NOBODY, NOT_NEEDED, judge
from proofbook.review.review import make_review
from proofbook.settings import read_settings

FOLDER = ROOT / showing.FOLDER
MIX = json.loads((FOLDER / "mix.json").read_text("utf-8"))
KEPT = {file.parent.name: json.loads(file.read_text("utf-8")) for file in sorted(FOLDER.glob("*/rehearsal.json"))}
LAYERS = ("hook", "ci", "deployment")


@cache
def parts() -> dict[str, str]:
    settings = read_settings(ROOT)
    part = showing.rehearsed_page({page.path: page for page in readable_pages(settings)}, settings)
    return {name: part(name) for name in ("head", "injected", "layers", "recovery", "every")}


def rows(part: str) -> list[list[str]]:
    return rows_of(parts()[part])


def rows_of(table: str) -> list[list[str]]:
    lines = [line for line in table.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def stops(told: dict, layer: str) -> bool:
    return any(next(each for each in told["layers"] if each["layer"] == layer)["exits"])


def first(told: dict) -> str:
    return next((layer for layer in LAYERS if stops(told, layer)), NOBODY)


BROKEN = [told for told in KEPT.values() if told["fault"]]
HEALTHY = [told for told in KEPT.values() if not told["fault"]]


# the page follows from the records


def test_there_are_fifty_healthy_and_broken_and_the_seed_and_the_mix_are_told():
    assert len(KEPT) >= 50
    assert len(HEALTHY) >= 10
    assert len(KEPT) + len(MIX["not_rehearsed"]) == len(MIX["mix"])
    assert f"**{len(KEPT)} rehearsals**, {len(BROKEN)} with a fault" in parts()["head"]
    assert f"seed {MIX['seed']}." in parts()["head"]
    assert sum(int(row[1]) for row in rows("injected")) == len(MIX["mix"])
    told = " ".join(row[2] for row in rows("injected"))
    assert sorted(re.findall(r"[A-Z]{3}\d{3}", told)) == sorted(each["fault"] for each in MIX["mix"] if each["fault"])


def test_each_record_is_of_what_was_drawn_at_its_place():
    for name, told in KEPT.items():
        drawn = MIX["mix"][told["number"] - 1]
        assert (name, told["change"], told["fault"]) == (f"{told['number']:02}", drawn["change"], drawn["fault"])


def test_the_seed_draws_the_mix_once_more(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts" / "rehearsals"))
    import mix  # noqa: PLC0415

    drawn = mix.draw(MIX["seed"], len(HEALTHY) + sum(not each["fault"] for each in MIX["not_rehearsed"]), 40)

    assert [{"change": each.change, "fault": each.fault} for each in drawn] == MIX["mix"]
    for name in ("mix", "changes"):
        sys.modules.pop(name)


def test_the_hook_that_was_rehearsed_is_the_one_that_is_offered(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts" / "rehearsals"))
    import rehearsing  # noqa: PLC0415

    asked = [layer["commands"][0] for told in KEPT.values() for layer in told["layers"] if layer["layer"] == "hook"]
    offered = (ROOT / "scripts/hooks/migrations").read_text("utf-8").splitlines()[-1]
    said = "--only files parents leaves models untouched"
    assert offered == f'runbook validate_migrations {said} "$@"'
    assert rehearsing.HOOK[0] == f"validate_migrations {said} --since {{before}}"
    assert all(f" {said} --since " in command for command in asked)
    for name in ("rehearsing", "mix", "changes", "scrubbing"):
        sys.modules.pop(name)


def test_the_layers_are_counted():
    caught = Counter(map(first, BROKEN))
    for row, layer in zip(rows("layers"), LAYERS, strict=False):
        taken = [next(one["seconds"] for one in told["layers"] if one["layer"] == layer) for told in KEPT.values()]
        assert row == [
            showing.NAMES[layer],
            str(caught[layer]),
            str(sum(stops(told, layer) for told in BROKEN)),
            f"{sum(stops(told, layer) for told in HEALTHY)} of {len(HEALTHY)}",
            f"{statistics.median(taken):.1f}",
            f"{max(taken):.1f}",
        ]
    assert rows("layers")[3][:2] == [NOBODY, str(caught[NOBODY])]


def left(told: dict) -> str:
    if not stops(told, "deployment"):
        return DEPLOYED
    if not told["as_before"] or told["website_after"] != told["website_before"]:
        return BY_HAND
    log = (FOLDER / f"{told['number']:02}" / "deployment.log").read_text("utf-8")
    return AUTOMATIC if re.search(r"(?m)^ +back: ", log) else NOT_NEEDED


def test_the_ways_back_are_counted():
    found = Counter(map(left, BROKEN))

    assert dict(map(tuple, rows("recovery"))) == {words: str(found[after]) for after, words in showing.AFTER.items()}


def test_every_rehearsal_is_a_row_with_its_links():
    table = rows("every")

    assert len(table) == len(KEPT)
    for row, (name, told) in zip(table, KEPT.items(), strict=True):
        assert f"rehearsals/{name}/rehearsal.json" in row[0]
        assert (told["fault"] or "none") in row[1]
        assert row[7] == left(told)
        for cell, layer in zip(row[3:6], LAYERS, strict=True):
            assert (FOLDER / name / f"{layer}.log").is_file()
            assert cell.startswith("[passes]") != stops(told, layer)


def test_the_prose_names_what_nobody_caught_and_nothing_else():
    page = (ROOT / "docs" / "review" / "rehearsals.md").read_text("utf-8")
    prose = page.partition("## What nobody caught")[2].partition("\n## ")[0]
    table = prose.partition("\n| ")[2]

    missed = {told["fault"] for told in BROKEN if first(told) == NOBODY}
    assert set(re.findall(r"faults/([A-Z]{3}\d{3})\.md", table)) == missed


def test_no_rate_is_shown_of_rehearsals():
    review = make_review([FOLDER], readable_pages(read_settings(ROOT)), ROOT)
    page = (ROOT / "docs" / "review" / "rehearsals.md").read_text("utf-8") + "".join(parts().values())

    assert review.is_of_rehearsals
    assert not review.read.deployments
    assert review.read.is_whole, review.read.left_aside
    assert not re.search(r"[Ss]uccess rate|[Tt]ime to resolution|\d %", page)


def test_a_chart_and_its_table_show_the_same_and_the_keyboard_reaches_both():
    for part in ("layers", "recovery"):
        assert '<div class="pb-bars" tabindex="0" role="group" aria-label="' in parts()[part]
        said = re.search(r"<desc[^>]*>([^<]*)</desc>", parts()[part])[1]
        assert [int(number) for number in re.findall(r": (\d+) of", said)] == [int(row[1]) for row in rows(part)]


def with_drills(root: Path, *drills: Drill) -> dict[str, str]:
    """Give the last cell of every rehearsal as its page shows it in a checkout with these drills."""
    settings = replace(read_settings(ROOT), root=root)
    (root / showing.FOLDER).parent.mkdir(parents=True, exist_ok=True)
    (root / showing.FOLDER).symlink_to(FOLDER, target_is_directory=True)
    for each in drills:
        append_drill(settings, each)
    table = rows_of(showing.rehearsed_page({}, settings)("every"))
    return {name: row[-1] for name, row in zip(KEPT, table, strict=True)}


def test_drills_of_people_are_a_column_of_their_own(tmp_path):
    repaired, tried = BROKEN[0]["fault"], BROKEN[1]["fault"]
    drills = [
        Drill(fault, fixed, seconds, 0, 1, False, "2026-11-23", "18")
        for fault, fixed, seconds in ((repaired, 1, 60), (repaired, 1, 80), (repaired, 0, 9), (tried, 0, 5))
    ]

    shown = with_drills(tmp_path, *drills)

    assert showing.drill_times(drills) == {repaired: "70 s, of 2"}
    assert shown == {
        name: "70 s, of 2" if told["fault"] == repaired else "no drill recorded" if told["fault"] else "-"
        for name, told in KEPT.items()
    }
    assert parts()["every"].splitlines()[0].endswith("| people's drill |")


def test_a_part_that_there_is_not_is_told():
    settings = read_settings(ROOT)

    with pytest.raises(ProofbookError, match="there is no part 'rates'"):
        showing.rehearsed_page({}, settings)("rates")


# judging one


def told(**changes):
    layers = [{"layer": layer, "exits": [0], "seconds": 1.0} for layer in LAYERS]
    kept = {"number": 1, "change": "code", "fault": "MIG101", "as_before": True, "website_before": 200}
    kept |= {"website_after": 200, "layers": layers}
    for layer, exits in changes.pop("exits", {}).items():
        next(each for each in layers if each["layer"] == layer)["exits"] = exits
    return kept | changes


def seen(name: str, *faults: str, back: bool | None = None) -> Deployment:
    return Deployment(f"folder/{name}", "folder", faults=list(faults), back=back)


@pytest.mark.parametrize(
    ("exits", "caught"),
    [
        ({}, NOBODY),
        ({"deployment": [1]}, "deployment"),
        ({"deployment": [1], "ci": [0, 1]}, "ci"),
        ({"ci": [1], "hook": [0, 2]}, "hook"),
    ],
    ids=["none", "deployment", "ci", "hook"],
)
def test_the_first_layer_that_stops_it_has_caught_it(exits, caught):
    assert judge(told(exits=exits), []).caught == caught


def test_what_could_not_be_checked_has_not_passed():
    judged = judge(told(exits={"hook": [2]}), [])

    assert showing.SAID[judged.exits["hook"]] == "could not check"


def test_only_what_the_first_layer_names_is_named():
    judged = judge(
        told(exits={"ci": [1]}), [seen("hook.log", "ENV101"), seen("ci.log", "MIG101"), seen("ci.x", "MIG101")]
    )

    assert judged.named == ("MIG101",)


@pytest.mark.parametrize(
    ("changes", "back", "after"),
    [
        ({}, True, AUTOMATIC),
        ({}, None, NOT_NEEDED),
        ({"as_before": False}, True, BY_HAND),
        ({"website_after": 500}, True, BY_HAND),
        ({"website_before": 0, "website_after": 0}, True, BY_HAND),
    ],
    ids=["back", "refused", "rows differ", "website is down", "website was never there"],
)
def test_it_went_back_by_itself_only_if_state_and_website_agree(changes, back, after):
    kept = told(exits={"deployment": [1]}, **changes)

    assert judge(kept, [seen("deployment.log", back=back)]).after == after


def test_a_record_that_lacks_something_is_told():
    kept = told()
    del kept["layers"][0]

    with pytest.raises(ProofbookError, match="is no record of a rehearsal: it lacks 'hook'"):
        judge(kept, [])


def test_a_healthy_one_that_is_stopped_would_show():
    judged = [judge(told(number=number, fault="", exits={"ci": [number]}), []) for number in (0, 1)]
    broken = judge(told(exits={"ci": [1]}), [])

    assert "| the CI checks | 1 | 1 | 1 of 2 |" in showing.layers([*judged, broken])


def test_what_cannot_be_kept_ends_no_run(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts" / "rehearsals"))
    import rehearsing  # noqa: PLC0415

    scrubber = object.__new__(rehearsing.Scrubber)
    scrubber.names = {}
    monkeypatch.setattr(rehearsing, "Stage", lambda *_: None)
    monkeypatch.setattr(rehearsing, "Scrubber", lambda *_: scrubber)
    lab = SimpleNamespace(sandbox=nullcontext)
    try:
        for made in (lambda *_: {"hook.log": "at /tmp/x"}, failing("at /tmp/x")):
            monkeypatch.setattr(rehearsing, "made", made)
            with pytest.raises(rehearsing.NotRehearsed) as told:
                rehearsing.rehearse(1, None, None, lab)
            assert "/tmp" not in str(told.value)
            assert told.value.fact
    finally:
        for name in ("rehearsing", "mix", "changes", "scrubbing"):
            sys.modules.pop(name, None)


def failing(fact):
    def made(*_):
        raise ProofbookError("a command", fact)

    return made


# what the records hold


MACHINE = re.compile(
    r"(?<![\w.~/-])/(?:root|home|work|tmp|var|mnt|opt|dev/shm|private|Users|usr/local|proc)/"
    r"|proofbook_[0-9a-f]{8}|proofbook-[0-9a-f]{8}|\b(?:\d{1,3}\.){3}\d{1,3}\b(?<!127\.0\.0\.1)(?<!0\.0\.0\.0)"
)
SECRET = re.compile(r"postgres(?:ql)?://[^\s:/@]*:(?!\*\*\*)[^\s@]+@|SECRET_KEY ?= ?['\"]?\w{20}")
FILES = sorted(file for file in FOLDER.rglob("*") if file.is_file())


def keys() -> list[str]:
    found = []
    for name in ("uat.env", "prod.env"):
        lines = (ROOT / "lab" / name).read_text("utf-8").splitlines()
        found += [line.partition("=")[2] for line in lines if line.startswith("SECRET_KEY=")]
    return found


def test_no_record_holds_a_secret_or_anything_of_the_machine(scrubbing):
    own = scrubbing.own_name()
    for file in FILES:
        text = file.read_text("utf-8")
        for pattern in (MACHINE, SECRET, own):
            assert not pattern.search(text), f"{file}: {pattern.search(text)[0]}"
        assert not any(key in text for key in keys()), file


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("depot", True),
        ("app", True),
        ("server", True),
        ("web-1", True),
        ("4f2a91c07d3e", False),
        ("ci-runner-07", False),
    ],
)
def test_a_machine_that_is_named_like_a_thing_of_ours_is_no_reason_to_stop(scrubbing, monkeypatch, name, kept):
    monkeypatch.setattr(socket, "gethostname", lambda: name)
    text = f"the server depot of the app runs as web-1 on {name}"

    assert (scrubbing.own_name().search(text) is None) is kept


@pytest.mark.parametrize(
    "text", ["at /tmp/x", "/root/.ssh", "/dev/shm/proofbook-1a2b3c4d/", "host 10.1.2.3", "proofbook_1a2b3c4d_7"]
)
def test_what_is_of_a_machine_is_known(text):
    assert MACHINE.search(text)
    assert not MACHINE.search("~/backups /srv/depot 127.0.0.1:8001 http://0.0.0.0:1 ./lab/tmp/x")


def test_a_mix_that_does_not_fit_its_records_is_told(monkeypatch):
    settings = read_settings(ROOT)
    review = make_review([FOLDER], [], ROOT)
    review.read.mix = copy.deepcopy(MIX) | {"mix": MIX["mix"][1:]}
    monkeypatch.setattr(showing, "make_review", lambda *_: review)

    with pytest.raises(ProofbookError, match="other rehearsals than its mix"):
        showing.rehearsed_page({}, settings)("head")
