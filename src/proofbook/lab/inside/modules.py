"""Imports modules ahead of time and keeps them out of sight: a program sees what it has imported, and nothing else."""

from __future__ import annotations

import _frozen_importlib
import builtins
import sys

from . import AT_START

machinery: Any = _frozen_importlib
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from types import ModuleType
    from typing import Any

OWN = __name__.partition(".")[0]


class Ahead:
    """Imports modules and notes which others the import of each asked for, in order."""

    def __init__(self) -> None:
        """Note nothing yet."""
        self.asked: dict[str, list[str]] = {}
        self._open: list[list[str]] = [[]]
        self._import = builtins.__import__

    def load_all(self, names: Sequence[str]) -> None:
        """Import modules by name."""
        builtins.__import__ = self._noted
        try:
            for name in names:
                self._load(name)
        finally:
            builtins.__import__ = self._import

    def _noted(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,  # noqa: A002
        locals: Mapping[str, Any] | None = None,  # noqa: A002
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        full = machinery._resolve_name(name, machinery._calc___package__(globals), level) if level else name
        self._load(full)
        module = sys.modules[full]
        for each in (fromlist or ()) if hasattr(module, "__path__") else ():
            self._load_part(module, full, each)
        return self._import(name, globals, locals, fromlist or (), level)

    def _load_part(self, module: ModuleType, package: str, name: str) -> None:
        full = f"{package}.{name}"
        if full in sys.modules:
            self._load(full)
        elif name != "*" and not hasattr(module, name):
            try:
                self._load(full)
            except ModuleNotFoundError as error:
                if error.name != full:
                    raise

    def _load(self, name: str) -> None:
        parent = name.rpartition(".")[0]
        if parent:
            self._load(parent)
        self._open[-1].append(name)
        if name in sys.modules:
            return
        before = set(sys.modules)
        self._open.append([])
        try:
            machinery._gcd_import(name)
        finally:
            asked = self._open.pop()
            # brought in by a call of importlib, which is not noted
            unnoted = [each for each in sys.modules if each not in before and each not in self.asked and each != name]
            asked += unnoted
            if name in sys.modules:
                self.asked[name] = asked
            else:
                self._open[-1] += asked
            self.asked.update((each, []) for each in unnoted)


class Unseen:
    """A finder that hands an imported module to the program that asks for it, with all that its import asked for."""

    def __init__(self, asked: Mapping[str, Sequence[str]], forgotten: AbstractSet[str]) -> None:
        """Hide every module that a bare Python does not have, and forget some."""
        self._asked = asked
        names = [name for name in sys.modules if name not in AT_START and name != "__main__"]
        found = {name: sys.modules[name] for name in names}
        self._holders = {name: holder for name in names if (holder := _holder(name)) is not None}
        for name in names:
            del sys.modules[name]
        # a module may be there under several names, as urllib3 is within requests, and its part is one attribute
        for name, holder in self._holders.items():
            if _own(name) in vars(holder):
                delattr(holder, _own(name))
        kept = (name for name in names if name.partition(".")[0] != OWN and name not in forgotten)
        self._modules = {name: found[name] for name in kept}
        self.top_level = frozenset(name.partition(".")[0] for name in self._modules)
        sys.meta_path.insert(0, self)

    @property
    def modules(self) -> Mapping[str, ModuleType]:
        """The modules that have not been asked for yet, by name."""
        return dict(self._modules)

    def find_spec(self, name: str, _path: object = None, target: object = None) -> Any:
        """Give a spec that adopts the module, where it has been imported and this is no reload."""
        module = self._modules.get(name)
        if module is None or target is not None:
            return None
        original = getattr(module, "__spec__", None)
        spec = machinery.ModuleSpec(name, None)
        spec.__dict__.update(vars(original) if original else {}, name=name)
        spec.loader = _Adopted(self, module, original)
        return spec

    def adopt(self, name: str) -> None:
        """Let a module be seen, and all that its import brought with it."""
        pending = [name]
        while pending:
            each = pending.pop()
            module = self._modules.pop(each, None)
            if module is None:
                continue
            sys.modules.setdefault(each, module)
            if each in self._holders:
                setattr(self._holders[each], _own(each), module)
            pending += reversed(self._asked.get(each, ()))


class _Adopted:
    """The loader of a module that is there already; for the rest it is the module's own."""

    def __init__(self, unseen: Unseen, module: ModuleType, spec: Any) -> None:
        self._unseen, self._module, self._spec = unseen, module, spec

    def __getattr__(self, name: str) -> Any:
        return getattr(self._spec.loader, name)

    def create_module(self, _spec: object) -> ModuleType:
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        name = module.__spec__.name if module.__spec__ else module.__name__
        module.__spec__ = self._spec
        self._unseen.adopt(name)


def _holder(name: str) -> ModuleType | None:
    """Give the package that has a module as its attribute, when it was the import that put it there."""
    package = sys.modules.get(name.rpartition(".")[0])
    return package if package is not None and vars(package).get(_own(name)) is sys.modules[name] else None


def _own(name: str) -> str:
    """Give the last part of a module's name."""
    return name.rpartition(".")[2]
