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

__all__ = ["weights"]

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
    """Return the axes of a picture of the weights of a layer: blue below 0, white at 0, red above.

    A row is a neuron, a column an input; the biases stand apart, on the right. With a shape, each neuron is an
    image of its weights instead, as for the pixels of digits: a bright spot is a pixel that speaks for it.

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
    title = f"Weights of {name}" if title is None else title
    ax = new_axes(ax)
    if shape is None:
        _matrix(ax, matrix, [getattr(neuron, "b", None) for neuron in found], names)
    else:
        _images(ax, matrix, shape)
    ax.set_title(title)
    return ax


def _matrix(ax: Axes, matrix: Numbers, biases: Sequence[Any], names: Sequence[str]) -> None:
    """Draw the weights as a matrix, and the biases beside it."""
    count, nin = matrix.shape
    if names and len(names) != nin:
        message = f"names must name the {nin} inputs; got {len(names)}"
        raise ValueError(message)
    labels = dict(enumerate(names)) if names else {i: str(i) for i in _ticks(nin)}
    if any(b is not None for b in biases):
        gap = max(1, nin // 24)
        column = [[math.nan if b is None else float(b)] for b in biases]
        matrix = np.hstack([matrix, np.full((count, gap), math.nan), column])
        labels[nin + gap] = "bias"
    largest = _image(ax, matrix, "auto", "weight, bias" if "bias" in labels.values() else "weight")
    ax.set_xticks(list(labels), list(labels.values()))
    ax.set_yticks(_ticks(count))
    ax.set(xlabel="input", ylabel="neuron")
    ax.spines[:].set_visible(False)
    if np.isfinite(matrix).sum() <= WRITTEN:
        _write(ax, matrix, largest)


def _images(ax: Axes, matrix: Numbers, shape: tuple[int, int]) -> None:
    """Draw the weights of each neuron as an image, with its number above."""
    rows, columns = shape
    count, nin = matrix.shape
    if rows < 1 or columns < 1 or rows * columns != nin:
        message = f"shape must have {nin} cells, one for each input; got {rows} x {columns}"
        raise ValueError(message)
    wide = math.ceil(math.sqrt(1.5 * count))
    high = math.ceil(count / wide)
    whole = np.full((high * (rows + 2), wide * (columns + 1) - 1), math.nan)
    for i, numbers in enumerate(matrix):
        top, left = i // wide * (rows + 2) + 2, i % wide * (columns + 1)
        whole[top : top + rows, left : left + columns] = numbers.reshape(shape)
        ax.text(left + (columns - 1) / 2, top - 0.8, str(i), ha="center", va="bottom", fontsize=8, color=GREY)
    _image(ax, whole, "equal", "weight")
    ax.set_axis_off()


def _image(ax: Axes, numbers: Numbers, aspect: Literal["equal", "auto"], name: str) -> float:
    """Draw numbers as colours, with a scale beside them whose middle is 0, and return its end."""
    finite = numbers[np.isfinite(numbers)]
    largest = float(np.abs(finite).max(initial=0.0)) or 1.0
    colours = require("matplotlib.colors", "plot").LinearSegmentedColormap.from_list
    diverging = colours("below and above 0", [COLOURS[0], "white", COLOURS[1]])
    image = ax.imshow(numbers, cmap=diverging, vmin=-largest, vmax=largest, aspect=aspect, interpolation="nearest")
    ax.figure.colorbar(image, ax=ax, label=name)
    return largest


def _ticks(count: int) -> list[int]:
    """Return at most 17 of the numbers from 0 to a count, evenly spaced."""
    steps = (1, 2, 4, 5, 8, 10, 16, 20, 50, 100, 200, 500, 1000, 10000)
    return list(range(0, count, next((step for step in steps if count <= 17 * step), count)))


def _write(ax: Axes, matrix: Numbers, largest: float) -> None:
    """Write each number into its cell."""
    for i, row in enumerate(matrix):
        for j, number in enumerate(row):
            if math.isfinite(number):
                shade = "white" if abs(number) > DARK * largest else "black"
                ax.text(j, i, f"{number:.2f}", ha="center", va="center", fontsize=8, color=shade)
