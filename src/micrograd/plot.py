"""Pictures of training: the loss, the boundary between classes, the surface of a predicted number."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from micrograd.errors import require
from micrograd.io import whole_file

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    Row = Sequence[float]
    Points = tuple[Sequence[Row], Sequence[float]]

__all__ = ["decision_boundary", "loss_curve", "save_figure", "surface"]

# Colours that colour-blind eyes tell apart (Okabe and Ito, "Color Universal Design", 2008), and shapes besides.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442", "#000000")
MARKERS = "os^DvPX*"
MARGIN = 0.12  # of the range of the points is left free around them
WIDE = 10.0  # from this ratio on, a loss is drawn on a logarithmic scale
VERY_WIDE = 1000.0  # and from this one on, only powers of 10 are written there
FINER = 8  # points are put between those of a grid, along each side, so that edges are smooth


def loss_curve(  # noqa: PLR0913  # each is a choice of its own
    losses: Sequence[float],
    *,
    held_out: Sequence[float] = (),
    unit: str = "step",
    name: str = "loss",
    title: str = "Loss in training",
    ax: Axes | None = None,
) -> Axes:
    """Return the axes of a picture of the loss, logarithmic where it spans a factor of 10 or more.

    Args:
        losses: n numbers, one a step or an epoch; those that are not finite leave gaps.
        held_out: as many, of rows that were not trained on, or none.
        unit: what each number belongs to.
        name: what is drawn.
        title: says what the picture shows.
        ax: axes to draw in; None makes a new figure.

    Raises:
        MissingExtraError: matplotlib is not installed.

    Example:
        >>> loss_curve([1.0, 0.5, 0.25]).get_xlabel()
        'step'
    """
    ax = _axes(ax)
    several = len(held_out) > 0
    _curve(ax, losses, 0, "training rows" if several else name, "-")
    if several:
        _curve(ax, held_out, 1, "held-out rows", "--")
        ax.legend(frameon=False)
    ax.set(xlabel=unit, ylabel=name, title=title)
    ax.grid(alpha=0.3)
    _scale(ax, [x for x in (*losses, *held_out) if math.isfinite(x)])
    return ax


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
        ValueError: there are no points.

    Example:
        >>> ax = decision_boundary(lambda x: x[0] - x[1], [[0.0, 1.0], [1.0, 0.0]], [-1, 1], names=("a", "b"))
        >>> ax.get_xlabel(), ax.get_ylabel()
        ('a', 'b')
    """
    ax = _axes(ax)
    sides = _sides([*xs, *held_out[0]], resolution)
    _regions(ax, sides, _scores(function, sides))
    for label in sorted({*ys, *held_out[1]}):
        index = max(int(label), 0)  # -1 and 1 are the classes 0 and 1
        style = {"marker": MARKERS[index % len(MARKERS)], "facecolors": _colour(index)}
        name = classes[index] if classes else f"{label:g}"
        learnt = _of(label, xs, ys)
        _dots(ax, learnt, edgecolors="white", label=name, **style)
        _dots(ax, _of(label, *held_out), edgecolors="black", label=None if learnt else name, **style)
    return _finished(ax, names, title, ringed=len(held_out[0]) > 0)


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
        ValueError: there are no points.

    Example:
        >>> surface(lambda x: x[0] * x[1], [[0.0, 1.0], [1.0, 2.0]], [0.0, 2.0]).get_title()
        'What the network predicts'
    """
    ax = _axes(ax)
    sides = _sides([*xs, *held_out[0]], resolution)
    heights = _scores(function, sides)[:, :, 0]
    low, high = _range([*ys, *held_out[1], *heights.ravel()])
    levels = require("matplotlib.ticker", "plot").MaxNLocator(20).tick_values(low, high)
    scale: dict[str, Any] = {"cmap": "viridis", "vmin": levels[0], "vmax": levels[-1]}
    filled = ax.contourf(*sides, heights, levels=levels, **scale)
    ax.figure.colorbar(filled, ax=ax, label=name)
    _dots(ax, xs, c=ys, edgecolors="white", **scale)
    _dots(ax, held_out[0], c=held_out[1], edgecolors="black", **scale)
    return _finished(ax, names, title, ringed=len(held_out[0]) > 0)


def save_figure(ax: Axes, path: str | os.PathLike[str]) -> None:
    """Write the figure of these axes to a file, whole or not at all.

    Args:
        ax: what a function here returned.
        path: ends in the format: .png, .svg, .pdf.

    Raises:
        InputError: the file cannot be written.
        ValueError: matplotlib knows no such format.
    """
    figure: Any = ax.figure
    with whole_file(path) as file, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")  # a box stands for it
        figure.savefig(file, format=Path(path).suffix[1:], dpi=150)


def _axes(ax: Axes | None) -> Axes:
    """Return the axes given, or those of a new figure that belongs to no window."""
    if ax is not None:
        return ax
    figure = require("matplotlib.figure", "plot").Figure(figsize=(6.4, 4.6), layout="constrained")
    new: Axes = figure.add_subplot()
    return new


def _colour(index: int) -> str:
    """Return the colour of a class or a curve."""
    return COLOURS[index % len(COLOURS)]


def _curve(ax: Axes, numbers: Sequence[float], index: int, label: str, line: str) -> None:
    """Draw numbers over their positions from 1, with a dot where a line would not show."""
    finite = [x if math.isfinite(x) else math.nan for x in numbers]
    marker = "o" if len(finite) == 1 else None
    ax.plot(range(1, len(finite) + 1), finite, line, color=_colour(index), label=label, marker=marker)


def _scale(ax: Axes, numbers: Sequence[float]) -> None:
    """Count steps in whole numbers, and make the scale logarithmic where numbers span much and none is 0."""
    ticker = require("matplotlib.ticker", "plot")
    ax.xaxis.set_major_locator(ticker.MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    if numbers and 0.0 < WIDE * min(numbers) <= max(numbers):
        ax.set_yscale("log")
        subs = (1.0, 2.0, 5.0) if max(numbers) < VERY_WIDE * min(numbers) else (1.0,)
        ax.yaxis.set_major_locator(ticker.LogLocator(subs=subs))
        ax.yaxis.set_major_formatter(ticker.StrMethodFormatter("{x:g}"))
        ax.yaxis.set_minor_formatter(ticker.NullFormatter())


def _sides(points: Sequence[Row], resolution: int) -> list[NDArray[np.float64]]:
    """Return the coordinates of a grid that covers the points: its columns, then its rows."""
    if not points:
        message = "there are no points to show: give at least one"
        raise ValueError(message)
    ranges = [_range(side) for side in zip(*points, strict=True)]
    spaces = [MARGIN * (high - low) for low, high in ranges]
    return [
        np.linspace(low - space, high + space, resolution) for (low, high), space in zip(ranges, spaces, strict=True)
    ]


def _range(numbers: Sequence[float]) -> tuple[float, float]:
    """Return the least and the largest of the numbers, at some distance where they are one."""
    low, high = min(numbers), max(numbers)
    return (low, high) if low < high else (low - 0.5, low + 0.5)


def _scores(function: Callable[[list[float]], Any], sides: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the scores at each point of a grid: rows of points of scores."""
    columns, rows = (side.tolist() for side in sides)
    return np.array([[_numbers(function([x, y])) for x in columns] for y in rows])


