"""What the runbooks know of a project's code: which environment variables it reads, and where."""

from __future__ import annotations

import ast
import os
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

SKIPPED = {"node_modules", "site-packages", "__pycache__", "migrations", "tests", "build", "dist"}
TESTS = ("test_", "tests.", "conftest.")
ENVIRON_METHODS = {"get", "pop", "setdefault", "__getitem__"}
# what environ.Env and environs.Env read without being told a name
NAMELESS = {"db": "DATABASE_URL", "db_url": "DATABASE_URL", "dj_db_url": "DATABASE_URL", "cache": "CACHE_URL"}
NAMELESS |= {"cache_url": "CACHE_URL", "email": "EMAIL_URL", "email_url": "EMAIL_URL", "search_url": "SEARCH_URL"}
READERS = {("environ", "Env"), ("environ", "FileAwareEnv"), ("environs", "Env"), ("decouple", "AutoConfig")}
READERS |= {("decouple", "Config"), ("starlette.config", "Config")}


@dataclass(frozen=True, slots=True)
class Read:
    """One place that reads a variable; a name that is computed is empty."""

    name: str
    path: str
    line: int
    required: bool = False
    default: str | None = None
    cast: str = ""


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


# --8<-- [start:find]
def find_reads(project: Path, *, leave_out: tuple[Path, ...] = ()) -> list[Read]:
    """Find every place in the project's own code that reads an environment variable."""
    trees = {file: tree for file in sources(project, leave_out) if (tree := parse(file))}
    wrappers = find_wrappers(trees.values())
    return [
        read
        for file, tree in trees.items()
        for read in Reading(str(file.relative_to(project)), names_in(tree), wrappers).reads(tree)
    ]


# --8<-- [end:find]


def sources(project: Path, leave_out: tuple[Path, ...]) -> Iterator[Path]:
    """Give the project's Python files, without tests, migrations, hidden folders and environments."""
    for folder, folders, files in os.walk(project):
        here = Path(folder)
        folders[:] = sorted(
            name
            for name in folders
            if name not in SKIPPED
            and not name.startswith(".")
            and (here / name).resolve() not in leave_out
            and not (here / name / "pyvenv.cfg").exists()
        )
        yield from (here / name for name in sorted(files) if name.endswith(".py") and not name.startswith(TESTS))


def parse(file: Path) -> ast.Module | None:
    """Read a file as Python does; what is no Python reads nothing."""
    try:
        with tokenize.open(file) as text:
            return ast.parse(text.read())
    except (OSError, SyntaxError, ValueError):
        return None


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


# --8<-- [start:wrappers]
@dataclass(frozen=True, slots=True)
class Wrapper:
    """A function of the project's own that reads the variable, or the variables, it is given the name of."""

    position: int
    parameter: str
    takes_all: bool
    required: bool
    default: int = -1


def find_wrappers(trees: Iterable[ast.Module]) -> dict[str, Wrapper]:
    """Find the project's own functions that hand a parameter on to something that reads the environment."""
    functions = [(node, names_in(tree)) for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef)]
    found: dict[str, Wrapper] = {}
    while True:
        more = {
            node.name: wrapper
            for node, names in functions
            if node.name not in found and (wrapper := as_wrapper(node, names, found))
        }
        if not more:
            return found
        found |= more


# --8<-- [end:wrappers]


def as_wrapper(function: ast.FunctionDef, names: Names, known: dict[str, Wrapper]) -> Wrapper | None:
    """Tell whether a parameter of the function, or each of its many, becomes the name of a variable."""
    parameters = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
    many = function.args.vararg.arg if function.args.vararg else ""
    loops = loop_names(function)
    uses = [
        (source, bool(found and found.required))
        for node in ast.walk(function)
        for found in [access(names, node)]
        for key in ([found.key] if found else handed_on(node, known))
        if isinstance(key, ast.Name) and (source := loops.get(key.id, key.id)) in {many, *parameters} - {""}
    ]
    if not uses:
        return None
    source, default = uses[0][0], parameters.index("default") if "default" in parameters else -1
    position = len(parameters) if source == many else parameters.index(source)
    required = default < 0 and any(needed for _, needed in uses)
    return Wrapper(position, source, takes_all=source == many, required=required, default=default)


