"""What the runbooks know of a project's code: which environment variables it reads, and where."""

from __future__ import annotations

import ast
import os
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from _django_probe import SITE
from _env_forms import Names, access, is_text, keyword, names_in

SKIPPED = {*SITE, "node_modules", "__pycache__", "migrations", "tests", "build", "dist"}
OURS = ("_env_reads.py", "validate_environment.py")  # a copy of the runbooks, whichever of them is run
TESTS = ("test_", "tests.", "conftest.")


@dataclass(frozen=True, slots=True)
class Read:
    """One place that reads a variable; a name that is computed is empty."""

    name: str
    path: str
    line: int
    required: bool = False
    default: str | None = None
    cast: str = ""


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
            and not all((here / name / file).exists() for file in OURS)
        )
        yield from (here / name for name in sorted(files) if name.endswith(".py") and not name.startswith(TESTS))


def parse(file: Path) -> ast.Module | None:
    """Read a file as Python does; what is no Python reads nothing."""
    try:
        with tokenize.open(file) as text:
            return ast.parse(text.read())
    except (OSError, SyntaxError, ValueError):
        return None


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
