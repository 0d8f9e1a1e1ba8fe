"""The graph is judged from what files say, also where they contradict each other; no Django is needed."""

import pytest

from _graph import Migration, branches, circles, last_ones, missing
from _graph_checks import renumbered


def graph(text):
    """Read `app.name < parent parent` lines; `=a.b` names what it replaces, `>a.b` what it runs before."""
    found = {}
    for line in text.strip().splitlines():
        name, _, rest = line.strip().partition(" <")
        app, _, last = name.partition(".")
        words = rest.split()
        kinds = {mark: tuple(word[1:] for word in words if word[0] == mark) for mark in "=>"}
        parents = tuple(word for word in words if word[0] not in "=>")
        found[name] = Migration(app, last, f"{name}.py", parents, kinds[">"], kinds["="])
    return found


LINE = "a.1 <\na.2 < a.1\na.3 < a.2"


def test_a_straight_line_has_one_end_and_no_circle():
    assert circles(graph(LINE)) == []
    assert last_ones(graph(LINE)) == {"a": ["a.3"]}
    assert list(missing(graph(LINE), {"a"})) == []


@pytest.mark.parametrize(
    ("text", "rings"),
    [
        ("a.1 < a.1", [["a.1"]]),
        ("a.1 < b.1\nb.1 < a.1", [["a.1", "b.1"]]),
        ("a.1 < b.1\nb.1 < c.1\nc.1 < a.1\nd.1 < c.1", [["a.1", "b.1", "c.1"]]),
        ("a.1 < b.1\nb.1 < a.1\nc.1 < d.1\nd.1 < c.1", [["a.1", "b.1"], ["c.1", "d.1"]]),
        ("a.1 < >b.1\nb.1 < >a.1", [["a.1", "b.1"]]),
        ("c.1 < a.1\na.1 < b.1\nb.1 < a.1\nc.2 < c.1", [["a.1", "b.1"]]),
    ],
)
def test_every_circle_is_found_once_and_without_what_hangs_on_it(text, rings):
    assert circles(graph(text)) == rings


def test_a_circle_of_ten_thousand_is_no_matter_of_depth():
    text = "\n".join(f"a.{number} < a.{(number + 1) % 10_000}" for number in range(10_000))

    assert [len(ring) for ring in circles(graph(text))] == [10_000]


def test_missing_names_what_no_file_has_and_neither_squashes_nor_words_for_any():
    text = "a.1 < b.9 b.__first__ z.__first__\na.2 < b.1 >c.7\nb.2 < =b.1"

    assert [(str(each), name) for each, name in missing(graph(text), {"a", "b", "c"})] == [
        ("a.1", "b.9"),
        ("a.1", "z.__first__"),
        ("a.2", "c.7"),
    ]


def test_what_is_replaced_is_no_end_of_an_app():
    assert last_ones(graph("a.1 <\na.2 < a.1\na.12 < =a.1 =a.2")) == {"a": ["a.12"]}


def test_only_the_own_app_follows():
    assert last_ones(graph("a.1 <\nb.1 < a.1")) == {"a": ["a.1"], "b": ["b.1"]}


def test_a_branch_is_what_an_end_has_alone_in_order():
    text = "a.1 <\na.2 < a.1\na.3 < a.2\na.9 < a.1\na.4 < a.3 b.1\nb.1 <"

    assert branches(graph(text), ["a.4", "a.9"]) == {"a.4": ["a.2", "a.3", "a.4"], "a.9": ["a.9"]}


@pytest.mark.parametrize(
    ("names", "after", "expected"),
    [
        (["a.0003_x", "a.0004_y"], "a.0007_last", ["a.0008_x", "a.0009_y"]),
        (["a.0003_x"], "a.0003_z", ["a.0004_x"]),
        (["a.x"], "a.0003_z", ["a.x"]),
        (["a.0003_x"], "a.last", ["a.0003_x"]),
        (["a.0099_x"], "a.9999_z", ["a.10000_x"]),
    ],
)
def test_a_later_branch_gets_the_numbers_after_the_other(names, after, expected):
    assert list(renumbered(names, after).values()) == expected
