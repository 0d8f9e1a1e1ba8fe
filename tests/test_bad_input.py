"""Bad input gets a clear error with place, fact and hint, the right exit status, and leaves a clean machine."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
import tomllib
from pathlib import Path

import pytest
from tests.repository import CASES, LAB_PYTHON, Outcome, Repository, copy_tiny, proven_once

from proofbook.lab.places import run_folder
from proofbook.lab.postgres import Server

pytestmark = pytest.mark.slow

MODULES = tomllib.loads((CASES / "bad_input/fault_modules.toml").read_text())
CODES = {name: f"TNY{number}" for number, name in enumerate(MODULES, start=301)}


def assert_told(done: subprocess.CompletedProcess[str], *parts: str, status: int = 2) -> None:
    assert done.returncode == status, done.stdout
    for part in parts:
        assert part in done.stdout.replace("\n", " ") or part in done.stdout, done.stdout
    assert "Traceback" not in done.stdout


@pytest.fixture(scope="module")
def modules(
    tmp_path_factory: pytest.TempPathFactory, outside_url: str, plain_environment: dict[str, str]
) -> tuple[Path, Outcome]:
    def prove(root: Path) -> Outcome:
        repository = Repository(copy_tiny(root), {**plain_environment, "PROOFBOOK_DATABASE_URL": outside_url})
        text = repository.read("docs/faults/TNY101.md").replace(r"\d+", "NUMBER").replace("reason 7", "reason NUMBER")
        for name, code in CODES.items():
            number = code.removeprefix("TNY")
            repository.write(f"docs/faults/{code}.md", text.replace("TNY101", code).replace("NUMBER", number))
            if "module" in MODULES[name]:
                repository.write(f"lab/faults/{code.lower()}.py", MODULES[name]["module"].replace("NUMBER", number))
        (root / "docs/faults/TNY101.md").unlink()
        return repository.prove()

    return proven_once(tmp_path_factory.mktemp("modules"), prove)


@pytest.mark.parametrize("name", MODULES)
def test_a_fault_module_that_cannot_work_is_told(name: str, modules: tuple[Path, Outcome]) -> None:
    code, outcome = CODES[name], modules[1]

    found = outcome.found(f"docs/faults/{code}.md")

    wanted = MODULES[name]["says"].replace("CODE", code.lower())
    assert found["fault-appears"].startswith(wanted), found["fault-appears"]
    assert "verify-passes-healthy" not in found


def test_what_could_not_be_checked_is_no_finding(modules: tuple[Path, Outcome]) -> None:
    root, outcome = modules

    assert outcome.status == 2
    assert Repository(root).leftovers() == []
    assert "Traceback" not in outcome.text


def test_pages_that_cannot_be_read_are_told_and_the_others_proven(tiny: Repository) -> None:
    tiny.write("docs/front.md", "---\ntitle: A\ntitle b: c: d\n---\n")
    (tiny.root / "docs/binary.md").write_bytes(b"# A\n\x89PNG\r\n\x1a\n\xff\xfe")
    (tiny.root / "docs/gone.md").symlink_to("/absent")

    outcome = tiny.prove("docs/front.md", "docs/binary.md", "docs/gone.md", "docs/guide.md")

    told = "\n".join(outcome.found().values())
    assert outcome.status == 1
    assert outcome.told["passed"] == 3
    assert "docs/front.md:3: front matter is broken: mapping values are not allowed here\nhint: quote" in told
    assert "docs/binary.md:2: is not UTF-8 text\nhint: save it as UTF-8" in told
    assert "docs/gone.md: cannot be read: No such file or directory" in told
    assert tiny.leftovers() == []


def test_a_link_that_leads_nowhere_starts_no_other_tests(tiny: Repository) -> None:
    (tiny.root / "docs/gone.md").symlink_to("/absent")
    tiny.write("test_own.py", "def test_own(): open('ran', 'w')\n")

    assert tiny.prove("docs/gone.md").status == 1
    assert not (tiny.root / "ran").exists()


def test_endless_snippets_and_output_are_ended(tiny: Repository) -> None:
    tiny.write("docs/endless.md", "# A\n\n```bash {timeout=1}\nsleep 65 & wait\n```\n")
    tiny.write("docs/much.md", "```bash\nhead -c 100000000 /dev/zero | tr '\\0' x\n```\n\n```output\nxxx\n```\n")
    tiny.write("docs/forever.md", "```bash {timeout=1}\nyes\n```\n")

    outcome = tiny.prove("docs/endless.md", "docs/much.md", "docs/forever.md")

    assert outcome.status == 1
    assert "docs/endless.md:4: did not end within 1 s and was killed" in outcome.text
    assert "docs/forever.md:2: did not end within 1 s and was killed" in outcome.text
    assert outcome.found()["much.md:1"].startswith("docs/much.md:2: the page expects:\n  xxx\n")
    assert len(outcome.text) < 20_000
    assert tiny.leftovers() == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small file system")
def test_no_space_for_the_lab_or_a_sandbox(tiny: Repository, tmp_path: Path) -> None:
    place = Path("/tmp") / f"pb-small-{os.getpid()}"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m,mode=0755", "tmpfs", str(place)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        place.rmdir()
        pytest.skip("this machine lets nobody mount a small file system")
    try:
        (tiny.root / "lab/large").write_bytes(b"x" * 400_000)
        in_sandbox = tiny.run("prove", "docs/faults", TMPDIR=str(place))
        (tiny.root / "lab/large").write_bytes(b"x" * 3_000_000)
        in_lab = tiny.run("prove", "docs/guide.md", TMPDIR=str(place))
        left = list(place.iterdir())
    finally:
        subprocess.run(["umount", str(place)], check=True)
        place.rmdir()

    for done in (in_sandbox, in_lab):
        assert_told(done, "cannot be made: ", "No space left on device", "hint: free some space, or set TMPDIR")
    assert left == []


def test_a_taken_port_is_told_before_anything_is_proven(tiny: Repository) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = tiny.run("serve", "--port", str(port))

    hint = f"hint: end what listens there, or choose another: --port {port + 1}"
    assert_told(done, f"127.0.0.1:{port}: cannot be served on: Address already in use", hint)
    assert not (tiny.root / ".proofbook").exists()


@pytest.mark.parametrize("page", [("docs/guide.md",), ()])
def test_a_server_that_does_not_answer_is_told(page: tuple[str, ...], tiny: Repository) -> None:
    done = tiny.run("prove", *page, PROOFBOOK_DATABASE_URL="postgresql://nobody@127.0.0.1:1/x")

    assert_told(done, "PROOFBOOK_DATABASE_URL: the server does not answer: ", "hint: start that server, or unset")
    assert tiny.leftovers() == []


def test_a_role_that_may_not_create_databases_is_told(tiny: Repository, outside: Server) -> None:
    with outside.connect() as connection:
        connection.execute("create role lowly login")
    url = outside.url("postgres").replace("keeper", "lowly")

    done = tiny.run("prove", "docs/guide.md", PROOFBOOK_DATABASE_URL=url)

    with outside.connect() as connection:
        connection.execute("drop role lowly")
    assert_told(done, "its role may not create databases", "hint: ALTER ROLE lowly CREATEDB")
    assert tiny.leftovers() == []


def test_a_server_of_another_version_is_told(tiny: Repository) -> None:
    done = tiny.run("prove", "docs/guide.md", "--postgres", "16")

    assert_told(done, "PROOFBOOK_DATABASE_URL: the server is PostgreSQL 18.", "was asked for on 16", "hint: set")
    assert tiny.leftovers() == []


def test_nonsense_for_a_server_is_told(tiny: Repository) -> None:
    done = tiny.run("prove", "docs/guide.md", PROOFBOOK_DATABASE_URL="not a url")

    assert_told(done, "PROOFBOOK_DATABASE_URL: ", "hint: ")


def test_a_second_run_is_refused_and_the_first_goes_on(tiny: Repository) -> None:
    tiny.write("docs/slow.md", "```bash\ntouch began\nwhile [ ! -e go ]; do sleep 0.05; done\n```\n")
    first = tiny.start("prove", "docs/slow.md")
    began = time.monotonic()
    while not (sandboxes := list(run_folder(tiny.root).glob("sandboxes/*/project/began"))):
        assert time.monotonic() - began < 300
        time.sleep(0.02)

    second = tiny.run("prove", "docs/guide.md")
    sandboxes[0].with_name("go").touch()

    assert_told(second, f"{tiny.root}: another run is at work in this checkout", f"end it: kill {first.pid}")
    assert first.wait(300) == 0
    assert tiny.leftovers() == []


def test_a_lab_that_cannot_be_prepared_is_told(tiny: Repository) -> None:
    tiny.write("lab/schema.sql", "create table item (id int);\nselect * from absent;\n")

    done = tiny.run("prove")

    assert_told(done, "psql -q -v ON_ERROR_STOP=1 -f schema.sql: ended with 3:", 'relation "absent" does not exist')
    assert tiny.leftovers() == []


def test_a_lab_that_is_not_there_is_told(tiny: Repository) -> None:
    shutil.rmtree(tiny.root / "lab")

    assert_told(tiny.run("prove"), f"{tiny.root}/lab: the lab is not there", "hint: set `lab` in [tool.proofbook]")
    assert tiny.leftovers() == []


def test_a_python_that_is_not_there_is_told(tiny: Repository) -> None:
    tiny.edit("pyproject.toml", str(LAB_PYTHON), "absent/bin/python")

    assert_told(tiny.run("prove"), "absent/bin/python: ", "hint: run scripts/setup")


def test_a_damaged_record_is_told(tiny: Repository) -> None:
    tiny.write(".proofbook/records/docs/guide.md.json", '[{"id": 1')

    done = tiny.run("prove", "docs/guide.md")

    assert_told(done, "records/docs/guide.md.json: is damaged: ", "hint: remove the file; the page is proven again")


def test_a_page_that_is_not_there_is_told(tiny: Repository) -> None:
    done = tiny.run("prove", "docs/absent.md")

    assert_told(done, "docs/absent.md: is no page of this repository", "hint: pages are below docs")
    assert not re.search("Error|Exception", done.stdout)
