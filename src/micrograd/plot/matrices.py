"""The weights of a layer as a picture: a matrix of neurons and inputs, or an image for each neuron."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from micrograd.errors import require
from micrograd.ieee import shorten
from micrograd.plot.layers import neurons
from micrograd.plot.style import COLOURS, GREY, inches, new_axes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Tile = tuple[float, float, Numbers]  # left edge, upper edge, a matrix of cells of size 1

__all__ = ["weights"]

PAIR = 2  # numbers in a shape
GAP = 0.05  # of the width of the matrix is free between weights and biases
WRITTEN = 60  # up to so many numbers are written into their cells, where they fit
FONT = 8.0  # size of those, in points
BESIDE, BELOW = 1.6, 1.1  # inches that the scale takes beside a matrix, and words above and below it
WIDTHS, HEIGHTS = (6.4, 10.0), (1.8, 5.4)  # least and largest, of the figure of a matrix, in inches
CELL = (0.27, 0.6)  # least and largest height of a cell, in inches, before the figure is too high or too low
COLUMN = 0.5  # inches that a number needs
LETTER = 0.085  # inches of a letter of the name of an input
TICK = 0.27  # inches that a number below a column needs
MOST = 17  # ticks
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
        TypeError: the layer has no neurons with weights, or the shape is no pair.
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
        _check_names(names, matrix.shape[1])
        ax = new_axes(ax, *_size(len(found), matrix.shape[1], _longest(names)))
        _matrix(ax, matrix, _biases(found), names)
    else:
        tiles = _tiles(matrix, shape)
        ax = new_axes(ax, height=_height(tiles))
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
    tiles: list[Tile] = [(0.0, 0.0, matrix)]
    if biases is not None:
        tiles.append((nin + GAP * max(nin, 6), 0.0, biases))
    largest = _draw(ax, tiles, "auto", "weight" if biases is None else "weight, bias")
    _name_columns(ax, tiles, names)
    ax.set_yticks([i + 0.5 for i in _ticks(count)], [str(i) for i in _ticks(count)])
    ax.set(xlabel="input", ylabel="neuron")
    if matrix.size <= WRITTEN:
        _write(ax, tiles, largest)


def _name_columns(ax: Axes, tiles: Sequence[Tile], names: Sequence[str]) -> None:
    """Write names or numbers of the inputs below their columns, slanted where there is no room beside each other."""
    nin, wide = tiles[0][2].shape[1], inches(ax)[0]
    labels = dict(enumerate(names)) if names else {i: str(i) for i in _ticks(nin, int(wide / TICK))}
    places = {i + 0.5: label for i, label in labels.items()}
    places |= {left + 0.5: "bias" for left, _, _ in tiles[1:]}
    slanted = LETTER * _longest(names) > wide / abs(np.diff(ax.get_xlim())[0])
    style: dict[str, Any] = {"rotation": 30.0, "ha": "right", "rotation_mode": "anchor"} if slanted else {}
    ax.set_xticks(list(places), list(places.values()), **style)


def _longest(names: Sequence[str]) -> int:
    """Return the number of letters of the longest name."""
    return max(map(len, names), default=0)


def _check_names(names: Sequence[str], nin: int) -> None:
    """Refuse names that are not one for each input."""
    if names and len(names) != nin:
        message = f"names must name the {nin} inputs; got {len(names)}"
        raise ValueError(message)


def _size(count: int, nin: int, letters: int) -> tuple[float, float]:
    """Return width and height of a figure, in inches: cells are nearly square, and numbers and names fit."""
    columns = nin + 1 + GAP * max(nin, 6)
    wanted = BESIDE + COLUMN * columns if count * nin <= WRITTEN else 0.0
    width = float(np.clip(wanted, *WIDTHS))
    cell = (width - BESIDE) / columns
    slanted = LETTER * letters / 2.0 if LETTER * letters > cell else 0.0
    return width, float(np.clip(BELOW + count * np.clip(cell, *CELL), *HEIGHTS)) + slanted


def _tiles(matrix: Numbers, shape: tuple[int, int]) -> list[Tile]:
    """Return the weights of each neuron as an image, in rows with room for a number above."""
    if isinstance(shape, str) or not hasattr(shape, "__len__") or len(shape) != PAIR:
        message = f"shape must be a pair, the rows and columns of the image of a neuron; got {shorten(shape)}"
        raise TypeError(message)
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


def _ticks(count: int, most: int = MOST) -> list[int]:
    """Return at most so many of the numbers from 0 to a count, evenly spaced."""
    steps = (1, 2, 4, 5, 8, 10, 16, 20, 50, 100, 200, 500, 1000, 10000)
    return list(range(0, count, next((step for step in steps if count <= min(most, MOST) * step), count)))


def _write(ax: Axes, tiles: Sequence[Tile], largest: float) -> None:
    """Write each number into its cell, if all of them fit."""
    written = [
        (left + j + 0.5, top + i + 0.5, number, f"{number:.2f}")
        for left, top, numbers in tiles
        for (i, j), number in np.ndenumerate(numbers)
        if math.isfinite(number)
    ]
    if not _fit(ax, max((len(words) for *_, words in written), default=0)):
        return
    for x, y, number, words in written:
        shade = "white" if abs(number) > DARK * largest else "black"
        ax.text(x, y, words, ha="center", va="center", fontsize=FONT, color=shade)


def _fit(ax: Axes, letters: int) -> bool:
    """Tell whether so many letters fit into a cell, whose sides are 1."""
    columns, rows = (abs(low - high) for low, high in (ax.get_xlim(), ax.get_ylim()))
    width, height = inches(ax)
    return 72.0 * width / columns > 0.65 * FONT * letters and 72.0 * height / rows > 1.2 * FONT
