"""A function of one number with its tangent: what a derivative is, to the eye."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from micrograd.autodiff import value_and_grad
from micrograd.engine import Value
from micrograd.ieee import shorten
from micrograd.plot.style import COLOURS, colour, extent, new_axes

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Function = Callable[[Any], Any]

__all__ = ["tangent"]

POINTS = 401  # that a curve is drawn through
NEAR = 4.0  # as far the picture goes to both sides, and farther where x is larger
STEPS = (1e-6, 1e-9)  # relative to x, of the differences that the slope is held against; one of them suits
CLOSE = 0.05  # relative to the slope, what these may differ by; they tell a wrong gradient, not the last digits
KINK_STEPS = (1e-5, 1e-6, 1e-7)  # relative to x; at a kink all of them see the same two slopes
KINK = 1e-3  # relative to the slopes, the least by which those of a kink differ
ROUNDING = 64.0 * 2.0**-53  # relative to f(x), of a difference of two values
STEEP = 5.0  # from this ratio on, the outermost values do not decide how high the picture is


def tangent(  # noqa: PLR0913  # each is a choice of its own
    f: Callable[[Any], Any],
    x: float,
    *,
    h: float | None = None,
    between: tuple[float, float] | None = None,
    names: tuple[str, str] = ("x", "f(x)"),
    title: str = "A function and its tangent",
    ax: Axes | None = None,
) -> Axes:
    """Return the axes of a picture of a function with its tangent at x, whose slope is the derivative there.

        tangent: y = f(x) + f'(x) (t - x)        secant: the line through the points at x and x + h

    Where the curve has a kink at x, as relu has at 0, there is no derivative: the line has the slope that micrograd
    takes there, and the legend tells the slopes to both sides.

    Args:
        f: takes a number and returns one, written with operators and functions of micrograd.
        x: where the tangent touches.
        h: step from x to the second point of a secant, which nears the tangent as h nears 0; None draws no secant.
        between: the least and the largest t to draw; None goes 4 to both sides of x, or |x| if that is more.
        names: what to call the number and the value of the function.
        title: says what the picture shows.
        ax: axes to draw in; None makes a new figure.

    Raises:
        MissingExtraError: matplotlib is not installed.
        TypeError: f is no function, or does not return one number; x is no number.
        ValueError: f(x) or its derivative is not finite; h is 0; between is not an interval; or the gradient
            is not the slope of the curve, because f computes with functions that micrograd knows nothing of.

    Example:
        >>> ax = tangent(lambda x: 3 * x**2 - 4 * x + 5, 3.0)
        >>> [text.get_text() for text in ax.get_legend().get_texts()]
        ['f(x)', 'tangent at x = 3: slope 14']
    """
    x = _checked(f, x)
    y, slope = _differentiated(f, x)
    low, high = _interval(x, h, between)
    ts = np.linspace(low, high, POINTS)
    ys = np.array([_at(f, t) for t in ts.tolist()])
    ax = new_axes(ax)
    bottom, top = _view(ys, [y] if h is None else [y, _at(f, x + h)])
    ax.plot(ts, _broken(ys, top - bottom), color=colour(0), linewidth=2.0, label=names[1])
    ax.plot(ts, y + slope * (ts - x), color=colour(1), label=f"tangent at {names[0]} = {x:g}: slope {slope:.4g}")
    if h is not None:
        _secant(ax, ts, (x, y), (h, _at(f, x + h)), names[0])
    _kink(ax, f, (low, x, high), y)
    ax.plot([x], [y], "o", color=colour(1), markersize=7.0, zorder=3)
    ax.set(xlabel=names[0], ylabel=names[1], title=title, xlim=(low, high), ylim=(bottom, top))
    ax.grid(alpha=0.3)
    ax.legend(framealpha=0.9, edgecolor="none")
    return ax


def _checked(f: Function, x: Any) -> float:  # noqa: ANN401  # a number, it is hoped
    """Return x as a float, or say what is wrong with it or with the function."""
    if not callable(f) or isinstance(x, str) or not hasattr(type(x), "__float__"):
        message = f"tangent wants a function and a number, as in tangent(lambda x: x**2, 1.0); got {shorten(f)}, {x!r}"
        raise TypeError(message)
    return float(x)


def _at(f: Function, t: float) -> float:
    """Return the value of a function; through a Value, whose arithmetic gives nan where Python's would raise."""
    return float(f(Value(t)))


def _differentiated(f: Function, x: float) -> tuple[float, float]:
    """Return the value and the derivative of a function, or say why they are not to be had."""
    y, slope = value_and_grad(f)(x)
    if not (math.isfinite(y) and math.isfinite(slope)):
        message = f"at {x:g} the function is {y:g} and its derivative {slope:g}: a tangent needs both finite"
        raise ValueError(message)
    _check_slope(f, x, slope)
    return y, slope


