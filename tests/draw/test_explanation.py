"""`explain`: what it returns, what it writes, and what it says when it cannot."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

import micrograd
from micrograd import Value
from micrograd.draw.explanation import explain
from micrograd.errors import InputError, MissingExtraError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_path_gives_a_page(tmp_path: Path) -> None:
    """With a path, the page is written there, and the path returned."""
    path = explain(Value(2.0, label="a") * 3.0, str(tmp_path / "out.html"))
    assert path == tmp_path / "out.html"
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_the_gradients_of_the_program_stay_as_they_are(tmp_path: Path) -> None:
    """To explain a graph neither runs backward() nor needs it."""
    a = Value(2.0)
    out = a * a
    explain(out, tmp_path / "before.html")
    assert a.grad == 0.0
    out.backward()
    explain(out, tmp_path / "after.html")
    assert a.grad == 4.0


def test_a_model_lends_its_names(tmp_path: Path) -> None:
    """Parameters carry the names that the model has for them."""
    model = micrograd.MLP(2, [2, 1])
    page = explain(model([1.0, 2.0]), tmp_path / "mlp.html", model=model).read_text(encoding="utf-8")
    assert "layers[0].neurons[1].w[1]" in page


@pytest.mark.parametrize("root", [3.0, "a*b", None, [Value(1.0)]])
def test_what_is_no_value_is_refused(root: object, tmp_path: Path) -> None:
    """The error says what was given and what to give, and no file is made."""
    with pytest.raises(TypeError, match=r"takes the Value at the end.*give a Value"):
        explain(root, tmp_path / "out.html")  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_a_page_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """Where the file cannot be written, the error says so and nothing is left behind."""
    with pytest.raises(InputError, match="cannot be written"):
        explain(Value(1.0), tmp_path / "missing" / "out.html")
    assert list(tmp_path.iterdir()) == []


def test_without_a_path_there_is_a_widget() -> None:
    """In a notebook the last line of a cell is the view itself."""
    pytest.importorskip("anywidget", reason="anywidget is not installed")
    widget = explain(Value(2.0) * 3.0)
    assert type(widget).__name__ == "Explanation"


def test_without_the_library_the_error_names_extra_and_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where anywidget is missing, the error names the extra that brings it, and the path that needs none."""
    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.delitem(sys.modules, "micrograd.draw.widget", raising=False)
    with pytest.raises(MissingExtraError, match=r"micrograd\[notebook\].*explain\(root, 'out\.html'\)"):
        explain(Value(2.0))
