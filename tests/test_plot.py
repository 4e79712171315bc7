"""Tests of the pictures: what is drawn, what is said beside it, and how they reach a file."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from micrograd import plot
from micrograd.engine import Value
from micrograd.errors import InputError, MissingExtraError

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes

pytest.importorskip("matplotlib")

CORNERS = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
PNG_MAGIC = b"\x89PNG\r\n\x1a\n"


def legend(ax: Axes) -> list[str]:
    """Return what the legend says."""
    box = ax.get_legend()
    return [] if box is None else [text.get_text() for text in box.get_texts()]


def drawn(ax: Axes) -> bytes:
    """Return the picture as PNG, which draws everything."""
    from io import BytesIO  # noqa: PLC0415

    file = BytesIO()
    figure = ax.figure
    assert hasattr(figure, "savefig")
    figure.savefig(file)
    return file.getvalue()


def test_a_curve_has_a_point_for_each_number() -> None:
    """Training and held-out rows have a line each, told apart by colour and stroke."""
    ax = plot.loss_curve([3.0, 2.0, 1.0], held_out=[3.5, 2.5, 2.0], unit="epoch", name="cross-entropy", title="T")
    first, second = ax.lines
    assert [*np.asarray(first.get_xdata())] == [1, 2, 3]
    assert [*np.asarray(second.get_ydata())] == [3.5, 2.5, 2.0]
    assert first.get_color() != second.get_color()
    assert first.get_linestyle() != second.get_linestyle()
    assert legend(ax) == ["training rows", "held-out rows"]
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title()) == ("epoch", "cross-entropy", "T")


@pytest.mark.parametrize(
    ("losses", "scale"),
    [
        ([1.0, 0.5], "linear"),
        ([1.0, 0.05], "log"),
        ([1.0, 1e-9], "log"),
        ([1.0, 0.0], "linear"),
        ([math.inf, 1.0, math.nan], "linear"),
        ([math.nan], "linear"),
        ([1.0], "linear"),
        ([], "linear"),
    ],
)
def test_the_scale_suits_the_numbers(losses: list[float], scale: str) -> None:
    """It is logarithmic where the loss spans a factor of 10 and is never 0; any numbers can be drawn."""
    ax = plot.loss_curve(losses)
    assert ax.get_yscale() == scale
    assert drawn(ax).startswith(PNG_MAGIC)


def test_it_draws_into_given_axes() -> None:
    """A picture can be part of another."""
    figure = pytest.importorskip("matplotlib.figure").Figure()
    ax = figure.add_subplot()
    assert plot.loss_curve([1.0], ax=ax) is ax
    assert plot.decision_boundary(lambda x: x[0] - 0.5, CORNERS, [0, 0, 1, 1], ax=ax) is ax


def test_the_boundary_lies_where_the_score_changes_sign() -> None:
    """Two classes are cut where the score is 0, the second where it is above."""
    ax = plot.decision_boundary(lambda x: Value(x[0] - 0.3), CORNERS, [-1, -1, 1, 1], classes=["left", "right"])
    shapes = [np.asarray(path.vertices) for lines in ax.collections for path in lines.get_paths()]
    cuts = [points for points in shapes if len(points) > 10 and np.ptp(points[:, 0]) < 1e-6]
    assert cuts
    assert np.allclose(cuts[0][:, 0], 0.3)
    assert legend(ax) == ["left", "right"]
    assert drawn(ax).startswith(PNG_MAGIC)


def test_every_class_has_a_colour_and_a_shape() -> None:
    """Several scores give several regions; the highest score wins."""
    ax = plot.decision_boundary(
        lambda x: [-abs(x[0] - k / 3.0) for k in range(4)],
        [*CORNERS, [0.3, 0.5], [0.7, 0.5]],
        [0, 0, 3, 3, 1, 2],
        names=("width", "depth"),
        title="Four",
    )
    assert legend(ax) == ["0", "1", "2", "3"]
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title()) == ("width", "depth", "Four")
    dots = [points for points in ax.collections if points.get_label() in {"0", "1", "2", "3"}]
    colours = {str(points.get_facecolor()) for points in dots}
    assert len(colours) == 4


def test_held_out_points_are_ringed() -> None:
    """They are drawn too, and the legend tells the ring."""
    ax = plot.decision_boundary(lambda x: x[0] - 0.5, CORNERS[:2], [0, 0], held_out=(CORNERS[2:], [1, 1]))
    assert legend(ax) == ["0", "1", "held out"]
    surface = plot.surface(lambda x: x[0], CORNERS[:2], [0.0, 0.0], held_out=(CORNERS[2:], [1.0, 1.0]))
    assert legend(surface) == ["held out"]


@pytest.mark.parametrize("height", [0.0, 1.0, 1e6])
def test_a_surface_has_a_scale(height: float) -> None:
    """The numbers are told by colours with a scale beside them, even where all are equal."""
    ax = plot.surface(lambda x: height * x[0], CORNERS, [0.0, 0.0, height, height], name="price")
    figure = ax.figure
    assert [axes.get_ylabel() for axes in figure.axes] == ["x2", "price"]
    assert drawn(ax).startswith(PNG_MAGIC)


def test_a_picture_needs_points() -> None:
    """Nothing is drawn around nothing, and a single point is enough."""
    for draw in (plot.decision_boundary, plot.surface):
        with pytest.raises(ValueError, match="no points"):
            draw(lambda x: x[0], [], [])
        assert draw(lambda x: x[0] + 1.0, [[2.0, 2.0]], [1])


def test_a_picture_is_written_whole(tmp_path: Path) -> None:
    """The ending says the format; a place that cannot be written is an input error."""
    ax = plot.loss_curve([1.0, 0.5])
    plot.save_figure(ax, tmp_path / "loss.png")
    assert (tmp_path / "loss.png").read_bytes().startswith(PNG_MAGIC)
    plot.save_figure(ax, tmp_path / "loss.svg")
    assert b"<svg" in (tmp_path / "loss.svg").read_bytes()
    with pytest.raises(InputError, match="cannot be written"):
        plot.save_figure(ax, tmp_path / "no" / "loss.png")
    with pytest.raises(ValueError, match="txt"):
        plot.save_figure(ax, tmp_path / "loss.txt")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["loss.png", "loss.svg"]


def test_no_window_is_made() -> None:
    """The pictures belong to no window, so nothing is left open."""
    pyplot = pytest.importorskip("matplotlib.pyplot")
    before = pyplot.get_fignums()
    plot.loss_curve([1.0])
    assert pyplot.get_fignums() == before


def test_a_missing_matplotlib_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says which extra brings it."""
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtraError, match=r"micrograd\[plot\]"):
        plot.loss_curve([1.0])