def _check_slope(f: Function, x: float, slope: float) -> None:
    """Refuse a derivative that is that of another curve."""
    if not any(_is_slope(f, x, slope, h) for h in STEPS):
        h = STEPS[0] * max(1.0, abs(x))
        rise = (_at(f, x + h) - _at(f, x - h)) / (2.0 * h)
        message = (
            f"the gradient at {x:g} is {slope:.4g}, but the curve has the slope {rise:.4g}: the function computes with "
            "something that no gradient flows through, such as math.sin, float(), .data or detach; use operators and "
            "micrograd.sin and the like"
        )
        raise ValueError(message)


def _is_slope(f: Function, x: float, slope: float, step: float) -> bool:
    """Tell whether the curve has this slope; at a kink, the slope to either side or their mean will do."""
    unit = max(1.0, abs(x))
    h = step * unit
    left, middle, right, *far = (_at(f, t) for t in (x - h, x, x + h, x - unit, x + unit))
    usual = max(abs(y - middle) / unit if math.isfinite(y) else 0.0 for y in far)
    rounding = 1e-14 * max(abs(y) for y in (left, middle, right) if math.isfinite(y)) / h  # at an edge, one is nan
    allowed = CLOSE * max(abs(slope), 1e-3 * usual) + rounding
    differences = ((right - middle) / h, (middle - left) / h, (right - left) / (2.0 * h))
    return any(abs(difference - slope) <= allowed for difference in differences)


def _interval(x: float, h: float | None, between: tuple[float, float] | None) -> tuple[float, float]:
    """Return the least and the largest number to draw, or say what is wrong with them or with the step."""
    if h is not None and (h == 0.0 or not math.isfinite(h)):
        message = f"h is the step to the second point of the secant and must be finite and not 0; got {h!r}"
        raise ValueError(message)
    if between is None:
        half = max(NEAR, abs(x), 1.5 * abs(h or 0.0))
        return x - half, x + half
    low, high = between
    if not -math.inf < low < high < math.inf:
        message = f"between must be the least and the largest number to draw, such as (-5.0, 5.0); got {between!r}"
        raise ValueError(message)
    return float(low), float(high)


def _view(ys: Numbers, points: list[float]) -> tuple[float, float]:
    """Return how low and how high the picture goes; not to the ends of a pole."""
    finite = [y for y in [*ys.tolist(), *points] if math.isfinite(y)]
    low, high = extent(finite)
    usual = np.percentile(finite, [4.0, 96.0])
    if high - low > STEEP * (usual[1] - usual[0]) > 0.0:
        low, high = min(usual[0], *points), max(usual[1], *points)
    space = 0.15 * (high - low)
    return float(low - space), float(high + space)


def _broken(ys: Numbers, height: float) -> Numbers:
    """Return values with gaps where they jump by more than the picture is high, or are infinite."""
    jumps = np.abs(np.diff(ys, prepend=ys[0])) > height
    gaps: Numbers = np.where(jumps | ~np.isfinite(ys), math.nan, ys)
    return gaps


def _secant(ax: Axes, ts: Numbers, point: tuple[float, float], step: tuple[float, float], name: str) -> None:
    """Draw the line through a point and the one that is a step away."""
    (x, y), (h, far) = point, step
    slope = (far - y) / h
    label = f"secant to {name} = {x + h:g}: slope {slope:.4g}"
    ax.plot(ts, y + slope * (ts - x), "--", color=COLOURS[2], label=label)
    ax.plot([x + h], [far], "o", color=COLOURS[2], markersize=6.0, zorder=3)


def _kink(ax: Axes, f: Function, ends: tuple[float, float, float], y: float) -> None:
    """Where the curve has a kink, draw the lines that it follows to both sides, and tell their slopes."""
    low, x, high = ends
    slopes = _slopes_at_kink(f, x)
    if slopes is None:
        return
    left, right = slopes
    label = f"kink: slope {left:.4g} to the left, {right:.4g} to the right"
    ax.plot(ends, [y + left * (low - x), y, y + right * (high - x)], ":", color="black", label=label)


def _slopes_at_kink(f: Function, x: float) -> tuple[float, float] | None:
    """Return the slopes to the left and to the right of a kink, or None where there is none.

    On a smooth curve the two near each other as the step gets smaller, and across a jump they part; at a kink they
    stay as they are.
    """
    unit, y = max(1.0, abs(x)), _at(f, x)
    sides = [_sides(f, x, y, step * unit) for step in KINK_STEPS]
    gaps = [right - left for left, right in sides]
    least = max(KINK * max(map(abs, sides[-1])), ROUNDING * abs(y) / (KINK_STEPS[-1] * unit))
    if not (abs(gaps[-1]) > least and all(abs(gap - gaps[-1]) < CLOSE * abs(gaps[-1]) for gap in gaps)):
        return None
    left, right = (0.0 if abs(slope) < CLOSE * least else slope for slope in sides[-1])
    return left, right


def _sides(f: Function, x: float, y: float, h: float) -> tuple[float, float]:
    """Return the slopes from x to both sides, a step away."""
    before, after = x - h, x + h
    return (y - _at(f, before)) / (x - before), (_at(f, after) - y) / (after - x)
