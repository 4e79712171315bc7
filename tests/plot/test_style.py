"""Tests of what all pictures share: whose axes they are, how they reach a file, what is imported when."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any, cast

import pytest
from pictured import PNG_MAGIC

from micrograd import MLP, plot
from micrograd.errors import InputError, MissingExtraError

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("matplotlib")


def test_it_draws_into_given_axes() -> None:
    """A picture can be part of another."""
    figure = pytest.importorskip("matplotlib.figure").Figure()
    ax = figure.add_subplot()
    assert plot.loss_curve([1.0], ax=ax) is ax
    assert plot.decision_boundary(lambda x: x[0] - 0.5, [[0.0, 1.0], [1.0, 0.0]], [0, 1], ax=ax) is ax
    assert plot.tangent(lambda x: x * x, 1.0, ax=ax) is ax
    model = MLP(2, [3, 1])
    assert plot.weights(model, ax=ax) is ax
    assert plot.activation_histogram(model, [[1.0, 2.0]], ax=ax) is ax
    model([1.0, 2.0]).backward()
    assert plot.gradient_histogram(model, ax=ax) is ax


def test_a_picture_is_written_whole(tmp_path: Path) -> None:
    """The ending says the format; a place that cannot be written is an input error."""
    ax = plot.loss_curve([1.0, 0.5])
    plot.save_figure(ax, tmp_path / "loss.png")
    assert (tmp_path / "loss.png").read_bytes().startswith(PNG_MAGIC)
    plot.save_figure(ax, tmp_path / "loss.svg")
    assert b"<svg" in (tmp_path / "loss.svg").read_bytes()
    with pytest.raises(InputError, match="cannot be written"):
        plot.save_figure(ax, tmp_path / "no" / "loss.png")
    plot.save_figure(ax, tmp_path / "LOSS.PNG")
    for name in ("loss.txt", "loss"):
        with pytest.raises(InputError, match=rf"{name}': expected the name of a picture, which ends in .png, .svg or"):
            plot.save_figure(ax, tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["LOSS.PNG", "loss.png", "loss.svg"]


def test_a_figure_is_needed_to_save_and_axes_to_draw(tmp_path: Path) -> None:
    """The errors show what was given instead."""
    ax, other = plot.loss_curve([1.0, 0.5]), cast("Any", 3)
    with pytest.raises(TypeError, match=r"ax must be the Axes that a function of micrograd.plot returned; got 3"):
        plot.save_figure(other, tmp_path / "loss.png")
    with pytest.raises(TypeError, match=r"path must be the name of a file, such as 'picture.png'; got 3"):
        plot.save_figure(ax, other)
    with pytest.raises(TypeError, match=r"ax must be matplotlib's Axes, such as figure.add_subplot\(\) returns; got 3"):
        plot.loss_curve([1.0], ax=other)
    assert not [*tmp_path.iterdir()]


def test_a_missing_matplotlib_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says which extra brings it."""
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtraError, match=r"micrograd\[plot\]"):
        plot.loss_curve([1.0])


def test_pictures_are_imported_when_they_are_asked_for() -> None:
    """The attribute is there, and the import of micrograd alone brings neither NumPy nor matplotlib."""
    program = """
import sys
import micrograd
assert not {"numpy", "matplotlib", "micrograd.plot"} & {*sys.modules}
micrograd.plot.loss_curve
assert "micrograd.plot" in sys.modules
assert "matplotlib" not in sys.modules
"""
    outcome = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr
