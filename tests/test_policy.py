"""The policy of a page names what was there when it was built, and nothing else."""

from __future__ import annotations

import pytest

from proofbook.errors import ProofbookError
from proofbook.site.policy import policy, with_policy

PAGE = '<head><meta charset="utf-8"></head><script>a()</script><script src="b.js"></script>'
OF_A = "'sha256-qVpDBgj7bpq5hMAcGp3AOc79J3Y1Z4HvySTwKrWDoy4='"


def test_each_inline_script_is_named_by_its_hash():
    page = f'{PAGE}<script id="c" type="application/json">{{}}</script><script>a()</script>'

    assert f"script-src 'self' {OF_A};" in policy(page)


def test_nothing_is_allowed_that_is_not_named():
    assert policy(PAGE).startswith("default-src 'none';")
    assert "unsafe" not in policy(PAGE)


def test_the_policy_stands_before_anything_it_rules():
    page = with_policy(PAGE)

    assert page.index("Content-Security-Policy") < page.index("<script")
    assert page.count("Content-Security-Policy") == 1


def test_a_page_in_which_it_has_no_place_is_told():
    with pytest.raises(ProofbookError, match="has no policy"):
        with_policy(PAGE.replace("utf-8", "UTF-8"))
