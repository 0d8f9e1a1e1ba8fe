"""What the browser is given: expressions that find the same, or an error that says why there are none."""

from __future__ import annotations

import json
import re

import pytest

from proofbook.diagnosis.browser import known_to_browser
from proofbook.diagnosis.javascript import InexpressibleError, of_python, of_re2
from proofbook.errors import PageError
from proofbook.pages.page import parse_page
from proofbook.pages.signatures import Catalogue


@pytest.mark.parametrize(
    ("pattern", "source"),
    [
        (r"ERROR:  role \"(?P<role>[^\"]+)\" is gone", r'ERROR:  role "(?<role>[^"]+)" is gone'),
        (r"^(?:psql:.+:\d+: )?x$", r"^(?:psql:[^\n]+:[0-9]+: )?x$"),
        (r"a\s+b\S*", r"a[\t\n\f\r ]+b[^\t\n\f\r ]*"),
        (r"[\w.-]+@[^\s/]", r"[0-9A-Za-z_.\-]+@[^\t\n\f\r /]"),
        (r"x{2,3}?y{4}(?:ab){2,}", r"x{2,3}?y{4}(?:ab){2,}"),
        ("caf\u00e9 [\u00e0-\u00ff]", r"caf\u{e9} [\u{e0}-\u{ff}]"),
        (r"/a\.b|[\]^]", r"(?:\/a\.b|[\]\^])"),
    ],
)
def test_a_pattern_is_written_as_javascript_reads_it(pattern, source):
    assert of_re2(pattern) == (source, "u")


def test_ignoring_case_is_a_flag_of_its_own():
    assert of_re2("(?i)fatal") == ("fatal", "iu")


def test_what_python_means_by_a_word_is_more_than_ascii():
    assert of_python(re.compile(r"\w\d(?=@)(?<!x)")) == (r"[\p{L}\p{N}_][\p{Nd}](?=@)(?<!x)", "u")


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        (r"(a)\1", "it uses groupref"),
        (r"(?>a+)b", "it uses atomic group"),
        (r"a(?i:b)", "it sets a flag for a part of itself"),
        (r"(?m)^a", "it sets a flag that is not i or x"),
        (r"[\Sa]", "it names what is not of a kind"),
    ],
)
def test_what_javascript_does_not_have_is_told(pattern, reason):
    with pytest.raises(InexpressibleError, match=reason):
        of_re2(pattern)


def catalogue(signature, more=""):
    return Catalogue([parse_page("docs/faults/A1.md", f"---\nfault: A1\nsignature: '{signature}'\n{more}---\n")])


@pytest.mark.parametrize(
    ("signature", "more", "fact"),
    [
        (r"disk [\Sx] full", "", "signature cannot be looked for in a browser: it names"),
        (r"\w+ \d+", "", "signature cannot be looked for in a browser: it holds no fixed text"),
        (
            "disk is full",
            "evidence: '(?i)disk'\n",
            "evidence cannot be looked for in a browser: it holds no fixed text",
        ),
    ],
)
def test_a_page_that_the_browser_cannot_look_for_is_named(signature, more, fact):
    with pytest.raises(PageError, match=fact) as caught:
        known_to_browser(catalogue(signature, more))

    assert caught.value.place == f"docs/faults/A1.md:{4 if more else 3}"


def test_the_browser_gets_the_words_that_stand_for_the_others():
    script = known_to_browser(catalogue("ERROR: disk is full"))
    known = json.loads(script.removeprefix("const known = ").removesuffix(";\n"))

    assert "ERROR" in known["words"]
    assert "ERROR: disk is full" not in known["words"]
    assert known["signatures"] == [["A1"], [[known["words"].index("ERROR")]], ["ERROR: disk is full"], ["u"]]
