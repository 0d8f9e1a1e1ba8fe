"""What the site sends of its own scripts and styles says the same as what was written, in fewer bytes."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from tests.repository import ROOT

from proofbook.site.squeezing import script, squeeze, style

OURS = sorted((ROOT / "docs/javascripts").rglob("*.js"))


def test_comments_and_indentation_go_and_lines_stay() -> None:
    written = '// why\n{\n  // what\n  const at = "http://a"; // stays\n\n  ask(at)\n}\n'

    assert script(written) == '{\nconst at = "http://a"; // stays\nask(at)\n}\n'


def test_a_style_sheet_is_one_line_that_says_the_same() -> None:
    written = (
        '/* why */\n\n.a > b,\n.c {\n  content: "a  b" / "";\n  margin: 0\n    1px;\n}\n\n'
        "@media print {\n  .d {\n    top: 0;\n  }\n}\n"
    )

    assert style(written) == '.a > b,.c {content: "a  b" / "";margin: 0 1px;}@media print {.d {top: 0;}}\n'


@pytest.mark.parametrize("file", OURS, ids=lambda file: file.name)
def test_no_script_of_ours_has_text_over_several_lines(file: Path) -> None:
    lines = [re.sub(r" = /.*/\w*;$", "", line) for line in file.read_text("utf-8").splitlines()]
    torn = [line for line in lines if len(re.findall(r"(?<!\\)`", line)) % 2]

    assert torn == []


def test_only_what_is_ours_is_squeezed(tmp_path: Path) -> None:
    for name in ("javascripts", "stylesheets"):
        shutil.copytree(ROOT / "docs" / name, tmp_path / name)
    theirs = tmp_path / "assets/javascripts/bundle.js"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("  // theirs\n")
    before = sum(file.stat().st_size for file in tmp_path.rglob("*.*s"))

    squeeze(tmp_path)

    assert theirs.read_text() == "  // theirs\n"
    assert sum(file.stat().st_size for file in tmp_path.rglob("*.*s")) < before * 0.9
