"""Loops with one illness of network, loss or numbers each, and the same loops without it: each is told which to be."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, Any

from loops import XS, YS, descend, error, network

from micrograd import MLP, Layer, Value, mean, relu, sigmoid, softmax
from micrograd.data import Standardizer, moons
from micrograd.losses import binary_cross_entropy, cross_entropy, squared_error

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def saturated(*, sick: bool) -> None:
    """Begin with weights that are far too large; or with the usual ones."""
    model = network(init=10.0 if sick else "uniform", seed=2)
    descend(lambda: error(model), model.parameters())


def dead(*, sick: bool) -> None:
    """Begin with biases that keep ReLU at 0; or without."""
    points, classes = moons(30, noise=0.1, seed=1)
    model = MLP(2, [8, 8, 1], activation="relu", init="kaiming", rng=random.Random(1))
    if sick:
        for n in model.layers[0].neurons[:6] + model.layers[1].neurons[:6]:
            n.parameters()[-1].data = -9.0  # the bias
    descend(lambda: binary_cross_entropy([model(p) for p in points], classes), model.parameters())


def linear_layers(*, sick: bool) -> None:
    """Leave out what stands between layers; or one layer after tanh, and an outer scale."""
    inner, outer = Layer(3, 4, activation="linear", rng=random.Random(1)), Layer(4, 1, activation="linear")

    def model(x: list[float]) -> Any:  # noqa: ANN401  # a Value
        hidden = inner(x)
        return outer(hidden if sick else [n.tanh() for n in hidden])

    descend(lambda: error(model), [*inner.parameters(), *outer.parameters()], rate=0.01)


def linear_layers_of_sums(*, sick: bool) -> None:
    """Do the same, neuron by neuron with Python's own sum, as in the lecture."""
    rng = random.Random(1)
    inner = [[Value(rng.uniform(-1, 1)) for _ in range(4)] for _ in range(3)]
    outer = [Value(rng.uniform(-1, 1)) for _ in range(4)]

    def neuron(w: list[Value], x: Sequence[Any]) -> Value:
        return sum((wi * xi for wi, xi in zip(w, x, strict=False)), w[-1])

    def model(x: list[float]) -> Value:
        hidden = [neuron(w, x) for w in inner]
        return neuron(outer, hidden if sick else [n.relu() for n in hidden])

    descend(lambda: error(model), [p for w in [*inner, outer] for p in w], rate=0.01)


def softmax_twice(*, sick: bool) -> None:
    """Feed probabilities to a cross-entropy from logits; or logits."""
    model = network(nouts=(4, 3), last="linear")
    descend(
        lambda: cross_entropy([softmax(model(x)) if sick else model(x) for x in XS], [0, 1, 1, 2]),
        model.parameters(),
    )


def softmax_twice_by_hand(*, sick: bool) -> None:
    """Do the same with exponentials and quotients."""
    model = network(nouts=(4, 3), last="linear")

    def normal(xs: Sequence[Value]) -> list[Value]:
        exps = [x.exp() for x in xs]
        total = sum(exps)
        return [e / total for e in exps]

    def loss() -> Value:
        rows = [normal(model(x)) for x in XS]
        rows = [normal(row) for row in rows] if sick else rows
        likelihood: Value = mean([row[k].log() for row, k in zip(rows, [0, 1, 1, 2], strict=True)])
        return -likelihood

    descend(loss, model.parameters())


def sigmoid_twice(*, sick: bool) -> None:
    """Feed a probability to a cross-entropy from logits; or a logit."""
    model = network(nouts=(4, 1), last="linear")
    descend(
        lambda: binary_cross_entropy([sigmoid(model(x)) if sick else model(x) for x in XS], [1, 0, 0, 1]),
        model.parameters(),
    )


def hinge_of_labels(*, sick: bool) -> None:
    """Use labels 0 and 1 in a margin loss; or -1 and 1."""
    model = network(nouts=(4, 1), last="linear")
    targets = [1, 0, 0, 1] if sick else [1, -1, -1, 1]
    descend(lambda: mean([relu(1 + -y * model(x)) for x, y in zip(XS, targets, strict=True)]), model.parameters())


def raw_inputs(*, sick: bool) -> None:
    """Feed pixels from 0 to 255 and years; or standardised ones."""
    rows = [[120.0, 1987.0, 3.0], [250.0, 2001.0, 1.0], [5.0, 1999.0, 2.0], [64.0, 2010.0, 2.5]]
    rows = rows if sick else Standardizer.fit(rows).transform(rows)
    model = network(seed=3)
    descend(lambda: squared_error([model(x) for x in rows], YS), model.parameters(), rate=0.01)


def all_alike(*, sick: bool) -> None:
    """Begin with all weights the same; or only those of a single layer at 0, which part at once."""
    model = network(nouts=(4, 1) if sick else (3,), last="linear")
    for p in model.parameters():
        p.data = 0.5 if sick else 0.0
    if sick:
        descend(lambda: error(model), model.parameters(), rate=0.01)
    else:
        descend(lambda: cross_entropy([model(x) for x in XS], [0, 1, 1, 2]), model.parameters())


def logarithm_of_zero(*, sick: bool) -> None:
    """Take the logarithm of a probability that reaches 0; or of one that does not."""
    w, b = Value(1.0), Value(-2.0)
    for step in range(5):
        p = sigmoid(w * (-800.0 if sick and step == 3 else 1.0) + b)
        w.grad = b.grad = 0.0
        (-p.log()).backward()
        for q in (w, b):
            q.data -= 0.1 * q.grad


def overflow(*, sick: bool) -> None:
    """Take an exponential of 1000; or of 1."""
    w, b = Value(1.0), Value(0.0)
    descend(lambda: ((w * (1000.0 if sick else 1.0) + b).exp() - 1.0) ** 2, [w, b], steps=3, rate=0.01)


def thrown_out(*, sick: bool) -> None:
    """Diverge until numbers end; or not."""
    w, b = Value(1.0), Value(0.5)
    descend(lambda: (w * 3 + b - 1) ** 4 + b * b, [w, b], rate=1.0 if sick else 0.0001, steps=8)


def infinite_slope(*, sick: bool) -> None:
    """Take the square root of 0, whose slope is infinite; or of something above."""
    w, b = Value(0.0), Value(0.0)
    offset = 0.0 if sick else 1e-6

    def loss() -> Value:
        return (w * w + b * b + offset).sqrt()

    descend(loss, [w, b], steps=3)


def broken_data(*, sick: bool) -> None:
    """Have a nan among the data; or not."""
    model = network()
    rows = [*XS[:3], [1.0, math.nan if sick else 1.0, -1.0]]
    descend(lambda: squared_error([model(x) for x in rows], YS), model.parameters(), steps=3)


NETWORKS: dict[Callable[..., None], str] = {
    saturated: "tanh is saturated",
    dead: "ReLU neurons are dead",
    linear_layers: "there is no nonlinearity between layers",
    linear_layers_of_sums: "there is no nonlinearity between layers",
    softmax_twice: "softmax is applied twice",
    softmax_twice_by_hand: "softmax is applied twice",
    sigmoid_twice: "sigmoid is applied twice",
    hinge_of_labels: "the margin loss has targets of 0 and 1",
    raw_inputs: "the inputs are not standardised",
    all_alike: "the neurons of a layer are all alike",
    logarithm_of_zero: "a number is not finite",
    overflow: "a number is not finite",
    thrown_out: "a number is not finite",
    infinite_slope: "a gradient is not finite",
    broken_data: "a number is not finite",
}
