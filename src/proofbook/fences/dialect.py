"""The Markdown that a site speaks: its extensions and their options, as `mkdocs.yml` lists them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Options = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Dialect:
    """The extensions of a site by name, each with its options."""

    extensions: Mapping[str, Options]

    @classmethod
    def read(cls, markdown_extensions: Iterable[str | Mapping[str, Options | None]]) -> Dialect:
        """Take the list as `mkdocs.yml` has it: names, and names with options."""
        extensions: dict[str, Options] = {}
        for entry in markdown_extensions:
            named = {entry: None} if isinstance(entry, str) else entry
            extensions |= {name: options or {} for name, options in named.items()}
        return cls(extensions)

    def has(self, extension: str) -> bool:
        """Tell whether the site has switched an extension on."""
        return extension in self.extensions

    def option(self, extension: str, name: str, default: Any) -> Any:
        """Give an option of an extension, or what holds without it."""
        return self.extensions.get(extension, {}).get(name, default)


SITE = Dialect.read(
    [
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
        {"pymdownx.snippets": {"check_paths": True, "dedent_subsections": True}},
    ]
)