def handed_on(node: ast.AST, known: dict[str, Wrapper]) -> list[ast.expr]:
    if isinstance(node, ast.Call) and (wrapper := known.get(called(node.func))):
        return given_names(node, wrapper)
    return []


def called(func: ast.expr) -> str:
    match func:
        case ast.Name(id=name) | ast.Attribute(value=ast.Name(), attr=name):
            return name
    return ""


def given_names(call: ast.Call, wrapper: Wrapper) -> list[ast.expr]:
    if wrapper.takes_all:
        return [each.value if isinstance(each, ast.Starred) else each for each in call.args[wrapper.position :]]
    if len(call.args) > wrapper.position:
        return [call.args[wrapper.position]]
    named = keyword(call, wrapper.parameter)
    return [named] if named else []


def loop_names(tree: ast.AST) -> dict[str, str]:
    """Give the names that loops take from another name: for each in names."""
    return {
        node.target.id: node.iter.id
        for node in ast.walk(tree)
        if isinstance(node, ast.For | ast.comprehension)
        and isinstance(node.target, ast.Name)
        and isinstance(node.iter, ast.Name)
    }


@dataclass(frozen=True, slots=True)
class Reading:
    """Reads one file, knowing what it calls things and which functions of the project read for others."""

    path: str
    names: Names
    wrappers: dict[str, Wrapper]

    def reads(self, tree: ast.Module) -> Iterator[Read]:
        """Give each variable that the file reads, in the order of its lines."""
        inside = {id(node) for each in tree.body if self.is_wrapper(each) for node in ast.walk(each)}
        loops = loop_names(tree) | self.literal_loops(tree)
        for node in ast.walk(tree):
            if found := access(self.names, node):
                for name in self.texts(found.key, loops) or ([] if id(node) in inside else [""]):
                    default = found.default.value if isinstance(found.default, ast.Constant) else None
                    text = None if default is None else str(default)
                    yield Read(name, self.path, found.node.lineno, found.required, text, found.cast)
            elif isinstance(node, ast.Call):
                yield from self.handed(node, loops, quiet=id(node) in inside)
                yield from self.scheme(node)

    def is_wrapper(self, node: ast.stmt) -> bool:
        return isinstance(node, ast.FunctionDef) and node.name in self.wrappers

    def handed(self, call: ast.Call, loops: dict[str, str], *, quiet: bool) -> Iterator[Read]:
        wrapper = self.wrappers.get(called(call.func))
        if not wrapper:
            return
        given = keyword(call, "default") or (
            call.args[wrapper.default] if 0 <= wrapper.default < len(call.args) else None
        )
        text = str(given.value) if isinstance(given, ast.Constant) else None
        for key in given_names(call, wrapper):
            for name in self.texts(key, loops) or ([] if quiet else [""]):
                yield Read(name, self.path, call.lineno, wrapper.required, text, called(call.func))

    def scheme(self, call: ast.Call) -> Iterator[Read]:
        """Give what environ.Env(DEBUG=(bool, False)) declares."""
        match call.func:
            case ast.Attribute(value=ast.Name(id=module), attr="Env") if self.names.modules.get(module) == "environ":
                for each in call.keywords:
                    if each.arg and each.arg.isupper():
                        yield Read(each.arg, self.path, call.lineno, default="")

    def literal_loops(self, tree: ast.Module) -> dict[str, str]:
        """Keep the words of loops over a literal under the loop's own name."""
        found = {}
        for node in ast.walk(tree):
            match node:
                case ast.For(target=ast.Name(id=name), iter=ast.Tuple(elts=elements) | ast.List(elts=elements)) | (
                    ast.comprehension(target=ast.Name(id=name), iter=ast.Tuple(elts=elements) | ast.List(elts=elements))
                ):
                    self.names.constants[f"for {name}"] = [each.value for each in elements if is_text(each)]  # type: ignore[attr-defined]
                    found[name] = f"for {name}"
        return found

    def texts(self, key: ast.expr | None, loops: dict[str, str]) -> list[str]:
        """Give the names a key can stand for; none if it is computed."""
        match key:
            case ast.Constant(value=str(text)):
                return [text]
            case ast.Name(id=name):
                return self.names.constants.get(loops.get(name, name), [])
            case ast.BoolOp(values=values):
                return [text for each in values for text in self.texts(each, loops)]
        return []