def _numbers(answer: Any) -> list[float]:  # noqa: ANN401  # a number, a Value or several
    """Return what a function answered as a list of floats."""
    return [float(x) for x in answer] if isinstance(answer, Iterable) else [float(answer)]


def _regions(ax: Axes, sides: Sequence[NDArray[np.float64]], scores: NDArray[np.float64]) -> None:
    """Fill the region where each class wins, and draw its edge."""
    if scores.shape[2] == 1:
        scores = np.concatenate([-scores, scores], axis=2)
    sides = [_between(side) for side in sides]
    scores = _between(_between(scores).swapaxes(0, 1)).swapaxes(0, 1)
    for index in range(scores.shape[2]):
        lead = scores[:, :, index] - np.delete(scores, index, axis=2).max(axis=2)
        if lead.max() > 0.0:
            ax.contourf(*sides, lead, levels=[0.0, lead.max()], colors=[_colour(index)], alpha=0.25)
        if lead.min() < 0.0 < lead.max():
            ax.contour(*sides, lead, levels=[0.0], colors="black", linewidths=1.0)


def _between(grid: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return an array with more entries along its first axis, on the straight lines between its own."""
    last = len(grid) - 1
    places = np.linspace(0.0, last, last * FINER + 1)
    below = np.minimum(places.astype(int), last - 1)
    part = (places - below).reshape(-1, *[1] * (grid.ndim - 1))
    finer: NDArray[np.float64] = grid[below] * (1.0 - part) + grid[below + 1] * part
    return finer


def _of(label: float, xs: Sequence[Row], ys: Sequence[float]) -> list[Row]:
    """Return the points of a class."""
    return [x for x, y in zip(xs, ys, strict=True) if y == label]


def _dots(ax: Axes, points: Sequence[Row], **style: Any) -> None:  # noqa: ANN401  # what scatter takes
    """Draw points, if there are any."""
    if len(points):
        x, y = zip(*points, strict=True)
        ax.scatter(x, y, s=36, linewidths=1.1, **style)


def _finished(ax: Axes, names: tuple[str, str], title: str, *, ringed: bool) -> Axes:
    """Return the axes with names, a title, and a legend below where there is something to explain."""
    ax.set(xlabel=names[0], ylabel=names[1], title=title)
    if ringed:
        ax.scatter([], [], s=36, facecolors="none", edgecolors="black", label="held out")
    entries = len(ax.get_legend_handles_labels()[0])
    if entries:
        ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=min(entries, 6), frameon=False)
    return ax
