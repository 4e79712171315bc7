"""Predictor: a trained network with all that lies between a row of a table and its prediction."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from micrograd import functions
from micrograd.data import Standardizer
from micrograd.encoder import Encoder
from micrograd.engine import Value
from micrograd.nn import MLP, Layer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from micrograd.table import Table

__all__ = ["Predictor", "forward"]

TWO_CLASSES = 2  # one logit tells them apart, so the network has one output


@dataclass(frozen=True)
class Predictor:
    """A trained network, and all that lies between the rows of a table and their predictions.

    Attributes:
        network: takes standardised inputs, and gives a standardised number, the logit of the second of two
            classes, or a logit for each of more classes.
        encoder: how the columns become inputs, and what the classes are called.
        inputs: mean and scale of every input.
        target: mean and scale of the number to predict; None for classes.

    Raises:
        ValueError: the parts do not fit together, or a parameter is not finite.

    Example:
        >>> from micrograd.encoder import Feature
        >>> encoder = Encoder((Feature("size", None),), "price", None)
        >>> model = Predictor(MLP(1, [1], last="linear", init=0.0), encoder, Standardizer((80.0,), (10.0,)),
        ...     Standardizer((200.0,), (50.0,)))
        >>> model.numbers([[75.0]])
        [200.0]
    """

    network: MLP
    encoder: Encoder
    inputs: Standardizer
    target: Standardizer | None

    def __post_init__(self) -> None:
        """Refuse parts that cannot belong together."""
        if problem := _misfit(self):
            message = f"these parts make no predictor: {problem}"
            raise ValueError(message)

    def outputs(self, rows: Sequence[Sequence[float]]) -> list[list[float]]:
        """Return what the network answers to each row of inputs, given in their own units."""
        return forward(self.network, self.inputs.transform(rows))

    def probabilities(self, rows: Sequence[Sequence[float]]) -> list[list[float]]:
        """Return the probability of each class for each row of inputs; they sum to 1."""
        if len(self.encoder.classes or ()) == TWO_CLASSES:
            return [[functions.sigmoid(-logit), functions.sigmoid(logit)] for (logit,) in self.outputs(rows)]
        return [functions.softmax(logits) for logits in self.outputs(rows)]

    def numbers(self, rows: Sequence[Sequence[float]]) -> list[float]:
        """Return the predicted number, in the units of the target, for each row of inputs.

        Raises:
            TypeError: this predictor tells classes.
        """
        if self.target is None:
            message = f"{self.encoder.target} has classes, not numbers: ask for probabilities"
            raise TypeError(message)
        return [number for (number,) in self.target.inverse(self.outputs(rows))]

    def predict(self, table: Table) -> list[tuple[str, float]] | list[float]:
        """Return for each row of a table the likeliest class with its probability, or the number.

        Args:
            table: has the columns that the predictor was trained on; others are ignored.

        Raises:
            InputError: such a column is not there, or a cell in it is missing, no number or an unknown level.
        """
        rows = self.encoder.inputs(table)
        if self.encoder.classes is None:
            return self.numbers(rows)
        return [likeliest(self.encoder.classes, row) for row in self.probabilities(rows)]

    def to_dict(self) -> dict[str, Any]:
        """Return the predictor as dicts, lists, texts and numbers, ready for JSON.

        Example:
            >>> from micrograd.encoder import Feature
            >>> encoder = Encoder((Feature("a", None),), "b", ("no", "yes"))
            >>> model = Predictor(MLP(1, [1], init=0.5), encoder, Standardizer((0.0,), (1.0,)), None)
            >>> list(model.to_dict())
            ['layers', 'encoder', 'inputs', 'target']
        """
        return {
            "layers": [_layer_to_dict(layer) for layer in self.network.layers],
            "encoder": self.encoder.to_dict(),
            "inputs": self.inputs.to_dict(),
            "target": None if self.target is None else self.target.to_dict(),
        }

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Predictor:
        """Return the predictor that `to_dict` wrote.

        Raises:
            KeyError: an entry is missing.
            TypeError: an entry is of another type.
            ValueError: an entry is out of its range, or entries do not fit together.
        """
        target = state["target"]
        return cls(
            _network([_layer_from_dict(layer) for layer in state["layers"]]),
            Encoder.from_dict(state["encoder"]),
            Standardizer.from_dict(state["inputs"]),
            None if target is None else Standardizer.from_dict(target),
        )


def forward(network: MLP, rows: Sequence[Sequence[float]]) -> list[list[float]]:
    """Return the numbers that a network gives for each row, without their graphs and so in much less time.

    Args:
        network: has nin inputs and nout outputs.
        rows: n rows of nin numbers, standardised if those that it was trained on were.

    Returns:
        n rows of nout numbers, which may differ from those of the graph in the last digit.

    Example:
        >>> forward(MLP(2, [1], last="linear", init=0.0), [[1.0, 2.0]])
        [[0.0]]
    """
    x = np.array(rows, dtype=float).reshape(len(rows), network.sz[0])
    with np.errstate(all="ignore"):  # a network that diverged answers with nan or infinities
        for layer in network.layers:
            x = _activated(layer, x @ _weights(layer).T + _biases(layer))
    answers: list[list[float]] = x.tolist()
    return answers


def _misfit(model: Predictor) -> str:
    """Return what keeps the parts of a predictor from working together, or nothing."""
    nin, nout = model.network.sz[0], model.network.sz[-1]
    classes = len(model.encoder.classes or ())
    columns = len(model.encoder.input_names)
    if not columns == nin == len(model.inputs.mean):
        return f"{columns} inputs are encoded, {len(model.inputs.mean)} standardised, {nin} wanted by the network"
    if classes == 1 or nout != (classes if classes > TWO_CLASSES else 1):
        return f"the network has {nout} outputs for {classes or 'no'} classes"
    if (classes == 0) != (model.target is not None and len(model.target.mean) == 1):
        return "a number needs the mean and the scale of the target, classes have none"
    if not all(math.isfinite(p.data) for p in model.network.parameters()):
        return "a parameter of the network is not finite"
    return ""


def likeliest(classes: Sequence[str], probabilities: Sequence[float]) -> tuple[str, float]:
    """Return the class of the highest probability, and that probability."""
    best = max(range(len(classes)), key=probabilities.__getitem__)
    return classes[best], probabilities[best]


def _weights(layer: Layer) -> NDArray[np.float64]:
    """Return the weights of a layer, a row for each neuron."""
    return np.array([[w.data for w in neuron.w] for neuron in layer.neurons])


def _biases(layer: Layer) -> NDArray[np.float64]:
    """Return the biases of a layer, 0 where it has none."""
    return np.array([0.0 if neuron.b is None else neuron.b.data for neuron in layer.neurons])


_FAST: dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    "linear": lambda x: x,
    "identity": lambda x: x,
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0.0),
    "sin": np.sin,
}


def _activated(layer: Layer, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the activation of a layer of each number in an array."""
    name = layer.neurons[0].activation
    if name in _FAST:
        return _FAST[name](x)
    return np.array(np.frompyfunc(getattr(functions, name), 1, 1)(x), dtype=float)


