"""What the runbooks know of the forms in which Python code reads an environment variable."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

ENVIRON_METHODS = {"get", "pop", "setdefault", "__getitem__"}
# what environ.Env and environs.Env read without being told a name
NAMELESS = {"db": "DATABASE_URL", "db_url": "DATABASE_URL", "dj_db_url": "DATABASE_URL", "cache": "CACHE_URL"}
NAMELESS |= {"cache_url": "CACHE_URL", "email": "EMAIL_URL", "email_url": "EMAIL_URL", "search_url": "SEARCH_URL"}
READERS = {("environ", "Env"), ("environ", "FileAwareEnv"), ("environs", "Env"), ("decouple", "AutoConfig")}
READERS |= {("decouple", "Config"), ("starlette.config", "Config")}


@dataclass(slots=True)
class Names:
    """What one file calls the things that read the environment."""

    os: set[str] = field(default_factory=set)
    environ: set[str] = field(default_factory=set)
    getenv: set[str] = field(default_factory=set)
    readers: set[str] = field(default_factory=set)
    modules: dict[str, str] = field(default_factory=dict)
    constants: dict[str, list[str]] = field(default_factory=dict)
    url_config: set[str] = field(default_factory=set)


def names_in(tree: ast.Module) -> Names:
    """Learn what a file calls os, environ, getenv and the readers of packages."""
    names = Names()
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=found):
                for each in found:
                    names.modules[each.asname or each.name] = each.name
                    if each.name == "os":
                        names.os.add(each.asname or "os")
            case ast.ImportFrom(module=str(module), names=found):
                for each in found:
                    take_import(names, module, each.name, each.asname or each.name)
    for node in ast.walk(tree):
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                take_assignment(names, name, value)
    return names


def take_import(names: Names, module: str, name: str, called: str) -> None:
    if module == "os" and name in {"environ", "getenv"}:
        getattr(names, name).add(called)
    elif (module, name) in {("decouple", "config"), ("environs", "env"), ("starlette.config", "environ")}:
        names.readers.add(called)
    elif module == "dj_database_url" and name == "config":
        names.url_config.add(called)
    else:
        names.modules[called] = f"{module}.{name}"


def take_assignment(names: Names, name: str, value: ast.expr) -> None:
    match value:
        case ast.Call(func=ast.Name(id=made)) if tuple(names.modules.get(made, "").rpartition(".")[::2]) in READERS:
            names.readers.add(name)
        case ast.Call(func=ast.Attribute(value=ast.Name(id=module), attr=made)):
            if (names.modules.get(module, ""), made) in READERS:
                names.readers.add(name)
        case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
            names.constants[name] = [each.value for each in elements if is_text(each)]  # type: ignore[attr-defined]
        case ast.Constant(value=str(text)):
            names.constants[name] = [text]
        case _ if is_environ(names, value):
            names.environ.add(name)


def is_text(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def is_environ(names: Names, node: ast.expr) -> bool:
    match node:
        case ast.Name(id=name):
            return name in names.environ
        case ast.Attribute(value=ast.Name(id=name), attr="environ"):
            return name in names.os
        case ast.Call(func=ast.Attribute(value=inner, attr="copy"), args=[]):
            return is_environ(names, inner)
    return False


@dataclass(frozen=True, slots=True)
class Access:
    """One expression that reads the environment, before its name is known."""

    node: ast.expr
    key: ast.expr | None
    required: bool
    default: ast.expr | None = None
    cast: str = ""


def access(names: Names, node: ast.AST) -> Access | None:
    """Recognise an expression that reads the environment in one of the forms that projects use."""
    return os_access(names, node) or package_access(names, node)


def os_access(names: Names, node: ast.AST) -> Access | None:
    """Recognise os.environ[...], .get(...), getenv(...) and in."""
    match node:
        case ast.Subscript(value=holder, slice=key, ctx=ast.Load()) if is_environ(names, holder):
            return Access(node, key, required=True)
        case ast.Compare(left=key, ops=[ast.In() | ast.NotIn()], comparators=[holder]) if is_environ(names, holder):
            return Access(node, key, required=False)
        case ast.Call(func=ast.Attribute(value=holder, attr=method), args=[key, *rest]) if (
            is_environ(names, holder)
            and method in ENVIRON_METHODS
            # a computed name that is set by default is written, not read
            and (method != "setdefault" or is_text(key))
        ):
            needed = method in {"pop", "__getitem__"} and not rest
            return Access(node, key, required=needed, default=rest[0] if rest else None)
        case ast.Call(func=func, args=[key, *rest]) if is_getenv(names, func):
            return Access(node, key, required=False, default=rest[0] if rest else None)
    return None


def is_getenv(names: Names, func: ast.expr) -> bool:
    match func:
        case ast.Name(id=name):
            return name in names.getenv
        case ast.Attribute(value=ast.Name(id=module), attr="getenv"):
            return module in names.os
    return False


def package_access(names: Names, node: ast.AST) -> Access | None:
    """Recognise what django-environ, environs, decouple and dj-database-url offer."""
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(value=ast.Name(id=name))) if name in names.readers:
            return reader_access(node)
        case ast.Subscript(value=ast.Name(id=name), slice=key, ctx=ast.Load()) if name in names.readers:
            return Access(node, key, required=True)
        case ast.Call(func=func) if is_url_config(names, func):
            given = keyword(node, "default") or (node.args[0] if node.args else None)
            key = keyword(node, "env") or ast.Constant("DATABASE_URL")
            return Access(node, key, required=False, default=given, cast="db")
    return None


def is_url_config(names: Names, func: ast.expr) -> bool:
    match func:
        case ast.Name(id=name):
            return name in names.url_config
        case ast.Attribute(value=ast.Name(id=module), attr="config"):
            return names.modules.get(module) == "dj_database_url"
    return False


def reader_access(call: ast.Call) -> Access | None:
    """Read a call of env(...), env.bool(...), config(...): a name, perhaps a default, perhaps a cast."""
    cast = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    given = keyword(call, "default") or (call.args[1] if len(call.args) > 1 and not cast.startswith("read") else None)
    if not cast and isinstance(kind := keyword(call, "cast"), ast.Name):
        cast = kind.id
    if call.args or (key := keyword(call, "var")):
        return Access(call, call.args[0] if call.args else key, required=given is None, default=given, cast=cast)
    if cast in NAMELESS:
        return Access(call, ast.Constant(NAMELESS[cast]), required=given is None, default=given, cast=cast)
    return None


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((each.value for each in call.keywords if each.arg == name), None)
