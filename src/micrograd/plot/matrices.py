"""The weights of a layer as a picture: a matrix of neurons and inputs, or an image for each neuron."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from micrograd.errors import require
from micrograd.plot.layers import neurons
from micrograd.plot.style import COLOURS, GREY, new_axes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Tile = tuple[float, float, Numbers]  # left edge, upper edge, a matrix of cells of size 1

__all__ = ["weights"]

GAP = 0.05  # of the width of the matrix is free between weights and biases
WRITTEN = 60  # up to so many numbers are written into their cells
DARK = 0.6  # of the largest size and beyond, writing is white


def weights(  # noqa: PLR0913  # each is a choice of its own
    model: Any,  # noqa: ANN401  # a network of any make
    layer: int = 0,
    *,
    shape: tuple[int, int] | None = None,
    names: Sequence[str] = (),
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Return the axes of a picture of the weights of a layer: blue below 0, white at 0, orange above.

    A row is a neuron, a column an input; the biases stand apart, on the right. With a shape, each neuron is an
    image of its weights instead, as for the pixels of digits: an orange spot is a pixel that speaks for it.

    Args:
        model: an MLP or a Layer; or what is written as these are: it has `layers` with `neurons`, each of which has a
            list of weights `w` and, perhaps, a bias `b`. A model without `layers` is taken for one.
        layer: which layer, from 0; -1 is the last.
        shape: rows and columns of the image of each neuron, whose product is the number of inputs; biases are
            not shown then. None draws the matrix.
        names: what to call the inputs, for the matrix.
        title: says what the picture shows; None makes one from the layer.
        ax: axes to draw in; None makes a new figure.

    Raises:
        MissingExtraError: matplotlib is not installed.
        TypeError: the layer has no neurons with weights.
        ValueError: there is no such layer, or the shape or the names do not fit the inputs.

    Example:
        >>> from micrograd import MLP
        >>> ax = weights(MLP(3, [4, 1]))
        >>> ax.get_title(), ax.get_xlabel(), ax.get_ylabel()
        ('Weights of layers[0]', 'input', 'neuron')
    """
    name, found = neurons(model, layer)
    matrix = np.array([[float(w) for w in neuron.w] for neuron in found])
    if shape is None:
        ax = new_axes(ax)
        _matrix(ax, matrix, _biases(found), names)
    else:
        tiles = _tiles(matrix, shape)
        ax = new_axes(ax, _height(tiles))
        _images(ax, tiles)
    ax.set_title(f"Weights of {name}" if title is None else title)
    ax.spines[:].set_visible(False)
    return ax


def _biases(found: Sequence[Any]) -> Numbers | None:
    """Return the biases of neurons as a column, nan where one has none; None where none has one."""
    biases = [getattr(neuron, "b", None) for neuron in found]
    if all(b is None for b in biases):
        return None
    return np.array([[math.nan if b is None else float(b)] for b in biases])


def _matrix(ax: Axes, matrix: Numbers, biases: Numbers | None, names: Sequence[str]) -> None:
    """Draw the weights as a matrix, and the biases beside it."""
    count, nin = matrix.shape
    if names and len(names) != nin:
        message = f"names must name the {nin} inputs; got {len(names)}"
        raise ValueError(message)
    labels = dict(enumerate(names)) if names else {i: str(i) for i in _ticks(nin)}
    places = {i + 0.5: label for i, label in labels.items()}
    tiles: list[Tile] = [(0.0, 0.0, matrix)]
    if biases is not None:
        left = nin + GAP * max(nin, 6)
        tiles.append((left, 0.0, biases))
        places[left + 0.5] = "bias"
    largest = _draw(ax, tiles, "auto", "weight" if biases is None else "weight, bias")
    ax.set_xticks(list(places), list(places.values()))
    ax.set_yticks([i + 0.5 for i in _ticks(count)], [str(i) for i in _ticks(count)])
    ax.set(xlabel="input", ylabel="neuron")
    if matrix.size <= WRITTEN:
        _write(ax, tiles, largest)


def _tiles(matrix: Numbers, shape: tuple[int, int]) -> list[Tile]:
    """Return the weights of each neuron as an image, in rows with room for a number above."""
    rows, columns = shape
    count, nin = matrix.shape
    if rows < 1 or columns < 1 or rows * columns != nin:
        message = f"shape must have {nin} cells, one for each input; got {rows} x {columns}"
        raise ValueError(message)
    wide = _abreast(count)
    return [
        (i % wide * 1.1 * columns, i // wide * 1.3 * rows, numbers.reshape(shape)) for i, numbers in enumerate(matrix)
    ]


def _height(tiles: Sequence[Tile]) -> float:
    """Return the height of a figure that the images fill, in inches."""
    wide = max(left + numbers.shape[1] for left, _, numbers in tiles)
    high = max(top + 1.2 * numbers.shape[0] for _, top, numbers in tiles)
    return float(np.clip(5.2 * high / wide + 0.5, 1.5, 9.0))


def _images(ax: Axes, tiles: Sequence[Tile]) -> None:
    """Draw the image of each neuron, with its number above."""
    _draw(ax, tiles, "equal", "weight")
    rectangle = require("matplotlib.patches", "plot").Rectangle
    for i, (left, top, numbers) in enumerate(tiles):
        rows, columns = numbers.shape
        frame = rectangle((left, top), columns, rows, fill=False, edgecolor=GREY, linewidth=0.6, clip_on=False)
        ax.add_patch(frame)
        ax.text(left + columns / 2, top - 0.04 * rows, str(i), ha="center", va="bottom", fontsize=9)
    ax.set(xticks=[], yticks=[], ylim=(tiles[-1][1] + 1.0 * rows, -0.2 * rows))


def _abreast(count: int) -> int:
    """Return how many images stand side by side: few places stay empty, and the whole is wider than high."""

    def fault(wide: int) -> tuple[int, float]:
        high = math.ceil(count / wide)
        return wide * high - count, abs(wide / high - 1.5)

    root = math.isqrt(count)
    return min(range(root, 2 * root + 1), key=fault)


def _draw(ax: Axes, tiles: Sequence[Tile], aspect: Literal["equal", "auto"], name: str) -> float:
    """Draw matrices in colours whose middle is 0, with a scale beside them, and return the end of that."""
    largest = max(float(np.nanmax(np.abs(numbers), initial=0.0)) for _, _, numbers in tiles) or 1.0
    colours = require("matplotlib.colors", "plot").LinearSegmentedColormap.from_list
    diverging = colours("below and above 0", [COLOURS[0], "white", COLOURS[1]])
    for left, top, numbers in tiles:
        rows, columns = numbers.shape
        place = (left, left + columns, top + rows, top)
        image = ax.imshow(numbers, cmap=diverging, vmin=-largest, vmax=largest, aspect=aspect, extent=place)
    ax.set(xlim=(0.0, max(left + numbers.shape[1] for left, _, numbers in tiles)))
    ax.figure.colorbar(image, ax=ax, label=name, shrink=0.8)
    return largest


def _ticks(count: int) -> list[int]:
    """Return at most 17 of the numbers from 0 to a count, evenly spaced."""
    steps = (1, 2, 4, 5, 8, 10, 16, 20, 50, 100, 200, 500, 1000, 10000)
    return list(range(0, count, next((step for step in steps if count <= 17 * step), count)))


def _write(ax: Axes, tiles: Sequence[Tile], largest: float) -> None:
    """Write each number into its cell."""
    for left, top, numbers in tiles:
        for (i, j), number in np.ndenumerate(numbers):
            if math.isfinite(number):
                shade = "white" if abs(number) > DARK * largest else "black"
                middle = (left + j + 0.5, top + i + 0.5)
                ax.text(*middle, f"{number:.2f}", ha="center", va="center", fontsize=8, color=shade)