def _layer_to_dict(layer: Layer) -> dict[str, Any]:
    """Return a layer as its activation, its weights, a row for each neuron, and its biases, if any."""
    neurons = layer.neurons
    return {
        "activation": neurons[0].activation,
        "weights": [[w.data for w in neuron.w] for neuron in neurons],
        "biases": None if neurons[0].b is None else [0.0 if n.b is None else n.b.data for n in neurons],
    }


def _layer_from_dict(state: Mapping[str, Any]) -> Layer:
    """Return the layer that `_layer_to_dict` wrote."""
    weights, biases = state["weights"], state["biases"]
    layer = Layer(len(weights[0]), len(weights), activation=state["activation"], bias=biases is not None, init=0.0)
    for neuron, row in zip(layer.neurons, weights, strict=True):
        neuron.w = [Value(float(w)) for w in row]
    if biases is not None:
        for neuron, bias in zip(layer.neurons, biases, strict=True):
            neuron.b = Value(float(bias))
    return layer


def _network(layers: list[Layer]) -> MLP:
    """Return a network of these layers."""
    widths = [len(layer.neurons) for layer in layers]
    network = MLP(len(layers[0].neurons[0].w), widths, init=0.0)
    for layer, nin in zip(layers, network.sz, strict=False):
        if any(len(neuron.w) != nin for neuron in layer.neurons):
            message = f"a layer that follows {nin} numbers has other numbers of weights"
            raise ValueError(message)
    network.layers = layers
    return network
