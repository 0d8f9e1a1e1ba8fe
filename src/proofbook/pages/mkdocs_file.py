"""The one reader of ``mkdocs.yml`` outside the site: which Markdown a folder of pages speaks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from proofbook.errors import ProofbookError
from proofbook.fences import Dialect

USUAL: list[Any] = [
    "admonition",
    "attr_list",
    "md_in_html",
    "def_list",
    "footnotes",
    "tables",
    "pymdownx.details",
    "pymdownx.superfences",
    {"pymdownx.tabbed": {"alternate_style": True}},
    "pymdownx.highlight",
    "pymdownx.inlinehilite",
    "pymdownx.snippets",
]


class _AnyTag(yaml.SafeLoader):
    """Reads ``!ENV``, ``!relative`` and ``!!python/name`` as the plain value behind them."""


def _plain(loader: yaml.SafeLoader, _suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node)
    return loader.construct_mapping(node)  # type: ignore[arg-type]


_AnyTag.add_multi_constructor("!", _plain)
_AnyTag.add_multi_constructor("tag:yaml.org,2002:python/", _plain)


def find_mkdocs_file(start: Path) -> Path | None:
    """Give the nearest mkdocs.yml at or above a folder."""
    for folder in (start, *start.parents):
        for name in ("mkdocs.yml", "mkdocs.yaml", "properdocs.yml"):
            if (folder / name).is_file():
                return folder / name
    return None


def read_dialect(file: Path | None) -> Dialect:
    """Give the Markdown of a site, or Material's usual list when there is no file or it names none."""
    if file is None:
        return Dialect.read(USUAL)
    try:
        configuration = yaml.load(file.read_text("utf-8"), Loader=_AnyTag) or {}  # noqa: S506
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ProofbookError(str(file), f"cannot be read: {error}") from None
    named = configuration.get("markdown_extensions") if isinstance(configuration, dict) else 0
    listed = [{name: options} for name, options in named.items()] if isinstance(named, dict) else named
    if listed is None:
        return Dialect.read(USUAL)
    if not isinstance(listed, list) or not all(isinstance(entry, str | dict) for entry in listed):
        hint = "list names, each with its options if it has any"
        raise ProofbookError(str(file), "does not say which Markdown extensions it has", hint)
    return Dialect.read(listed or USUAL)


def include_folders(file: Path | None) -> list[Path]:
    """Give the folders that inclusions are looked up in, nearest first."""
    if file is None:
        return [Path()]
    dialect = read_dialect(file)
    named = dialect.option("pymdownx.snippets", "base_path", ["."])
    names = [named] if isinstance(named, str) else [str(name) for name in named]
    return [file.parent if "config_dir" in name else file.parent / name for name in names]
