"""What the pictures read of a model: its layers, what they answer, the numbers that they hold."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from micrograd.ieee import shorten
from micrograd.settings import ACTIVATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

__all__ = ["Answers", "answers", "gradients", "named_layers", "neurons"]

PLAIN = {"linear", "identity"}  # activations that do nothing


class Answers(NamedTuple):
    """What a layer answers to n rows.

    Attributes:
        name: what to call the layer, such as "layers[0]".
        activation: what its numbers come out of, such as "tanh"; "" where that cannot be told, or is nothing.
        numbers: of shape (n, neurons).
    """

    name: str
    activation: str
    numbers: NDArray[np.float64]


def named_layers(model: Any) -> list[tuple[str, Any]]:  # noqa: ANN401  # a network of any make
    """Return the layers of a model by name; one without `layers` is a layer by itself.

    Raises:
        ValueError: there are no layers.
    """
    if not hasattr(model, "layers"):
        return [(type(model).__name__, model)]
    found = [(f"layers[{i}]", layer) for i, layer in enumerate(model.layers)]
    if not found:
        message = f"{type(model).__name__} has no layers to show: its list `layers` is empty"
        raise ValueError(message)
    return found


def answers(model: Callable[..., Any], xs: Sequence[Any]) -> list[Answers]:
    """Return what each layer answers to the rows, which go through one layer after the other.

    Raises:
        TypeError: the rows are something else.
        ValueError: there are no rows, or the model does something else than that.
    """
    if isinstance(xs, str) or not hasattr(xs, "__len__"):
        message = f"xs must be rows of inputs, such as those of a batch; got {shorten(xs)}"
        raise TypeError(message)
    if not len(xs):
        message = "there are no rows to send through the model: give at least one"
        raise ValueError(message)
    layers = named_layers(model)
    passes = [_through(layers, x) for x in xs]
    _check_chain(model, xs[0], passes[0][-1])
    return [
        Answers(name, _activation(rows[0]), np.array([[float(y) for y in row] for row in rows]))
        for (name, _), rows in zip(layers, zip(*passes, strict=True), strict=True)
    ]


def gradients(model: Any) -> list[tuple[str, int, list[float]]]:  # noqa: ANN401  # a network of any make
    """Return of each layer its name, how many parameters it has, and the gradients of those that have been given one.

    Raises:
        TypeError: a layer has no `parameters()`.
        ValueError: no gradient has been computed.
    """
    found = []
    for name, layer in named_layers(model):
        parameters = list(_method(layer, "parameters", name)())
        given = [float(p.grad) for p in parameters if getattr(p, "has_grad", True)]
        found.append((name, len(parameters), given))
    if not any(given for _, _, given in found):
        message = (
            "no gradient has been computed: call loss.backward() first, and draw before the gradients are set to 0; "
            "after fit, whose compiled loop leaves none, compute the loss once more"
        )
        raise ValueError(message)
    return found


def neurons(model: Any, index: int) -> tuple[str, list[Any]]:  # noqa: ANN401  # a network of any make
    """Return the name and the neurons of a layer, or say what is missing.

    Raises:
        TypeError: the layer has no neurons with weights `w`.
        ValueError: there is no such layer.
    """
    layers = named_layers(model)
    if not isinstance(index, Integral) or index not in range(-len(layers), len(layers)):
        message = f"layer must be a whole number from 0 to {len(layers) - 1}, for one of the layers; got {index!r}"
        raise ValueError(message)
    name, layer = layers[index]
    found = list(getattr(layer, "neurons", [layer]))
    if not found or not all(hasattr(neuron, "w") for neuron in found):
        message = f"{name} has no weights to show: it must have neurons, each with a list of weights `w`"
        raise TypeError(message)
    return name, found


def _through(layers: Sequence[tuple[str, Any]], x: Any) -> list[list[Any]]:  # noqa: ANN401  # a row of inputs
    """Return what each layer answers to one row, as a list."""
    found = []
    for _, layer in layers:
        x = layer(x)
        found.append(_listed(x))
    return found


def _check_chain(model: Callable[..., Any], x: Any, last: list[Any]) -> None:  # noqa: ANN401  # a row of inputs
    """Refuse a model whose answer is not that of its last layer."""
    whole = [float(y) for y in _listed(model(x))]
    if not np.allclose(whole, [float(y) for y in last], equal_nan=True):
        message = (
            f"{type(model).__name__} answers {whole} to the first row, and its layers, one after the other, "
            f"{[float(y) for y in last]}: give the layers to look at one by one, each as a model, with its own inputs"
        )
        raise ValueError(message)


def _listed(answer: Any) -> list[Any]:  # noqa: ANN401  # a number, a Value or several
    """Return an answer as a list."""
    return list(answer) if isinstance(answer, Iterable) else [answer]


def _activation(row: Sequence[Any]) -> str:
    """Return the operation that the neurons of a layer end with, if it is an activation."""
    operations = [getattr(y, "row", None) for y in row]
    names = {"" if operation is None else operation.name for operation in operations}
    name = names.pop() if len(names) == 1 else ""
    return name if name in ACTIVATIONS and name not in PLAIN else ""


def _method(layer: Any, method: str, name: str) -> Callable[..., Any]:  # noqa: ANN401  # a layer of any make
    """Return a method of a layer, or say that it is missing."""
    found: Callable[..., Any] | None = getattr(layer, method, None)
    if found is None:
        message = f"{name} must have a method {method}(), which lists its parameters; got {type(layer).__name__}"
        raise TypeError(message)
    return found
