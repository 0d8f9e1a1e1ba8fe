import subprocess

import pytest
from tests.runbooks.watching import Watch, spellings

SECRET = """p@ss:w/o%rd# 'q"u$(x)\\"""


def shown(word):
    """Have a program with this argument run until it has been looked at."""
    with Watch(SECRET) as watch, subprocess.Popen(["cat", "-", word], stdin=subprocess.PIPE, stderr=-3) as cat:
        for _ in range(500):
            if watch.leaks:
                break
            watch.over.wait(0.01)
        cat.stdin.close()


@pytest.mark.parametrize("form", sorted(spellings(SECRET)))
def test_a_secret_in_an_argument_is_seen_in_every_spelling(form):
    with pytest.raises(AssertionError, match="a secret is in the arguments of cat"):
        shown(form)


def test_a_secret_that_was_said_or_written_is_seen(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "record.jsonl").write_text(f"connected with {SECRET}")

    with pytest.raises(AssertionError, match=r"record\.jsonl"), Watch(SECRET) as watch:
        watch.reads_folder(tmp_path)
    with pytest.raises(AssertionError, match="what was said"), Watch(SECRET) as watch:
        watch.reads(f"Traceback: {SECRET}")


def test_what_is_no_secret_is_not_seen(tmp_path):
    with Watch(SECRET) as watch:
        watch.reads("p@ss")
        watch.reads_folder(tmp_path)


def test_a_program_that_was_never_looked_at_is_told():
    with Watch(SECRET) as watch:
        pass
    with pytest.raises(AssertionError):
        watch.saw("pg_dump")
