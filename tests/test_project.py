"""The promises of the project as a whole: floors, light imports, short files, one version, two lives."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from micrograd import _cython

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "micrograd"
FILES = sorted(SOURCE.rglob("*.py"))

# A module imports from its own floor and from those below, and a package stands on one floor as a whole.
FLOORS = {
    0: ["_cython", "errors", "ieee", "ops", "closures", "frames", "faults", "files", "structure"],
    1: ["engine", "hooks", "functions", "autodiff", "copying"],
    2: [
        "module",
        "settings",
        "nn",
        "losses",
        "samples",
        "optim",
        "schedules",
        "data",
        "toys",
        "graph",
        "naming",
        "classic",
    ],
    3: ["io", "table", "encoder", "predictor", "quality", "plot", "compiler", "draw", "check", "expression"],
    4: ["train", "history", "rounds", "compiled_loop", "watch", "sklearn"],
    5: ["options", "tabular", "arguments", "commands", "cli", "demo", "play", "__init__", "__main__"],
}
FLOOR = {name: floor for floor, names in FLOORS.items() for name in names}

LONGEST_FILE = 300
LONGER_FILES = {"engine.py": 1390}  # one class, which the compiler wants in one file with all that touches its fields

STANDARD_LIBRARY_ONLY = ["__init__", "nn", "losses", "optim", "data"]

IMPORT_WITHOUT_THIRD_PARTIES = """
import sys

class Wall:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in sys.stdlib_module_names and top != "micrograd":
            raise ImportError(f"{name} is not in the standard library")

sys.meta_path.insert(0, Wall())
for name in sys.argv[1:]:
    __import__(name)
"""


def parse(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def short(path: Path) -> str:
    """Return a path as the report names it."""
    return path.relative_to(SOURCE).as_posix()


def part(path: Path) -> str:
    """Return the module or package at the top of micrograd that a file belongs to."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def nodes_at_run_time(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield every node except those that only a type checker reads."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        yield node
        yield from nodes_at_run_time(node)


def imported_parts(path: Path) -> Iterator[str]:
    """Yield the modules and packages at the top of micrograd that a file imports; itself as __init__."""
    for node in nodes_at_run_time(parse(path)):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively: write the full name"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            top, _, rest = f"{name}.".partition(".")
            if top == "micrograd":
                inner = rest.partition(".")[0]
                yield inner if inner in FLOOR else "__init__"


def compiled_modules() -> list[str]:
    """Return the modules that setup.py hands to Cython."""
    for node in parse(ROOT / "setup.py").body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "COMPILED":
            names: list[str] = ast.literal_eval(node.value)
            return names
    pytest.fail("setup.py has no list named COMPILED")


def imports_cython(path: Path) -> bool:
    """Return whether a file imports cython."""
    return any(
        isinstance(node, ast.Import) and any(alias.name == "cython" for alias in node.names)
        for node in ast.walk(parse(path))
    )


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """Return the outcome of a Python command in a process of its own."""
    return subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("path", FILES, ids=short)
def test_imports_run_downwards(path: Path) -> None:
    """A file stands on a floor, and imports nothing from the floors above it."""
    here = part(path)
    assert here in FLOOR, f"{here} stands on no floor: give it one in FLOORS"
    upwards = [name for name in imported_parts(path) if FLOOR[name] > FLOOR[here]]
    assert not upwards, f"{here} is on floor {FLOOR[here]} and imports {upwards} from above"


@pytest.mark.parametrize("path", FILES, ids=short)
def test_a_file_says_its_job_and_is_short(path: Path) -> None:
    """A file opens with a docstring and can be read in one sitting."""
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines
    assert lines[0].startswith('"""'), "the first line says the module's job"
    assert len(lines) <= LONGER_FILES.get(path.name, LONGEST_FILE)


def test_the_core_needs_the_standard_library_alone() -> None:
    """The engine, networks, losses, optimisers and data import while every other library is out of reach."""
    names = [name for name in STANDARD_LIBRARY_ONLY if (SOURCE / f"{name}.py").exists()]
    modules = [f"micrograd.{name}".removesuffix(".__init__") for name in names]
    outcome = run("-c", IMPORT_WITHOUT_THIRD_PARTIES, *modules)
    assert outcome.returncode == 0, outcome.stderr


def test_the_changelog_tells_of_this_version() -> None:
    """The version of the package has a heading in the changelog."""
    micrograd = pytest.importorskip("micrograd")
    assert f"## [{micrograd.__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_installed_version_is_the_one_in_the_code() -> None:
    """The metadata of the installed distribution states the version of the code."""
    micrograd = pytest.importorskip("micrograd")
    try:
        installed = metadata.version("micrograd")
    except metadata.PackageNotFoundError:
        pytest.skip("micrograd is on the path but not installed")
    assert installed == micrograd.__version__


def test_modules_that_import_cython_are_compiled() -> None:
    """The list in setup.py names exactly the modules that import cython."""
    importers = [path.relative_to(ROOT / "src").with_suffix("") for path in FILES if imports_cython(path)]
    assert sorted(".".join(path.parts) for path in importers) == sorted(compiled_modules())


@pytest.mark.parametrize("path", [path for path in FILES if imports_cython(path)], ids=short)
def test_the_stand_in_knows_every_name_of_cython_in_use(path: Path) -> None:
    """Every `cython.name` in a compiled module has its counterpart in the stand-in for Cython."""
    names = {
        node.attr
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "cython"
    }
    assert names
    assert not [name for name in sorted(names) if not hasattr(_cython, name)]


def test_the_stand_in_changes_nothing() -> None:
    """Decorators of the stand-in return what they are given, and its casts and declarations the value."""

    def f() -> None: ...

    assert _cython.compiled is False
    assert _cython.cclass(f) is f
    assert _cython.exceptval(check=False)(f) is f
    assert _cython.cast(_cython.double, 3.0) == 3.0
    assert _cython.declare(_cython.int, 4) == 4


def test_the_test_requirements_pin_pytorch() -> None:
    """PyTorch is asked for at an exact version, since any other would bring gigabytes of CUDA."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    torches = [each for extra in extras.values() for each in extra if each.startswith("torch")]
    assert torches
    assert all("==" in each for each in torches)
