"""The settings of a repository: known keys of the right type, or a clear error."""

from __future__ import annotations

from pathlib import Path

import pytest

from proofbook.errors import ProofbookError
from proofbook.settings import find_root, read_settings


def settings_of(root: Path, text: str) -> Path:
    (root / "pyproject.toml").write_text(text)
    return root


def test_what_is_named_is_read(tmp_path: Path) -> None:
    root = settings_of(
        tmp_path,
        '[tool.proofbook]\npages = ["a"]\ntimeout = 5\nignore_columns = { t = ["x", "y"] }\nenvironment = { N = 3 }\n',
    )

    settings = read_settings(root)

    assert settings.pages == ("a",)
    assert settings.timeout == 5
    assert settings.ignore_columns == {"t": ("x", "y")}
    assert settings.environment == {"N": "3"}
    assert settings.store == root / ".proofbook"


@pytest.mark.parametrize("text", ["", "[tool.other]\nx = 1\n"])
def test_a_repository_that_says_nothing_has_no_pages(text: str, tmp_path: Path) -> None:
    assert read_settings(settings_of(tmp_path, text)).pages == ()
    assert read_settings(tmp_path / "absent").pages == ()


def test_an_empty_table_means_the_usual_places(tmp_path: Path) -> None:
    assert read_settings(settings_of(tmp_path, "[tool.proofbook]\n")).pages == ("docs",)


@pytest.mark.parametrize(
    ("line", "fact"),
    [
        ("colour = 1", "unknown key 'colour'"),
        ("root = 'x'", "unknown key 'root'"),
        ("pages = 'docs'", "pages has the wrong type"),
        ("pages = [1]", "pages has the wrong type"),
        ("lab = ['a']", "lab has the wrong type"),
        ("timeout = 'long'", "timeout has the wrong type"),
        ("environment = ['A=1']", "environment has the wrong type"),
        ("ignore_columns = { t = 'x' }", "ignore_columns has the wrong type"),
        ("ignore_columns = { t = 3 }", "ignore_columns has the wrong type"),
    ],
)
def test_a_wrong_setting_is_told(line: str, fact: str, tmp_path: Path) -> None:
    root = settings_of(tmp_path, f"[tool.proofbook]\n{line}\n")

    with pytest.raises(ProofbookError) as caught:
        read_settings(root)

    assert caught.value.place == f"{root}/pyproject.toml [tool.proofbook]"
    assert caught.value.fact == fact
    assert caught.value.hint


@pytest.mark.parametrize("raw", [b"[tool.proofbook\n", b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_told(raw: bytes, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes(raw)

    with pytest.raises(ProofbookError, match=r"pyproject\.toml: cannot be read"):
        read_settings(tmp_path)


def test_the_root_is_the_nearest_folder_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    settings_of(tmp_path, "[tool.proofbook]\n")
    settings_of(tmp_path / "a", "[tool.other]\n")

    assert find_root(tmp_path / "a/b") == tmp_path
    assert find_root(Path("/")) == Path("/")
