"""Tests of the pictures of the plane: regions, points, and what is said beside them."""

from __future__ import annotations

import math
import re
from typing import Any, cast

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


@pytest.mark.parametrize(
    ("xs", "ys", "message"),
    [
        (3, [0], "xs must be points of 2 numbers, such as [[0.0, 1.0], [2.0, 3.0]]; got 3"),
        ([1.0, 2.0], [0, 1], "xs must be points of 2 numbers, such as [[0.0, 1.0], [2.0, 3.0]]; xs[0] is 1.0"),
        ([["1", 2.0]], [0], "xs must be points of 2 numbers, such as [[0.0, 1.0], [2.0, 3.0]]; xs[0][0] is '1'"),
        (CORNERS, 3, "; got 3"),
        (CORNERS, [0, 0, 1, "1"], "; ys[3] is '1'"),
    ],
)
def test_what_is_no_point_or_number_is_refused(xs: Any, ys: Any, message: str) -> None:  # noqa: ANN401  # what is none
    """The error says what was expected, and where something else stands."""
    for draw in (plot.decision_boundary, plot.surface):
        with pytest.raises(TypeError, match=re.escape(message)):
            draw(lambda x: x[0], xs, ys)


def test_there_is_a_class_or_a_number_for_each_point() -> None:
    """The error tells how many there are of both, also of those held out."""
    with pytest.raises(ValueError, match="ys must have one class for each point of xs; got 3 for 4 points"):
        plot.decision_boundary(lambda x: x[0], CORNERS, [0, 1, 0])
    with pytest.raises(ValueError, match="ys must have one number for each point of xs; got 5 for 4 points"):
        plot.surface(lambda x: x[0], CORNERS, [0.0] * 5)
    for draw in (plot.decision_boundary, plot.surface):
        with pytest.raises(ValueError, match=r"held_out\[1\] must have one .* of held_out\[0\]; got 1 for 4 points"):
            draw(lambda x: x[0], CORNERS, [0, 1, 0, 1], held_out=(CORNERS, [1]))
        with pytest.raises(TypeError, match="held_out must be a pair"):
            draw(lambda x: x[0], CORNERS, [0, 1, 0, 1], held_out=cast("Any", CORNERS))


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["up", "down"], "0, 1, 2, ..., or -1 and 1; ys[0] is 'up': number the classes, and give their names as class"),
        ([0, 0.5], "ys must be classes as whole numbers, 0, 1, 2, ..., or -1 and 1; ys[1] is 0.5: number"),
        ([0, float("nan")], "; ys[1] is nan: number"),
        ([-2, 1], "; ys[0] is -2: number"),
        ([-1, 0], "classes must be 0, 1, 2, ..., or -1 and 1; got -1, 0: number them from 0"),
    ],
)
def test_classes_are_whole_numbers(labels: Any, message: str) -> None:  # noqa: ANN401  # what are none
    """Text, fractions and others are refused, with the way to name classes."""
    with pytest.raises((TypeError, ValueError), match=re.escape(message)):
        plot.decision_boundary(lambda x: x[0], CORNERS[:2], labels)


def test_classes_of_any_make_are_drawn() -> None:
    """Whole floats, booleans and NumPy's numbers are classes, too."""
    points: Any = np.array(CORNERS[1:3])
    labels: Any
    for labels in ([0.0, 1.0], [False, True], np.array([0, 1]), np.array([-1.0, 1.0])):
        ax = plot.decision_boundary(lambda x: x[0] - 0.5, points, labels, classes=["a", "b"])
        assert legend(ax) == ["a", "b"]


def test_every_class_has_a_name_or_none_has() -> None:
    """Too few names are refused, even where the last class is among the points held out alone."""
    with pytest.raises(ValueError, match=r"classes must name each of the 3 classes, in their order; got \['a', 'b'\]"):
        plot.decision_boundary(lambda x: x[0], CORNERS[:1], [0], held_out=(CORNERS[1:2], [2]), classes=["a", "b"])


def test_numbers_and_points_are_finite() -> None:
    """One that is not would leave the picture without a scale."""
    nan = float("nan")
    with pytest.raises(ValueError, match=r"ys must be finite numbers; ys\[1\] is nan: leave its point out"):
        plot.surface(lambda x: x[0], CORNERS[:2], [0.0, nan])
    for draw in (plot.decision_boundary, plot.surface):
        with pytest.raises(ValueError, match=r"points of finite numbers; xs\[0\] is \[nan, 1.0\]: leave it out"):
            draw(lambda x: x[0], [[nan, 1.0]], [0])
        assert drawn(draw(lambda _: nan, CORNERS, [0, 1, 0, 1])).startswith(PNG_MAGIC)  # training may have diverged


def test_the_function_takes_points_and_answers_numbers() -> None:
    """Errors say so, and what a grid needs."""
    for draw in (plot.decision_boundary, plot.surface):
        with pytest.raises(TypeError, match=r"function must take a point \[x1, x2\], as a network does; got 3"):
            draw(cast("Any", 3), CORNERS, [0, 1, 0, 1])
        with pytest.raises(TypeError, match=r"function must answer a number or a list of numbers to a point; got"):
            draw(lambda _: [[1.0]], CORNERS, [0, 1, 0, 1])
        with pytest.raises(ValueError, match="resolution must be a whole number, 2 or more; got 1"):
            draw(lambda x: x[0], CORNERS, [0, 1, 0, 1], resolution=1)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_scores_that_are_not_finite_leave_the_rest_of_the_picture(bad: float) -> None:
    """A network that has diverged somewhere is drawn where it has not, without a warning."""
    ax = plot.decision_boundary(lambda x: bad if x[0] > 0.9 else x[0] - 0.5, CORNERS, [0, 0, 1, 1])
    shapes = [np.asarray(path.vertices) for lines in ax.collections for path in lines.get_paths()]
    assert any(np.isclose(points[:, 0], 0.5).sum() > 10 for points in shapes)
    assert plot.decision_boundary(lambda _: math.nan, CORNERS, [0, 0, 1, 1]).collections  # the points alone
