"""Tests of the pictures of the plane: regions, points, and what is said beside them."""

from __future__ import annotations

import numpy as np
import pytest
from pictured import PNG_MAGIC, drawn, legend

from micrograd import plot
from micrograd.engine import Value

pytest.importorskip("matplotlib")

CORNERS = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]


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


def test_a_picture_of_the_plane_needs_points_of_it() -> None:
    """A point of three numbers is refused, and shown."""
    for draw in (plot.decision_boundary, plot.surface):
        with pytest.raises(ValueError, match=r"points of 2 numbers; got \[1.0, 2.0, 3.0\]"):
            draw(lambda x: x[0], [[0.0, 1.0], [1.0, 2.0, 3.0]], [0, 1])


def test_points_lie_above_the_boundary() -> None:
    """No edge runs over a point."""
    ax = plot.decision_boundary(lambda x: x[0] - 0.5, CORNERS, [0, 0, 1, 1])
    dots = [each.get_zorder() for each in ax.collections if each.get_label() in {"0", "1"}]
    others = [each.get_zorder() for each in ax.collections if each.get_label() not in {"0", "1"}]
    assert len(dots) == 2
    assert min(dots) > max(others)
