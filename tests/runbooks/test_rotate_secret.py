import os
import re
import shutil
import stat
import subprocess
import sys
import time

import pytest
from tests.runbooks.conftest import ARCHIVE, LAB_BIN, ROOT

from _env_edit import partial_of, write_at_once
from _env_file import read_env_file
from _step import Failed, Refused

SETTINGS = """\
import os

SECRET_KEY = os.environ["SECRET_KEY"]
SECRET_KEY_FALLBACKS = [key for key in os.environ.get("SECRET_KEY_FALLBACKS", "").split(",") if key]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
"""
OLD = "the-old-key-0123456789"


class Service:
    """A project that is two files, and the .env it runs with."""

    def __init__(self, folder):
        self.folder, self.env = folder, folder / ".env"
        shutil.copy(ROOT / "lab/manage.py", folder)
        (folder / "config.py").write_text(SETTINGS)

    def command(self, *flags):
        runbook = [ARCHIVE, "rotate_secret"] if ARCHIVE else [str(ROOT / "runbooks/rotate_secret.py")]
        return [sys.executable, *runbook, "--python", str(LAB_BIN / "python"), *flags]

    def run(self, *flags):
        environment = {"PATH": "/usr/bin:/bin", "DJANGO_SETTINGS_MODULE": "config"}
        options = {"cwd": self.folder, "env": environment, "text": True, "capture_output": True}
        return subprocess.run(self.command(*flags), check=False, timeout=60, **options)

    def applies(self, *flags):
        done = self.run(*flags, "--apply")
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def values(self):
        return read_env_file(self.env).values


@pytest.fixture
def service(tmp_path):
    return Service(tmp_path)


def test_the_plan_changes_nothing_and_says_its_undo(service):
    service.env.write_text(f"SECRET_KEY={OLD}\n")

    plan = service.run()

    assert plan.returncode == 1, plan.stdout
    assert "--undo --apply" in plan.stdout
    assert service.env.read_text() == f"SECRET_KEY={OLD}\n"


@pytest.mark.parametrize(
    "text",
    [
        b"SECRET_KEY=the-old-key-0123456789\n",
        b"SECRET_KEY=the-old-key-0123456789",
        b"# key\r\n\texport SECRET_KEY = 'the-old-key-0123456789'  \r\nLAST=1\r\n\r\n",
        b'A=\xff\xfe\nSECRET_KEY="the-old-key-0123456789"\n# SECRET_KEY=x\nSECRET_KEYS=y\nSECRET_KEY_FALLBACKS=\n',
        b"SECRET_KEY_FALLBACKS=''\nSECRET_KEY=the-old-key-0123456789\n",
    ],
    ids=["plain", "no-newline", "windows", "quoted-among-others", "fallbacks-first"],
)
def test_only_the_two_values_change_and_the_undo_restores_each_byte(service, text):
    service.env.write_bytes(text)

    service.applies()
    rotated = service.env.read_bytes()
    values = service.values()
    service.applies("--undo")

    assert values["SECRET_KEY_FALLBACKS"] == OLD
    assert len(values["SECRET_KEY"]) == 64
    assert others(rotated) == others(text)
    # whether an empty fallback had quotes is the one thing that is not remembered
    assert service.env.read_bytes() == text.replace(b"FALLBACKS=''", b"FALLBACKS=")


def others(content):
    """Give the lines that are none of the two."""
    return [line for line in content.splitlines() if not re.match(rb"\s*(export )?SECRET_KEY(_FALLBACKS)?\s*=", line)]


def test_finishing_leaves_the_new_key_alone(service):
    service.env.write_text(f"FIRST=1\nSECRET_KEY={OLD}\nLAST=1\n")
    service.applies()
    new = service.values()["SECRET_KEY"]

    plan = service.run("--finish")
    service.applies("--finish")

    assert plan.returncode == 1
    assert "undo: none: the old key is kept nowhere" in plan.stdout
    assert service.env.read_text() == f"FIRST=1\nSECRET_KEY={new}\nLAST=1\n"


@pytest.mark.parametrize("flags", [(), ("--finish",), ("--undo",)])
def test_once_more_is_harmless(service, flags):
    service.env.write_text(f"SECRET_KEY={OLD}\n")
    service.applies()
    service.applies(*flags)
    after = service.env.read_bytes()

    if flags:
        assert "There is nothing to do." in service.applies(*flags).stdout
    assert service.env.read_bytes() == after


def test_mode_owner_and_a_link_are_kept(service, tmp_path):
    kept = tmp_path / "elsewhere.env"
    kept.write_text(f"SECRET_KEY={OLD}\n")
    kept.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(kept, 65534, 65534)
    before = kept.stat()
    service.env.symlink_to(kept)

    service.applies()

    after = kept.stat()
    assert service.env.is_symlink()
    assert (stat.S_IMODE(after.st_mode), after.st_uid, after.st_gid) == (0o640, before.st_uid, before.st_gid)
    assert service.values()["SECRET_KEY_FALLBACKS"] == OLD


def test_a_shell_that_gets_the_key_exported_gets_the_fallback_exported(service):
    service.env.write_text(f"export SECRET_KEY={OLD}\n")

    service.applies()

    tell = ["bash", "-c", ". ./.env; printenv SECRET_KEY_FALLBACKS"]
    assert subprocess.run(tell, cwd=service.folder, text=True, capture_output=True, check=True).stdout == f"{OLD}\n"


