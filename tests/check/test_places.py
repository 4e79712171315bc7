"""Places: whose line it is, in scripts, notebooks, at the prompt and in tests, and how it is written."""

from __future__ import annotations

import inspect
import linecache
import subprocess
import sys
import weakref
from typing import TYPE_CHECKING, Any

import pytest

import micrograd
from micrograd.check.places import Place, user_place
from micrograd.errors import TraceError
from micrograd.frames import is_library

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = """
import micrograd
from micrograd.check.places import user_place
found = [user_place()]
def function(*_):
    found.append(user_place())
function()
micrograd.grad(lambda x: function() or x * x)(2.0)
"""


def run(source: str, file: str) -> list[Place]:
    """Return the places that a program found, as Python runs a file of that name."""
    namespace: dict[str, Any] = {}
    exec(compile(source, file, "exec"), namespace)  # noqa: S102  # the text stands above
    found: list[Place] = namespace["found"]
    return found


def here() -> int:
    """Return the number of the caller's line."""
    frame = inspect.currentframe()
    assert frame is not None
    assert frame.f_back is not None
    return frame.f_back.f_lineno


def test_a_place_is_the_line_of_the_caller() -> None:
    """File, line, function and text are those of the test, whose code is the user's here."""
    place, line = user_place(), here()
    assert (place.file, place.line) == (__file__, line)
    assert place.function == "test_a_place_is_the_line_of_the_caller"
    assert place.text() == "place, line = user_place(), here()"


def test_a_line_of_many_is_the_one_that_runs() -> None:
    """In an expression over several lines, it is the line of the call."""
    first = here()
    places = [
        user_place(),
        user_place(),
    ]
    assert [place.line - first for place in places] == [2, 3]


@pytest.mark.parametrize("package", ["numpy", "IPython", "ipykernel"])
def test_frames_of_libraries_are_passed_over(package: str) -> None:
    """Where a library asks, it is the line that called the library."""
    namespace: dict[str, Any] = {}
    file = f"/v/lib/python3.11/site-packages/{package}/core.py"
    exec(compile("def call(function): return function()", file, "exec"), namespace)  # noqa: S102
    place, line = namespace["call"](user_place), here()
    assert (place.file, place.line) == (__file__, line)


def test_frames_of_python_are_passed_over() -> None:
    """Where a module of Python's own asks, it is the line that called it."""
    place, line = weakref.finalize(Place, user_place)(), here()
    assert place is not None
    assert (place.file, place.line) == (__file__, line)


def test_frames_of_the_package_are_passed_over() -> None:
    """Where the package asks, it is the line that called the package."""
    place, line = micrograd.errors.require("micrograd.check.places", "all").user_place(), here()
    assert (place.file, place.line) == (__file__, line)
    with pytest.raises(TraceError) as caught:
        micrograd.compile(lambda x: float(x) * x)(2.0)
    assert str(caught.value).startswith(f"{__file__}:{here() - 1}: ")


@pytest.mark.parametrize(
    ("file", "shown"),
    [
        ("train.py", "train.py:4"),
        ("<stdin>", "<stdin>:4"),
        ("<python-input-7>", "<python-input-7>:4"),
        ("<ipython-input-3-0123456789ab>", "cell line 4"),
        ("/tmp/ipykernel_4711/1234567.py", "cell line 4"),  # noqa: S108  # no file is made
        ("C:\\Users\\me\\AppData\\Local\\Temp\\ipykernel_4711\\1234567.py", "cell line 4"),
        ("/tmp/marimo_4711/__marimo__cell_Hbol_.py", "cell line 4"),  # noqa: S108
        ("/home/me/venv/lib/python3.11/site-packages/mine/model.py", None),
    ],
)
def test_code_of_every_origin_is_found(file: str, shown: str | None) -> None:
    """Scripts, what is typed at a prompt, cells of notebooks, and packages of the user's own."""
    places = run(SOURCE, file)
    assert [place.line for place in places] == [4, 6, 6]
    assert [place.function for place in places] == ["<module>", "function", "function"]
    assert str(places[0]) == (shown or f"{file}:4")


def test_a_file_below_the_working_directory_is_named_shortly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is what an editor or a terminal in that directory can open."""
    (tmp_path / "programs").mkdir()
    file = tmp_path / "programs" / "train.py"
    file.write_text(SOURCE, encoding="utf-8")
    place = run(SOURCE, str(file))[0]
    assert str(place) == f"{file}:4"
    monkeypatch.chdir(tmp_path)
    assert str(place) == str(file.relative_to(tmp_path)) + ":4"
    assert place.text() == "found = [user_place()]"
    linecache.clearcache()


def test_text_that_is_not_to_be_had_is_empty() -> None:
    """What was typed at a prompt may be gone."""
    assert run(SOURCE, "<stdin>")[0].text() == ""


def test_places_of_one_line_are_equal() -> None:
    """Equal places have equal hashes; other lines differ."""
    one, two = user_place(), user_place()
    three = user_place()
    assert one == two
    assert hash(one) == hash(two)
    assert len({one, two, three}) == 2
    assert one != "a place"


@pytest.mark.parametrize("name", ["random", "test"])
def test_a_module_named_as_one_of_pythons_is_the_users(name: str, tmp_path: Path) -> None:
    """Files decide, not names of modules: learners do call their files `random.py` and `test.py`."""
    (tmp_path / f"{name}.py").write_text(SOURCE, encoding="utf-8")
    program = f"import {name}; print({name}.found[0])"
    outcome = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert outcome.stdout.strip() == f"{name}.py:4", outcome.stderr


@pytest.mark.parametrize(
    "file", [micrograd.__file__, linecache.__file__, "<frozen runpy>", "/v/lib/python3.11/site-packages/numpy/core.py"]
)
def test_what_is_no_users_code(file: str) -> None:
    """This package, Python's own modules and NumPy."""
    assert is_library(file)


def test_the_outermost_line_serves_where_all_code_is_a_librarys() -> None:
    """`python -m` on a module of the package or of Python has no user's code at all."""
    program = "from micrograd.frames import user_frame; found = [user_frame()]"
    namespace: dict[str, Any] = {}
    exec(compile(program, linecache.__file__, "exec"), namespace)  # noqa: S102
    assert namespace["found"][0].f_code.co_name == "test_the_outermost_line_serves_where_all_code_is_a_librarys"
