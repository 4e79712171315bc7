"""Tests of the picture of a function with its tangent: the lines, their slopes, and what is refused."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from pictured import PNG_MAGIC, drawn, legend

import micrograd
from micrograd import Value, plot

if TYPE_CHECKING:
    from collections.abc import Callable

pytest.importorskip("matplotlib")


def parabola(x: Any) -> Any:  # noqa: ANN401  # a number or a Value
    """Return the first function of the lecture."""
    return 3 * x**2 - 4 * x + 5


def points(line: Any) -> tuple[Any, Any]:  # noqa: ANN401  # arrays
    """Return what a line goes through."""
    return np.asarray(line.get_xdata()), np.asarray(line.get_ydata())


def test_the_tangent_touches_the_curve() -> None:
    """The curve is the function, the line has its value and slope at x, the legend tells the slope."""
    ax = plot.tangent(parabola, 3.0)
    curve, line, dot = ax.lines
    t, y = points(curve)
    assert np.allclose(y, 3 * t**2 - 4 * t + 5)
    t, y = points(line)
    assert np.allclose(y, 20.0 + 14.0 * (t - 3.0))
    assert [each.tolist() for each in points(dot)] == [[3.0], [20.0]]
    assert legend(ax) == ["f(x)", "tangent at x = 3: slope 14"]
    assert drawn(ax).startswith(PNG_MAGIC)


@pytest.mark.parametrize("h", [0.5, -0.5])
def test_the_secant_goes_through_both_points(h: float) -> None:
    """Its slope is the difference quotient, with a step to either side."""
    ax = plot.tangent(parabola, 3.0, h=h)
    t, y = points(ax.lines[2])
    assert np.allclose(y, 20.0 + (14.0 + 3.0 * h) * (t - 3.0))
    assert legend(ax)[2] == f"secant to x = {3 + h:g}: slope {14 + 3 * h:g}"
    assert points(ax.lines[3])[0].tolist() == [3.0 + h]


@pytest.mark.parametrize(
    ("f", "x", "slope"),
    [
        (micrograd.sin, 0.0, 1.0),
        (lambda x: x**3, 0.0, 0.0),
        (lambda x: x.tanh() if isinstance(x, Value) else math.tanh(x), 0.0, 1.0),
        (micrograd.relu, 0.0, 0.0),
        (abs, 0.0, 0.0),
        (micrograd.log, 0.5, 2.0),
        (lambda _: 5.0, 1.0, 0.0),
        (lambda x: 1e12 + x, 1.0, 1.0),
        (lambda x: micrograd.sin(1e6 * x), 0.0, 1e6),
        (lambda x: 1e-9 * micrograd.sin(x), 1e3, 1e-9 * math.cos(1e3)),
        (lambda x: 1 / x, 1.0, -1.0),
        (lambda x: x**1.5, 0.0, 0.0),
        (lambda x: x * x if x > 0 else -x, 2.0, 4.0),
    ],
)
def test_many_functions_have_tangents(f: Callable[[Any], Any], x: float, slope: float) -> None:
    """Functions of micrograd, kinks, constants, steep and flat ones, and choices made by Python."""
    ax = plot.tangent(f, x)
    assert legend(ax)[1] == f"tangent at x = {x:g}: slope {slope:.4g}"
    assert drawn(ax).startswith(PNG_MAGIC)


@pytest.mark.parametrize(
    ("f", "x", "words"),
    [
        (micrograd.relu, 0, "kink: slope 0 to the left, 1 to the right"),
        (abs, 0.0, "kink: slope -1 to the left, 1 to the right"),
        (lambda x: abs(x - 1) + x * x / 4, 1.0, "kink: slope -0.5 to the left, 1.5 to the right"),
        (lambda x: micrograd.maximum(x, 1.1 * x), 0.0, "kink: slope 1 to the left, 1.1 to the right"),
        (lambda x: abs(x - 1000.0), 1000.0, "kink: slope -1 to the left, 1 to the right"),
        (lambda x: 1e-9 * abs(x), 0.0, "kink: slope -1e-09 to the left, 1e-09 to the right"),
    ],
)
def test_a_kink_is_told(f: Callable[[Any], Any], x: float, words: str) -> None:
    """The legend has the slopes to both sides, and a line follows them."""
    ax = plot.tangent(f, x)
    assert legend(ax)[2:] == [words]
    t, y = points(ax.lines[2])
    slopes = np.diff(y) / np.diff(t)
    assert [f"{slope:.4g}" for slope in slopes] == [words.split()[2], words.split()[6]]


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (micrograd.relu, 1e-3),
        (micrograd.sin, 0.0),
        (lambda x: micrograd.cos(1e6 * x), 0.0),
        (lambda x: x**2, 0.0),
        (lambda x: 1e12 + x, 1.0),
        (lambda x: (1e8 + x) - 1e8, 1.0),
        (lambda x: micrograd.less(x, 0.0), 0.0),
        (lambda x: x**1.5, 0.0),
        (lambda x: abs(x) * x, 0.0),
        (lambda _: 5.0, 0.0),
    ],
)
def test_no_kink_is_told_where_there_is_none(f: Callable[[Any], Any], x: float) -> None:
    """Curvature, rounding, a jump, the edge of a domain and a kink elsewhere are none."""
    assert len(legend(plot.tangent(f, x))) == 2


@pytest.mark.parametrize(("f", "x"), [(parabola, "3"), (3.0, parabola), (parabola, None)])
def test_a_tangent_is_of_a_function_at_a_number(f: Any, x: Any) -> None:  # noqa: ANN401  # what are none
    """The error shows how to call it."""
    with pytest.raises(TypeError, match=r"a function and a number, as in tangent\(lambda x: x\*\*2, 1.0\); got"):
        plot.tangent(f, x)


@pytest.mark.parametrize(
    "f",
    [
        math.sin,
        lambda x: x * math.sin(x),
        lambda x: Value(float(x) ** 2),
        lambda x: x * micrograd.detach(x),
        lambda x: 1e-9 * math.sin(x),
    ],
)
def test_a_gradient_of_another_curve_is_refused(f: Callable[[Any], Any]) -> None:
    """What micrograd cannot see, it cannot differentiate; the error names the remedy."""
    with pytest.raises(ValueError, match=r"such as math.sin.*use operators and micrograd.sin"):
        plot.tangent(f, 2.0)


def test_a_tangent_needs_a_finite_slope_and_one_number() -> None:
    """Neither a place outside the domain nor a vertical line will do, nor several numbers."""
    with pytest.raises(ValueError, match="at -1 the function is nan"):
        plot.tangent(micrograd.log, -1.0)
    with pytest.raises(ValueError, match="its derivative inf"):
        plot.tangent(micrograd.sqrt, 0.0)
    with pytest.raises(TypeError, match="must return one number"):
        plot.tangent(lambda x: [x, x], 1.0)


def test_the_picture_shows_what_is_asked_for() -> None:
    """The least and the largest number are those given, in order and finite; names and title are said."""
    ax = plot.tangent(parabola, 3.0, between=(-5.0, 5.0), names=("t", "height"), title="T")
    assert ax.get_xlim() == (-5.0, 5.0)
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title()) == ("t", "height", "T")
    for between in ((5.0, -5.0), (0.0, 0.0), (0.0, math.inf)):
        with pytest.raises(ValueError, match="between must be"):
            plot.tangent(parabola, 3.0, between=between)
    for h in (0.0, math.nan):
        with pytest.raises(ValueError, match="h is the step"):
            plot.tangent(parabola, 3.0, h=h)


def test_a_pole_neither_joins_nor_flattens_the_curve() -> None:
    """The curve has a gap at the pole, and the picture is not as high as it."""
    ax = plot.tangent(lambda x: 1 / x, 1.0)
    t, y = points(ax.lines[0])
    below, above = y[t < 0.0], y[t > 0.0]
    assert np.isnan([*below[-2:], *above[:2]]).any()
    assert ax.get_ylim()[1] < 0.5 * np.nanmax(y)
