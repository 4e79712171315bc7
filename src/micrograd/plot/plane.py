"""Pictures of the plane: the classes that a function gives to its points, or the number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from micrograd.errors import require
from micrograd.ieee import shorten
from micrograd.plot.given import check_held_out, check_names, classed, numbered
from micrograd.plot.style import colour, extent, legend_below, new_axes
from micrograd.settings import size

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from micrograd.plot.given import Points, Row

    Grid = NDArray[np.float64]

__all__ = ["decision_boundary", "finish", "grid", "regions", "samples", "scores", "surface"]

MARKERS = "os^DvPX*"  # besides their colours, classes have shapes
HELD_OUT = ("held_out[0]", "held_out[1]")  # how messages name them
LARGEST = 1e100  # scores beyond are drawn as this one, so that differences stay finite
LEAST = 2  # points along a side of a grid
MARGIN = 0.12  # of the range of the points is left free around them
FINER = 8  # points are put between those of a grid, along each side, so that edges are smooth


def decision_boundary(  # noqa: PLR0913  # each is a choice of its own
    function: Callable[[list[float]], Any],
    xs: Sequence[Row],
    ys: Sequence[float],
    *,
    held_out: Points = ((), ()),
    classes: Sequence[str] = (),
    names: tuple[str, str] = ("x1", "x2"),
    title: str = "What the network decides",
    resolution: int = 60,
    ax: Axes | None = None,
) -> Axes:
    """Return the axes of a picture of the classes that a function gives to the points of the plane.

    Args:
        function: takes a point [x1, x2], and gives a score, above 0 for the second of two classes, or a
            score for each class, of which the highest wins: numbers or Values, such as a network gives.
        xs: n points to show.
        ys: their classes: 0, 1, 2, ..., or -1 and 1.
        held_out: more points and their classes, which were not trained on; they are drawn with a ring.
        classes: what to call the classes, in their order.
        names: what to call the coordinates.
        title: says what the picture shows.
        resolution: points to evaluate along each side, 2 or more; the boundary is drawn smoothly between.
        ax: axes to draw in; None makes a new figure.

    Raises:
        MissingExtraError: matplotlib is not installed.
        TypeError: the function, points, classes, or their names are something else.
        ValueError: there are no points, or one has more or fewer than 2 numbers; there is not one class for
            each point, or a class that is no such number.

    Example:
        >>> ax = decision_boundary(lambda x: x[0] - x[1], [[0.0, 1.0], [1.0, 0.0]], [-1, 1], names=("a", "b"))
        >>> ax.get_xlabel(), ax.get_ylabel()
        ('a', 'b')
    """
    check_held_out(held_out)
    points, others = classed(xs, ys, ("xs", "ys")), classed(*held_out, HELD_OUT)
    check_names([*points[1], *others[1]], classes)
    sides = grid([*points[0], *others[0]], resolution)
    heights = scores(function, sides)
    ax = new_axes(ax)
    regions(ax, sides, heights)
    samples(ax, points, others, classes)
    return finish(ax, names, title, ringed=len(others[0]) > 0)


def surface(  # noqa: PLR0913  # each is a choice of its own
    function: Callable[[list[float]], Any],
    xs: Sequence[Row],
    ys: Sequence[float],
    *,
    held_out: Points = ((), ()),
    name: str = "y",
    names: tuple[str, str] = ("x1", "x2"),
    title: str = "What the network predicts",
    resolution: int = 60,
    ax: Axes | None = None,
) -> Axes:
    """Return the axes of a picture of the number that a function gives to the points of the plane.

    The points are filled with the colour of their own number, so one that stands out is predicted badly.

    Args:
        function: takes a point [x1, x2] and gives a number or a Value.
        xs: n points to show.
        ys: their numbers.
        held_out: more points and their numbers, which were not trained on; they are drawn with a ring.
        name: what to call the number.
        names: what to call the coordinates.
        title: says what the picture shows.
        resolution: points to evaluate along each side, 2 or more.
        ax: axes to draw in; None makes a new figure.

    Raises:
        MissingExtraError: matplotlib is not installed.
        TypeError: the function, points or numbers are something else.
        ValueError: there are no points, or one has more or fewer than 2 numbers; there is not one number for
            each point, or one that is not finite.

    Example:
        >>> surface(lambda x: x[0] * x[1], [[0.0, 1.0], [1.0, 2.0]], [0.0, 2.0]).get_title()
        'What the network predicts'
    """
    check_held_out(held_out)
    points, others = numbered(xs, ys, ("xs", "ys")), numbered(*held_out, HELD_OUT)
    sides = grid([*points[0], *others[0]], resolution)
    heights = scores(function, sides)[:, :, 0]
    ax = new_axes(ax)
    low, high = extent([*points[1], *others[1], *heights[np.isfinite(heights)].tolist()])
    levels = require("matplotlib.ticker", "plot").MaxNLocator(20).tick_values(low, high)
    scale: dict[str, Any] = {"cmap": "viridis", "vmin": levels[0], "vmax": levels[-1]}
    filled = ax.contourf(*sides, heights, levels=levels, **scale)
    ax.figure.colorbar(filled, ax=ax, label=name)
    _dots(ax, points[0], c=points[1], edgecolors="white", **scale)
    _dots(ax, others[0], c=others[1], edgecolors="black", **scale)
    return finish(ax, names, title, ringed=len(others[0]) > 0)


def grid(points: Sequence[Row], resolution: int) -> list[Grid]:
    """Return the coordinates of a grid that covers the points: its columns, then its rows."""
    if not points:
        message = "there are no points to show: give at least one"
        raise ValueError(message)
    if size(resolution, "resolution") < LEAST:
        message = f"resolution must be a whole number, {LEAST} or more; got {resolution!r}"
        raise ValueError(message)
    ranges = [extent(side) for side in zip(*points, strict=True)]
    spaces = [MARGIN * (high - low) for low, high in ranges]
    return [
        np.linspace(low - space, high + space, resolution) for (low, high), space in zip(ranges, spaces, strict=True)
    ]


def scores(function: Callable[[list[float]], Any], sides: Sequence[Grid]) -> Grid:
    """Return the scores at each point of a grid: rows of points of scores."""
    if not callable(function):
        message = f"function must take a point [x1, x2], as a network does; got {shorten(function)}"
        raise TypeError(message)
    columns, rows = (side.tolist() for side in sides)
    return np.array([[_numbers(function([x, y])) for x in columns] for y in rows])


def _numbers(answer: Any) -> list[float]:  # noqa: ANN401  # a number, a Value or several
    """Return what a function answered as a list of floats."""
    try:
        return [float(x) for x in answer] if isinstance(answer, Iterable) else [float(answer)]
    except (TypeError, ValueError):
        message = f"function must answer a number or a list of numbers to a point; got {shorten(answer)}"
        raise TypeError(message) from None


def regions(ax: Axes, sides: Sequence[Grid], scores: Grid) -> None:
    """Fill the region where each class wins, and draw its edge."""
    if scores.shape[2] == 1:
        scores = np.concatenate([-scores, scores], axis=2)
    sides = [_between(side) for side in sides]
    finite = np.clip(scores, -LARGEST, LARGEST)  # nan stays nan, and leaves a hole
    scores = _between(_between(finite).swapaxes(0, 1)).swapaxes(0, 1)
    for index in range(scores.shape[2]):
        lead = np.ma.masked_invalid(scores[:, :, index] - np.delete(scores, index, axis=2).max(axis=2))
        if lead.mask.all():
            continue
        if lead.max() > 0.0:
            ax.contourf(*sides, lead, levels=[0.0, lead.max()], colors=[colour(index)], alpha=0.25)
        if lead.min() < 0.0 < lead.max():
            ax.contour(*sides, lead, levels=[0.0], colors="black", linewidths=1.0)


def _between(grid: Grid) -> Grid:
    """Return an array with more entries along its first axis, on the straight lines between its own."""
    last = len(grid) - 1
    places = np.linspace(0.0, last, last * FINER + 1)
    below = np.minimum(places.astype(int), last - 1)
    part = (places - below).reshape(-1, *[1] * (grid.ndim - 1))
    finer: Grid = grid[below] * (1.0 - part) + grid[below + 1] * part
    return finer


def samples(ax: Axes, points: Points, held_out: Points, classes: Sequence[str]) -> None:
    """Draw points in the colours and shapes of their classes, those held out with a ring."""
    for label in sorted({*points[1], *held_out[1]}):
        index = max(int(label), 0)  # -1 and 1 are the classes 0 and 1
        style = {"marker": MARKERS[index % len(MARKERS)], "facecolors": colour(index)}
        name = classes[index] if classes else f"{label:g}"
        learnt = _of(label, *points)
        _dots(ax, learnt, edgecolors="white", label=name, **style)
        _dots(ax, _of(label, *held_out), edgecolors="black", label=None if learnt else name, **style)


def _of(label: float, xs: Sequence[Row], ys: Sequence[float]) -> list[Row]:
    """Return the points of a class."""
    return [x for x, y in zip(xs, ys, strict=True) if y == label]


def _dots(ax: Axes, points: Sequence[Row], **style: Any) -> None:  # noqa: ANN401  # what scatter takes
    """Draw points, if there are any."""
    if len(points):
        x, y = zip(*points, strict=True)
        ax.scatter(x, y, s=36, linewidths=1.1, zorder=3, **style)  # above regions and edges


def finish(ax: Axes, names: tuple[str, str], title: str, *, ringed: bool) -> Axes:
    """Return the axes with names, a title, and a legend below where there is something to explain."""
    ax.set(xlabel=names[0], ylabel=names[1], title=title)
    if ringed:
        ax.scatter([], [], s=36, facecolors="none", edgecolors="black", label="held out")
    entries = len(ax.get_legend_handles_labels()[0])
    if entries:
        legend_below(ax, min(entries, 6))
    return ax
