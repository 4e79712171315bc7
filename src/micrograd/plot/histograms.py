"""Histograms, a curve for each layer: what the neurons answer, and the gradients of the parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from micrograd.errors import require
from micrograd.plot.layers import answers, gradients
from micrograd.plot.style import colour, extent, legend_below, new_axes
from micrograd.settings import size

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from micrograd.plot.layers import Answers

    Numbers = NDArray[np.float64]

__all__ = ["activation_histogram", "gradient_histogram"]

SATURATED = 0.97  # beyond this |tanh|, the derivative 1 - tanh² is below 0.06
STROKES = ("-", "--", "-.", ":")  # the next one when all colours have had their turn


def activation_histogram(
    model: Callable[..., Any],
    xs: Sequence[Any],
    *,
    bins: int = 40,
    title: str = "Activations of each layer",
    ax: Axes | None = None,
) -> Axes:
    """Return the axes of histograms of what the neurons of each layer answer to the rows.

    The legend tells mean and standard deviation; of tanh, which share is saturated: |tanh| > 0.97, where hardly
    any gradient passes; of relu, which share is 0, and how many neurons are dead: 0 on every row. Those zeros
    are left out of the curve, which they would dwarf.

    Args:
        model: an MLP or a Layer; or what is written as these are: it has `layers`, through which rows go one
            after the other. A model without `layers` is taken for one.
        xs: n rows of inputs, 1 or more: those of a batch, say.
        bins: number of intervals, at most, that the range of all numbers is cut into.
        title: says what the picture shows.
        ax: axes to draw in; None makes a new figure.

    Raises:
        MissingExtraError: matplotlib is not installed.
        TypeError: xs are no rows.
        ValueError: there are no rows, no layers, or no bins; the model answers something else than its last layer.

    Example:
        >>> from micrograd import MLP
        >>> ax = activation_histogram(MLP(2, [4, 1], init=0.0), [[1.0, 2.0], [3.0, 4.0]])
        >>> [text.get_text() for text in ax.get_legend().get_texts()]
        ['layers[0], tanh: mean 0, std 0, 0 % saturated', 'layers[1], tanh: mean 0, std 0, 0 % saturated']

    Source:
        Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks" (2010),
        figures 2 to 4.
    """
    layers = answers(model, xs)
    everything = np.concatenate([layer.numbers.ravel() for layer in layers])
    edges = _steps(_finite(everything), size(bins, "bins"))
    ax = new_axes(ax)
    for i, layer in enumerate(layers):
        numbers = layer.numbers.ravel()
        shown = numbers[numbers != 0.0] if layer.activation == "relu" else numbers
        _stairs(ax, i, _shares(shown, edges, numbers.size), edges, _activation_words(layer))
    return _finished(ax, "activation", "share of the layer's activations", title)


def gradient_histogram(
    model: Any,  # noqa: ANN401  # a network of any make
    *,
    bins: int = 40,
    title: str = "Gradients of the parameters of each layer",
    ax: Axes | None = None,
) -> Axes:
    """Return the axes of histograms of the size of the gradients of each layer's weights and biases.

    Sizes are on a logarithmic scale, so that gradients which vanish from layer to layer are seen to: their curves lie
    apart. Gradients that are 0 have no place there; the legend tells their share, with mean and standard
    deviation of all.

    Args:
        model: an MLP or a Layer; or what is written as these are: it has `layers`, each with `parameters()`. A model
            without `layers` is taken for one.
        bins: number of intervals that the range of all sizes is cut into.
        title: says what the picture shows.
        ax: axes to draw in; None makes a new figure.

    Raises:
        MissingExtraError: matplotlib is not installed.
        TypeError: a layer has no `parameters()`.
        ValueError: no gradient has been computed: `backward()` comes first; there are no layers, or no bins.

    Example:
        >>> from micrograd import MLP
        >>> model = MLP(1, [1], last="linear", init=0.0)
        >>> model(3.0).backward()
        >>> ax = gradient_histogram(model)
        >>> ax.get_legend().get_texts()[0].get_text()
        'layers[0]: mean 2, std 1'
    """
    layers = gradients(model)
    everything = np.concatenate([np.abs(given) for _, _, given in layers])
    edges = _decades([x for x in _finite(everything) if x > 0.0], size(bins, "bins"))
    ax = new_axes(ax)
    for i, (name, count, given) in enumerate(layers):
        shares = _shares(np.abs(given), edges, count)
        _stairs(ax, i, shares, edges, _gradient_words(name, count, np.array(given)))
    ax.set_xscale("log")
    return _finished(ax, "size of the gradient |∂L/∂p|", "share of the layer's parameters", title)


def _finite(numbers: Numbers) -> list[float]:
    """Return the numbers that are neither infinite nor nan."""
    found: list[float] = numbers[np.isfinite(numbers)].tolist()
    return found


def _steps(numbers: Sequence[float], bins: int) -> Numbers:
    """Return the edges of equally wide bins, round numbers, so that 0 is one and no bin counts both signs."""
    low, high = extent(numbers or [0.0])
    edges: Numbers = require("matplotlib.ticker", "plot").MaxNLocator(bins).tick_values(low, high)
    return edges


def _decades(sizes: Sequence[float], bins: int) -> Numbers:
    """Return the edges of bins that are equally wide on a logarithmic scale."""
    low, high = (min(sizes), max(sizes)) if sizes else (1.0, 1.0)
    if low == high:
        low, high = low / 2.0, high * 2.0
    edges: Numbers = np.geomspace(low, high, bins + 1)
    return edges


def _shares(numbers: Numbers, edges: Numbers, count: int) -> Numbers:
    """Return which part of a count lies in each bin."""
    inside: Numbers = np.histogram(_finite(numbers), edges)[0] / max(count, 1)
    return inside


def _stairs(ax: Axes, i: int, shares: Numbers, edges: Numbers, label: str) -> None:
    """Draw the histogram of layer i, filled so thinly that others are seen through it."""
    stroke = STROKES[i // 8 % len(STROKES)]
    middles: Numbers = (edges[1:] + edges[:-1]) / 2.0
    ax.fill_between(middles, shares, color=colour(i), alpha=0.1, linewidth=0.0)
    ax.plot(middles, shares, stroke, color=colour(i), linewidth=1.6, label=label)


def _activation_words(layer: Answers) -> str:
    """Return what the legend tells of the activations of a layer."""
    numbers = layer.numbers
    words = [_statistics(numbers)]
    if layer.activation == "tanh":
        words.append(f"{_percent(np.abs(numbers) > SATURATED)} saturated")
    if layer.activation == "relu":
        dead = int((numbers == 0.0).all(axis=0).sum())
        words += [f"{_percent(numbers == 0.0)} are 0", f"{dead} of {numbers.shape[1]} neurons dead"]
    name = f"{layer.name}, {layer.activation}" if layer.activation else layer.name
    return f"{name}: {', '.join(words)}"


def _gradient_words(name: str, count: int, given: Numbers) -> str:
    """Return what the legend tells of the gradients of a layer."""
    words = [_statistics(given)]
    if (given == 0.0).any():
        words.append(f"{_percent(given == 0.0)} are 0")
    if len(given) < count:
        words.append(f"{count - len(given)} not computed")
    return f"{name}: {', '.join(words)}"


def _statistics(numbers: Numbers) -> str:
    """Return mean and standard deviation in words, and how many numbers have none."""
    finite = _finite(numbers)
    size = max(map(abs, finite), default=0.0) or 1.0  # squares of large numbers would overflow
    parts = [x / size for x in finite]
    words = f"mean {size * np.mean(parts):.2g}, std {size * np.std(parts):.2g}" if finite else "no finite number"
    lost = numbers.size - len(finite)
    return f"{words}, {lost} not finite" if lost and finite else words


def _percent(which: NDArray[np.bool_]) -> str:
    """Return the share that is true."""
    return f"{100.0 * which.mean():.0f} %"


def _finished(ax: Axes, xlabel: str, ylabel: str, title: str) -> Axes:
    """Return the axes with names, a title and a legend."""
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title)
    ax.set_ylim(bottom=0.0)
    ax.grid(alpha=0.3)
    legend_below(ax, 1, 0.17)
    return ax