def test_settings_that_do_not_read_the_fallbacks_are_refused(service):
    (service.folder / "config.py").write_text(SETTINGS.replace('"SECRET_KEY_FALLBACKS"', '"OTHER"'))
    service.env.write_text(f"SECRET_KEY={OLD}\n")

    refused = service.run("--apply")

    assert refused.returncode == 1
    assert "everybody would be logged out" in refused.stdout
    assert service.env.read_text() == f"SECRET_KEY={OLD}\n"


def test_settings_that_sign_with_something_else_are_refused(service):
    (service.folder / "config.py").write_text(SETTINGS.replace('os.environ["SECRET_KEY"]', '"hard-coded"'))
    service.env.write_text(f"SECRET_KEY={OLD}\n")

    assert "do not sign with SECRET_KEY of this file" in service.run("--apply").stdout


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("SECRET_KEY=a,key-with-a-comma\n", "everybody would be logged out"),
        ("SECRET_KEY=one\nSECRET_KEY=two\n", "stands in .env 2 times"),
        ("OTHER=1\n", "gives SECRET_KEY no value"),
        ("SECRET_KEY=\n", "gives SECRET_KEY no value"),
    ],
)
def test_what_cannot_be_rotated_safely_is_refused(service, text, says):
    service.env.write_text(text)

    refused = service.run("--apply")

    assert (refused.returncode, says in refused.stdout) == (1, True), refused.stdout
    assert service.env.read_text() == text


def test_other_names_can_be_given_and_the_undo_repeats_them(service):
    (service.folder / "config.py").write_text(SETTINGS.replace('"SECRET_KEY', '"DJANGO_SECRET_KEY'))
    service.env.write_text(f"DJANGO_SECRET_KEY={OLD}\n")
    names = ("--key", "DJANGO_SECRET_KEY", "--fallbacks", "DJANGO_SECRET_KEY_FALLBACKS")

    done = service.applies(*names)

    assert f"{' '.join(names)} --undo --apply" in done.stdout
    assert service.values()["DJANGO_SECRET_KEY_FALLBACKS"] == OLD


@pytest.mark.slow
def test_no_key_is_ever_told(service):
    service.env.write_text(f"SECRET_KEY={OLD}\n")
    plan, done, again = service.run(), service.run("--apply", "--json"), service.run()
    new = service.values()["SECRET_KEY"]
    (service.folder / "config.py").write_text(f'{SETTINGS}raise ValueError(SECRET_KEY, SECRET_KEY[:9], "{OLD[:9]}")\n')
    broken, end = service.run("--finish"), service.run("--undo", "--apply")

    told = "".join(each.stdout + each.stderr for each in (plan, done, again, broken, end))
    assert "the-old-k" not in told
    assert new[:9] not in told


def test_a_project_that_does_not_start_could_not_be_told_and_tells_no_part_of_a_key(service):
    (service.folder / "config.py").write_text(f"{SETTINGS}raise ValueError(SECRET_KEY_FALLBACKS[0][3:12])\n")
    service.env.write_text(f"SECRET_KEY={OLD}\n")

    told = service.run("--apply")

    assert told.returncode == 2
    assert "the project does not start: ValueError: ***" in told.stdout
    assert service.env.read_text() == f"SECRET_KEY={OLD}\n"


@pytest.mark.slow
def test_killed_at_any_moment_the_file_is_the_old_or_the_new_one_and_it_can_be_run_again(service):
    before = f"SECRET_KEY={OLD}\n"
    seen = set()
    # the last waits for the write itself, however slow the machine is
    for moment in (0.02, 0.1, 0.3, 0.5, 600):
        service.env.write_text(before)
        environment = {"PATH": "/usr/bin:/bin", "DJANGO_SETTINGS_MODULE": "config"}
        running = subprocess.Popen(
            service.command("--apply"), cwd=service.folder, env=environment, stdout=subprocess.DEVNULL
        )
        end = time.monotonic() + moment
        while running.poll() is None and time.monotonic() < end and service.env.read_text() == before:
            time.sleep(0.005)
        running.kill()
        running.wait()

        values = service.values()
        seen.add(values["SECRET_KEY"] == OLD)
        assert OLD in (values["SECRET_KEY"], values.get("SECRET_KEY_FALLBACKS")), "the old key is never lost"
        service.applies()
        assert service.values()["SECRET_KEY_FALLBACKS"] == OLD
    assert seen == {True, False}


def test_a_partial_file_of_a_killed_run_is_swept(tmp_path):
    env = tmp_path / ".env"
    env.write_text("A=1\n")
    partial_of(env).write_text("a secret")

    write_at_once(read_env_file(env), b"A=2\n")

    assert (env.read_text(), partial_of(env).exists()) == ("A=2\n", False)


def test_an_end_in_the_middle_leaves_no_partial_file(tmp_path, monkeypatch):
    env = tmp_path / ".env"
    env.write_text("A=1\n")

    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("_env_edit.os.fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_at_once(read_env_file(env), b"A=a secret\n")

    assert (env.read_text(), partial_of(env).exists()) == ("A=1\n", False)


def test_a_file_that_was_changed_meanwhile_is_left_alone(tmp_path):
    env = tmp_path / ".env"
    env.write_text("A=1\n")
    read = read_env_file(env)
    env.write_text("A=1\nB=2\n")

    with pytest.raises(Refused, match="has been changed meanwhile"):
        write_at_once(read, b"A=2\n")
    assert env.read_text() == "A=1\nB=2\n"


def test_a_full_disk_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    env = tmp_path / ".env"
    env.write_text("A=1\n")
    read = read_env_file(env)

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(Failed, match="No space left on device"):
        write_at_once(read, b"A=2\n")
    assert (env.read_text(), partial_of(env).exists()) == ("A=1\n", False)
