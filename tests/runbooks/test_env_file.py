import subprocess
from pathlib import Path

import pytest

from _env_file import faults_of, parse_env_file, read_env_file
from _step import CouldNotTell

HERE = Path("a.env")


@pytest.mark.parametrize(
    ("line", "value"),
    [
        (b"A=1", "1"),
        (b"export A=1", "1"),
        (b"  A = b c  ", "b c"),
        (b"A='b # c'", "b # c"),
        (b'A="b"', "b"),
        (b"A=b=c", "b=c"),
        (b"A=", ""),
        (b"A='", "'"),
        (b"A=''", ""),
        ("A=ü".encode(), "ü"),
    ],
)
def test_an_assignment_is_read_and_its_place_encloses_the_value(line, value):
    content = b"# one\r\nB=2\r\n" + line + b"\r\nC=3\r\n"

    file = parse_env_file(HERE, content)
    found = file.find("A")

    assert file.values == {"A": value, "B": "2", "C": "3"}
    assert (found.line, file.unread) == (3, ())
    quote = found.quote.encode()
    assert content[found.start : found.end] == quote + value.encode() + quote


def test_lines_that_say_nothing_are_counted():
    assert parse_env_file(HERE, b"A=1\nhello\n\n# x\n1A=2\nB =\n").unread == (2, 5)


def test_of_two_the_last_is_taken_and_both_are_told():
    file = parse_env_file(HERE, b"A=1\nA=2\n")

    assert file.values == {"A": "2"}
    assert [each.message for each in faults_of(file, "dotenv")] == ["A stands there 2 times"]


@pytest.mark.parametrize(
    ("reader", "content", "says"),
    [
        ("dotenv", b"\xef\xbb\xbfA=1\n", "byte order mark"),
        ("shell", b"A=1\r\n", "takes the CR into each value"),
        ("docker", b"A=1\r\n", "takes the CR into each value"),
        ("shell", b"A=p)art\n", "a character that a shell acts on"),
        ("shell", b"A=`x`\n", "a character that a shell acts on"),
        ("shell", b"A=a$b\n", "a character that a shell acts on"),
        ("shell", b"A=two words\n", "a character that a shell acts on"),
        ("shell", b"A=~/x\n", "a character that a shell acts on"),
        ("shell", b"A=a\\b\n", "a character that a shell acts on"),
        ("shell", b'A="a$b"\n', "in double quotes"),
        ("shell", b"A='it's'\n", "single quote within single quotes"),
        ("shell", b"A = 1\n", "blanks around the ="),
        ("docker", b"A='1'\n", "takes quotes and blanks literally"),
        ("docker", b"export A=1\n", "takes quotes and blanks literally"),
        ("dotenv", b"A='one\ntwo'\n", "a quote that is not closed"),
    ],
)
def test_what_a_reader_takes_otherwise_is_found(reader, content, says):
    found = [each.message for each in faults_of(parse_env_file(HERE, content), reader)]

    assert [message for message in found if says in message], found


@pytest.mark.parametrize(
    ("reader", "content"),
    [
        ("dotenv", b"A = 'a$b'\r\nB=p)art\n"),
        ("shell", b"A='p)art `x` $y'\nexport B=a,b:c/d?e=%20@f#g\nC=\n"),
        ("docker", b"A=p)art `x` $y\nB=two words\n"),
    ],
)
def test_what_a_reader_takes_as_it_is_makes_no_noise(reader, content):
    assert list(faults_of(parse_env_file(HERE, content), reader)) == []


def test_a_shell_reads_what_is_called_good_as_we_do(tmp_path):
    content = b'A=\'p)art `x` $y "z"\'\nexport B=a,b:c/d?e=%20@f#g=[x]{y}*!\nC="two words"\nD=\n'
    (tmp_path / "a.env").write_bytes(content)
    file = parse_env_file(HERE, content)

    read = subprocess.run(
        ["bash", "-c", 'set -a; . ./a.env; for name in A B C D; do printf "%s\\n" "${!name}"; done'],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert list(faults_of(file, "shell")) == []
    assert read.stdout.splitlines() == list(file.values.values())


def test_no_value_is_told(tmp_path):
    content = b"A=hid)den\nA='hid'den'\nhidden line\nB = \"hid$den\"\n"

    for reader in ("dotenv", "shell", "docker"):
        assert "hid" not in "".join(map(str, faults_of(parse_env_file(HERE, content), reader)))
    assert "hid" not in repr(parse_env_file(HERE, content))


def test_a_file_that_is_not_there_could_not_be_told(tmp_path):
    with pytest.raises(CouldNotTell, match="No such file"):
        read_env_file(tmp_path / "no.env")
