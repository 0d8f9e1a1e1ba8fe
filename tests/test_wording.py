from __future__ import annotations

import pytest

from proofbook.pages.wording import counted, listed, readable


@pytest.mark.parametrize(
    ("signature", "shown"),
    [
        (r'column "(?P<column>[^"]+)" of relation', 'column "[column]" of relation'),
        (r"leaf nodes in the graph: \((?P<nodes>.+)\)\.", "leaf nodes in the graph: ([nodes])."),
        (r"^ERROR:\s+canceling statement$", "ERROR: canceling statement"),
        (r"^(?:psql:.*: )?ERROR:  no", "ERROR:  no"),
        (r"system is (?:starting up|shutting down)$", "system is starting up | shutting down"),
        (r"reason \d+ of [^ ]+", "reason … of …"),
        (r"(?P<a>(x|\))[)]) end", "[a] end"),
    ],
)
def test_a_signature_reads_like_the_line_it_matches(signature, shown):
    assert readable(signature) == shown


def test_lists_and_counts_read_like_sentences():
    assert [listed([]), listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
    assert [counted(1, "step"), counted(2, "step")] == ["1 step", "2 steps"]
