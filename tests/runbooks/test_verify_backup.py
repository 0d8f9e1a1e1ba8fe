import json
import os
import subprocess
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.runbooks.test_backup_database import CALL, dumps, stand_in

import _folder
import _manifest
import verify_backup
from _step import CouldNotTell

VERIFY = ("verify_backup", "--project", "..", "--from")


@pytest.fixture
def rich(shop):
    """A shop with something of every kind, backed up by who may give things to others."""
    shop.environment["DATABASE_URL"] = f"postgresql://postgres@/{shop.database}?host={shop.server.folder}"
    shop.server.sql("CREATE EXTENSION vector", shop.database)
    shop.server.sql("DO $$ BEGIN CREATE ROLE auditor; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
    shop.server.sql("GRANT auditor TO depot")
    shop.sql(
        "CREATE TABLE audit (id serial PRIMARY KEY, note text CHECK (note <> ''));"
        "INSERT INTO audit (note) VALUES ('first');"
        "ALTER TABLE stock_item ENABLE ROW LEVEL SECURITY; CREATE POLICY everybody ON stock_item USING (true);"
    )
    shop.server.sql(
        "ALTER TABLE audit OWNER TO auditor; GRANT USAGE, CREATE ON SCHEMA public TO auditor", shop.database
    )
    return shop


def written(shop, *more):
    """Write a backup with a pg_dump that gets flags too many, so that it leaves something out."""
    if more:
        real = shop.server.tools / "pg_dump"
        stand_in(
            shop, "pg_dump", f'case "$*" in *version*) exec {real} "$@";; *) exec {real} {" ".join(more)} "$@";; esac'
        )
    done = shop.run(*CALL, "--apply")
    assert done.code == 0, done.out + done.err
    return dumps(shop)[-1]


def judged(shop, dump, *flags):
    done = shop.run(*VERIFY, str(dump), *flags, "--json")
    told = json.loads(done.out)
    return done.code, {each["name"]: each["status"] for each in told["checks"]}, told["findings"]


def test_a_good_backup_holds_in_everything_and_is_noted(rich):
    databases = rich.server.databases()
    dump = written(rich)

    code, checks, findings = judged(rich, dump)

    assert (code, set(checks.values()), findings) == (0, {"passed"}, [])
    assert _manifest.read_manifest(dump)["verified"]["owners"] is True
    assert Path(f"{dump}.json").stat().st_mode & 0o777 == 0o600
    assert rich.server.databases() == databases


@pytest.mark.parametrize(
    ("flags", "failed"),
    [
        (["--exclude-table-data=sales_sale"], {"tables"}),
        (["--exclude-table-data='*_id_seq'"], {"sequences"}),
        (["--section=pre-data", "--section=data"], {"constraints", "indexes", "schema"}),
        (["--exclude-extension=vector"], {"extensions"}),
        (["--no-policies"], {"schema"}),
        (["--exclude-table-data=django_migrations"], {"migrations", "tables"}),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_what_the_file_lacks_is_found_and_it_is_not_noted(rich, flags, failed):
    dump = written(rich, *flags)

    code, checks, findings = judged(rich, dump)

    assert (code, {name for name, status in checks.items() if status == "failed"}) == (1, failed), findings
    assert not _manifest.read_manifest(dump).get("verified")


def test_what_belongs_to_somebody_else_is_found(rich):
    dump = written(rich)
    text = _manifest.manifest_of(dump).read_text()
    told = text.replace("public.audit belongs to auditor", "public.audit belongs to depot")
    _manifest.write_manifest(dump, json.loads(told))

    code, checks, findings = judged(rich, dump)

    assert (code, checks["owners"]) == (1, "failed")
    assert "owner public.audit belongs to auditor is only in the database" in [each["message"] for each in findings]


def test_an_index_that_was_not_valid_is_told_and_hinders_nothing(shop):
    shop.sql("UPDATE stock_item SET name = 'same'")
    with pytest.raises(Exception, match="non-zero"):
        shop.sql("CREATE UNIQUE INDEX CONCURRENTLY broken ON stock_item (name)")
    said = shop.run(*CALL)
    dump = written(shop)

    code, _, [finding] = judged(shop, dump)

    assert "index public.broken is invalid, and pg_dump leaves it out" in said.out
    assert (code, finding["severity"]) == (0, "warning")
    assert "public.broken was not valid" in finding["message"]
    shop.sql("DELETE FROM sales_sale")
    assert shop.run("restore_database", "--project", "..", "--from", str(dump), "--switch", "--apply").code == 0


def test_one_that_held_and_was_damaged_since_loses_its_note_when_asked_again(shop):
    dump = written(shop)
    assert judged(shop, dump)[0] == 0
    manifest = json.loads(Path(f"{dump}.json").read_text())
    manifest["tables"]["public.stock_item"][0] += 1
    _manifest.write_manifest(dump, manifest)

    assert judged(shop, dump)[0] == 1
    assert _manifest.read_manifest(dump)["verified"] is None


@pytest.mark.parametrize("flags", [["--only", "file"], ["--skip", "tables"], ["--skip", "restore"]])
def test_half_a_verification_is_not_noted(shop, flags):
    dump = written(shop)

    code, _, _ = judged(shop, dump, *flags)

    assert (code, _manifest.read_manifest(dump).get("verified")) == (0, None)


def test_a_folder_means_its_newest_backup_of_this_database(shop):
    first = written(shop)
    shop.sql("DELETE FROM sales_sale")
    newest = written(shop)

    assert judged(shop, "backups")[0] == 0

    assert [bool(_manifest.read_manifest(each).get("verified")) for each in (first, newest)] == [False, True]


def test_a_folder_without_a_backup_could_not_be_checked(shop):
    (shop.folder / "backups").mkdir()

    assert judged(shop, "backups")[0] == 2


def test_a_role_that_is_missing_is_told_and_left_out_on_request(rich):
    dump = written(rich)
    rich.server.sql("REASSIGN OWNED BY auditor TO depot", rich.database)
    rich.server.sql("DROP OWNED BY auditor; DROP ROLE auditor", rich.database)

    assert judged(rich, dump)[0] == 1
    code, checks, _ = judged(rich, dump, "--no-owner")

    assert (code, checks["owners"]) == (0, "skipped")
    assert _manifest.read_manifest(dump)["verified"]["owners"] is False


@contextmanager
def read_only(folder):
    """Let nobody write into a folder, not even root."""
    if os.geteuid():
        folder.chmod(0o500)
        try:
            yield
        finally:
            folder.chmod(0o700)
        return
    if mounted("--bind", folder, folder):
        pytest.skip("root may write everywhere, and may not mount here")
    try:
        if mounted("-o", "remount,ro,bind", folder):
            pytest.skip("root may write everywhere, and may not mount read-only here")
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def mounted(*words):
    """Mount, and give how that ended."""
    return subprocess.run(["mount", *words], capture_output=True, check=False).returncode


def test_where_nothing_can_be_noted_the_note_could_not_be_made_and_all_else_is_told(shop):
    """A verification of what is kept read-only is worth having, and is no finding about the backup."""
    dump = written(shop)

    with read_only(dump.parent):
        done = shop.run(*VERIFY, str(dump), "--json")

    told = json.loads(done.out)
    checks = {each["name"]: each for each in told["checks"]}
    assert (done.code, told["findings"]) == (2, [])
    assert {name for name, each in checks.items() if each["status"] != "passed"} == {"note"}
    assert checks["note"]["status"] == "could-not-check"
    assert checks["note"]["reason"].startswith("the manifest cannot be written: ")
    assert not _manifest.read_manifest(dump).get("verified")


def test_a_folder_in_which_another_run_is_at_work_is_to_be_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(_folder, "TRIES", 1)
    monkeypatch.setattr(_folder, "PAUSE", 0)
    options, server = SimpleNamespace(no_owner=False), {"release": "18"}
    case = SimpleNamespace(manifest={}, fits=False, options=options, server=server, dump=tmp_path / "x.dump")

    with _folder.only_one(tmp_path), pytest.raises(CouldNotTell, match="another run is at work") as told:
        list(verify_backup.note(case))

    assert told.value.hint.startswith("wait for it to end, then run again")
