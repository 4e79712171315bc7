"""`run`: scripts run as Python would run them, and the exit status tells what was found."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

import pytest

from micrograd.check.script import run
from micrograd.errors import InputError
from micrograd.hooks import watched

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SICK = """
from micrograd import Value
w, b = Value(0.5), Value(0.0)
for _ in range(8):
    loss = (2 * w + b - 3) ** 2 + (w + b - 2) ** 2
    loss.backward()
    for p in (w, b):
        p.data -= 0.01 * p.grad
print("trained")
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return an empty folder to run scripts in; what is global must be as before afterwards."""
    monkeypatch.chdir(tmp_path)
    before = list(sys.argv), list(sys.path), sys.modules["__main__"]
    yield tmp_path
    assert before == (list(sys.argv), list(sys.path), sys.modules["__main__"])
    assert not watched()


def test_a_sick_script(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It does what it does, then comes the paragraph with its line, and the status is 1."""
    (folder / "train.py").write_text(SICK, encoding="utf-8")
    assert run("train.py", []) == 1
    printed = capsys.readouterr()
    assert printed.out == "trained\n"
    assert printed.err.startswith("train.py:6: gradients are not set to zero. ")


def test_a_healthy_script(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The status is 0 and nothing is added to what it writes."""
    healthy = SICK.replace("    loss.backward()", "    w.grad = b.grad = 0.0\n    loss.backward()")
    (folder / "train.py").write_text(healthy, encoding="utf-8")
    assert run("train.py", []) == 0
    assert capsys.readouterr() == ("trained\n", "")


def test_it_runs_as_python_would(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Arguments as they are typed, name, absolute file, the folder for imports and the main module."""
    inner = folder / "inner"
    inner.mkdir()
    (inner / "neighbour.py").write_text("number = 7\n", encoding="utf-8")
    (inner / "ask.py").write_text(
        "import sys, neighbour\n"
        "print(sys.argv, __name__, __file__, sys.modules['__main__'].__dict__ is globals(), neighbour.number)\n",
        encoding="utf-8",
    )
    path = os.path.join("inner", "ask.py")  # noqa: PTH118  # as it is typed
    assert run(path, ["-x", "a=1"]) == 0
    assert capsys.readouterr().out == f"{[path, '-x', 'a=1']} __main__ {inner / 'ask.py'} True 7\n"
    sys.modules.pop("neighbour")


def test_a_script_that_raises(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its traceback begins with the script, then come the findings until there; the status is 2."""
    (folder / "train.py").write_text(SICK + "print(1 / 0)\n", encoding="utf-8")
    assert run("train.py", []) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1].startswith(f'  File "{folder / "train.py"}", line 10, in <module>')
    assert "ZeroDivisionError: division by zero" in lines
    assert lines[lines.index("ZeroDivisionError: division by zero") + 1].startswith("train.py:6: ")


def test_a_script_that_cannot_be_read(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A syntax error is shown as Python shows it, without the frames of what tried to read it."""
    (folder / "train.py").write_text("for\n", encoding="utf-8")
    assert run("train.py", []) == 2
    err = capsys.readouterr().err
    assert "SyntaxError: invalid syntax" in err
    assert "runpy" not in err


@pytest.mark.parametrize(
    ("end", "status", "err"),
    [("", 0, ""), ("0", 0, ""), ("None", 0, ""), ("3", 2, ""), ("'no data'", 2, "no data\n")],
)
def test_a_script_that_exits(end: str, status: int, err: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its exit is honoured: 0 is an end like any other, another status or a message is a failure."""
    (folder / "train.py").write_text(f"import sys\nsys.exit({end})\n", encoding="utf-8")
    assert run("train.py", []) == status
    assert capsys.readouterr() == ("", err)


def test_an_exit_hides_no_findings(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was found before an orderly exit counts."""
    (folder / "train.py").write_text(SICK + "raise SystemExit(0)\n", encoding="utf-8")
    assert run("train.py", []) == 1
    assert "gradients are not set to zero" in capsys.readouterr().err


def test_ctrl_c_says_what_was_found(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It goes on to whoever called."""
    (folder / "train.py").write_text(SICK + "raise KeyboardInterrupt\n", encoding="utf-8")
    with pytest.raises(KeyboardInterrupt):
        run("train.py", [])
    assert "gradients are not set to zero" in capsys.readouterr().err


def test_whatever_a_script_raises(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is no Exception fails as well, and shows the script's own frames alone."""
    (folder / "train.py").write_text("class Stop(BaseException): ...\nraise Stop\n", encoding="utf-8")
    assert run("train.py", []) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line for line in lines if "File" in line] == [f'  File "{folder / "train.py"}", line 2, in <module>']


@pytest.mark.parametrize("end", ["sys.stdout.close()", "sys.stdout = None"])
def test_a_script_that_closes_stdout(
    end: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was found is written all the same."""
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    (folder / "train.py").write_text(f"import sys\n{SICK}{end}\n", encoding="utf-8")
    assert run("train.py", []) == 1
    assert "gradients are not set to zero" in capsys.readouterr().err


def test_a_script_in_another_encoding_and_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is read as Python reads it, and may go elsewhere: its file is still its own."""
    text = "# coding: latin-1\nimport os\nos.chdir('..')\nprint(ascii('\u00e4'), os.path.isfile(__file__))\n"
    (folder / "train.py").write_bytes(text.encode("latin-1"))
    assert run("train.py", []) == 0
    assert capsys.readouterr().out == "'\\xe4' True\n"


@pytest.mark.usefixtures("folder")
def test_there_is_no_such_script() -> None:
    """The message names it."""
    with pytest.raises(InputError, match=r"nothing\.py: expected a Python script to run"):
        run("nothing.py", [])
