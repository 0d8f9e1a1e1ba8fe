"""What counts as changed, and what as lost: one statement or one edit at a time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from proofbook.lab.lab import Lab
from proofbook.lab.postgres import Server
from proofbook.lab.sandbox import Sandbox
from proofbook.lab.state import differences, lost, read_state

IGNORED = {"item": ("seen",)}


@pytest.fixture(scope="module")
def shared(lab: Lab) -> Iterator[Sandbox]:
    with lab.sandbox() as sandbox:
        sandbox.sql("create table note (text text, size int)")
        sandbox.sql("insert into note values ('a', 1), ('a', 1), ('b', 2)")
        sandbox.sql("create table slot (id int primary key, at int)")
        sandbox.sql("create type mood as enum ('calm')")
        sandbox.sql("create function one() returns int language sql as 'select 1'")
        sandbox.sql("create view reds as select id from item where colour = 'red'")
        yield sandbox


CHANGES = {
    "a row gone": ("delete from item where id = 7", ["row of item [7]: gone"]),
    "a row more": ("insert into item (id, name) values (99, 'x')", ["row of item [99]: new"]),
    "a value": ("update item set colour = 'blue' where id = 7", ["row of item [7]: changed"]),
    "a null": ("update item set name = '' where id = 7", ["row of item [7]: changed"]),
    "one of two equal rows": (
        "delete from note where ctid = (select min(ctid) from note)",
        ['row of note {"size": 1, "text": "a"}+: gone'],
    ),
    "an ignored column": ("update item set seen = now() + interval '1 day'", []),
    "a column's type": ("alter table note alter size type bigint", ["schema column public.note.size: changed"]),
    "a column's default": (
        "alter table note alter size set default 5",
        ["schema column public.note.size: changed"],
    ),
    "a column's nullness": ("alter table note alter size set not null", ["schema column public.note.size: changed"]),
    "a constraint": (
        "alter table note add constraint small check (size < 9)",
        ["schema constraint public.note.small: new"],
    ),
    "an index": ("create index by_size on note (size)", ["schema index public.by_size: new"]),
    "a sequence": ("create sequence counter", ["schema relation public.counter: new"]),
    "a view's text": (
        "create or replace view reds as select id from item where colour = 'blue'",
        ["schema relation public.reds: changed"],
    ),
    "a function's body": (
        "create or replace function one() returns int language sql as 'select 2'",
        ["schema function one(): changed"],
    ),
    "row level security": ("alter table note enable row level security", ["schema relation public.note: changed"]),
    "a label of an enum": ("alter type mood add value 'angry'", ["schema type public.mood: changed"]),
    "a grant": ("grant select on note to public", ["schema relation public.note: changed"]),
    "a comment": ("comment on table note is 'x'", ["schema comment public.note: new"]),
    "a trigger": (
        "create trigger t before update on item for each row execute function suppress_redundant_updates_trigger()",
        ["schema trigger item.t: new"],
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_difference_is_told(name: str, lab: Lab, shared: Sandbox) -> None:
    statement, wanted = CHANGES[name]
    with lab.sandbox(shared) as sandbox:
        before = read_state(sandbox, IGNORED)
        sandbox.sql(statement)
        after = read_state(sandbox, IGNORED)

    assert list(differences(before, after)) == wanted
    assert list(differences(before, before)) == []


def test_the_order_of_columns_is_no_difference(sandbox: Sandbox) -> None:
    sandbox.sql("create table pair (a int, b int)")
    sandbox.sql("insert into pair values (1, 2)")
    before = read_state(sandbox, {})
    sandbox.sql("drop table pair")
    sandbox.sql("create table pair (b int, a int)")
    sandbox.sql("insert into pair values (2, 1)")

    assert list(differences(before, read_state(sandbox, {}))) == []


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("alter table item add constraint c check (colour <> 'x') not valid", "alter table item validate constraint c"),
        (
            "create unique index broken on item (name)",
            "update pg_index set indisvalid = false where indexrelid = 'broken'::regclass",
        ),
    ],
)
def test_validity_is_a_difference(first: str, then: str, sandbox: Sandbox, outside: Server) -> None:
    sandbox.sql(first)
    before = read_state(sandbox, IGNORED)
    with outside.connect(sandbox.database) as owner:
        owner.execute(then)

    assert [line.rpartition(": ")[2] for line in differences(before, read_state(sandbox, IGNORED))] == ["changed"]


LOSSES = {
    "nothing": ("select 1", {}, []),
    "a row": ("delete from item where id = 7", {}, ["row of item [7] is gone"]),
    "a row, and another one more": (
        "with gone as (delete from item where id = 7) insert into item (name) values ('item 7')",
        {},
        ["row of item [7] is gone"],
    ),
    "a value": (
        "update item set colour = 'x', name = 'y' where id = 7",
        {},
        ["row of item [7] changed in colour, name"],
    ),
    "a value that the page names": ("update item set colour = 'x' where id = 7", {"item": ["colour"]}, []),
    "a value beside one that the page names": (
        "update item set colour = 'x', name = 'y' where id = 7",
        {"item": ["colour"]},
        ["row of item [7] changed in name"],
    ),
    "a column more": ("alter table item add column size int default 3", {}, []),
    "a column less": ("alter table item drop column colour", {}, []),
    "a wider type": ("alter table item alter id type bigint", {}, []),
    "a table": ("drop table item", {}, ["table item is gone with 40 rows"]),
    "a table's rows": ("truncate item", {}, [f"row of item [{number}] is gone" for number in range(1, 41)]),
    "a new row": ("insert into item (name) values ('new')", {}, []),
    "a sequence that would collide": (
        "select setval('item_id_seq', 5)",
        {},
        ["sequence public.item_id_seq is behind the rows it numbers"],
    ),
    "a sequence that would collide at once": (
        "select setval('item_id_seq', 40, false)",
        {},
        ["sequence public.item_id_seq is behind the rows it numbers"],
    ),
    "a sequence that has skipped": ("select setval('item_id_seq', 500)", {}, []),
}


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_is_told(name: str, sandbox: Sandbox) -> None:
    statement, changes, wanted = LOSSES[name]
    before = read_state(sandbox, IGNORED)
    sandbox.sql(statement)

    told = list(lost(before, read_state(sandbox, IGNORED), changes))

    assert sorted(told) == sorted(wanted)


EDITS = {
    "new": ("echo x > new.txt", ["file new.txt: new"]),
    "changed": ("echo x >> status.txt", ["file status.txt: changed"]),
    "gone": ("rm status.txt", ["file status.txt: gone"]),
    "made executable": ("chmod +x status.txt", ["file status.txt: changed"]),
    "environment": ("echo A=1 > .env", ["file .env: new"]),
    "ignored by git": ("mkdir -p .git/info; echo '*.log' >> .git/info/exclude; echo x > a.log", []),
    "environment ignored by git": (
        "mkdir -p .git/info; echo .env >> .git/info/exclude; echo A=1 > .env",
        ["file .env: new"],
    ),
    "in a new folder": ("mkdir -p a/b; echo x > a/b/c", ["file a/b/c: new"]),
    "a name with a space and a line end": ("echo x > $'a b\\nc'", ["file a b\nc: new"]),
    "a link": ("ln -s status.txt link", ["file link: new"]),
    "a link to nothing": ("ln -s absent link", ["file link: new"]),
    "a file that became a link to its copy": (
        "mv status.txt home.txt; ln -s home.txt status.txt",
        ["file home.txt: new", "file status.txt: changed"],
    ),
    "committed": ("echo x > new.txt; git add -A; git commit -qm x", ["file new.txt: new"]),
    "nothing": ("touch status.txt", []),
}


@pytest.mark.parametrize("name", EDITS)
def test_a_file_is_told(name: str, sandbox: Sandbox) -> None:
    command, wanted = EDITS[name]
    before = read_state(sandbox, IGNORED)
    sandbox.run(command)

    assert list(differences(before, read_state(sandbox, IGNORED))) == wanted
