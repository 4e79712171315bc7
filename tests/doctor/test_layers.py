"""Layers: how they are found, what is wrong with them, and what only looks like it; what goes into them and out."""

from __future__ import annotations

import random
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from loops import XS, YS, descend, error, network
from sick_networks import saturated
from watched import findings, kinds

from micrograd import MLP, Value, dot, maximum, mean, relu, sigmoid, tanh
from micrograd.data import moons
from micrograd.losses import binary_cross_entropy, cross_entropy, l2, squared_error
from micrograd.optim import Adam

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DEAD, SATURATED, RAW = "ReLU neurons are dead", "tanh is saturated", "the inputs are not standardised"
LINEAR, ALIKE = "there is no nonlinearity between layers", "the neurons of a layer are all alike"
TWICE, MARGIN = "sigmoid is applied twice", "the margin loss has targets of 0 and 1"


def uniform(n: int, seed: int = 1) -> list[Value]:
    """Return n parameters."""
    rng = random.Random(seed)
    return [Value(rng.uniform(-1.0, 1.0)) for _ in range(n)]


@pytest.mark.parametrize("between", [lambda x: x, tanh], ids=["nothing", "tanh"])
@pytest.mark.parametrize("bias_first", [False, True])
def test_dot_products_and_biases_are_neurons(between: Callable[[Value], Value], *, bias_first: bool) -> None:
    """Two layers of `dot(w, x) + b` are seen to be one where nothing is between them."""
    weights, biases = [uniform(3, seed) for seed in range(4)], uniform(4, 9)
    last, bias = uniform(4, 5), Value(0.0)

    def model(x: list[float]) -> Any:  # noqa: ANN401  # a Value
        sums = [b + dot(w, x) if bias_first else dot(w, x) + b for w, b in zip(weights, biases, strict=True)]
        return dot(last, [between(s) for s in sums]) + bias

    parameters = [p for w in [*weights, biases, last, [bias]] for p in w]
    found = kinds(lambda: descend(lambda: error(model), parameters, rate=0.001))
    assert found == ([LINEAR] if between is not tanh else [])


def a_layer_of_relu(  # noqa: PLR0913  # each is one thing that a layer may be
    *, n: int, batch: int, steps: int, bias: float, alpha: float = 0.0, by_hand: bool = False
) -> None:
    """Train a hidden layer of n neurons that begin with a bias."""
    points, classes = moons(16, noise=0.1, seed=1)
    weights, biases, last, c = (
        [uniform(2, seed) for seed in range(n)],
        [Value(bias) for _ in range(n)],
        uniform(n),
        Value(0.0),
    )
    parameters = [p for w in [*weights, biases, last, [c]] for p in w]
    activation: Callable[[Value], Any] = (lambda x: maximum(x, 0.0)) if by_hand else relu
    for step in range(steps):
        rows = [(step * batch + i) % 16 for i in range(batch)]
        hidden = [[activation(dot(w, points[k]) + b) for w, b in zip(weights, biases, strict=True)] for k in rows]
        loss = binary_cross_entropy([dot(last, h, c) for h in hidden], [classes[k] for k in rows]) + l2(
            parameters, alpha
        )
        for p in parameters:
            p.grad = 0.0
        loss.backward()
        for p in parameters:
            p.data -= 0.1 * p.grad


@pytest.mark.parametrize(
    "layer",
    [
        {"n": 8, "batch": 16, "steps": 30, "by_hand": True},
        {"n": 3, "batch": 16, "steps": 30},
        {"n": 8, "batch": 16, "steps": 15},
        {"n": 8, "batch": 4, "steps": 60},
        {"n": 8, "batch": 1, "steps": 200},
        {"n": 3, "batch": 16, "steps": 20, "alpha": 1e-4},
    ],
    ids=["maximum", "three", "short", "batches of four", "one by one", "with a penalty"],
)
def test_a_layer_that_is_dead(layer: dict[str, Any]) -> None:
    """However small it is, and the batches are; one that begins as it should is well."""
    assert kinds(partial(a_layer_of_relu, bias=-10.0, **layer)) == [DEAD]
    assert not kinds(partial(a_layer_of_relu, bias=0.5, **layer))


def test_one_dead_layer_of_two() -> None:
    """Half of all neurons are silent, and nothing gets through."""
    points, classes = moons(16, noise=0.1, seed=1)

    def train(bias: float) -> None:
        model = MLP(2, [8, 8, 1], activation="relu", last="linear", rng=random.Random(1))
        for neuron in model.layers[1].neurons:
            neuron.b.data = bias  # type: ignore[union-attr]
        loss = lambda: binary_cross_entropy([model(p) for p in points], classes) + l2(model.parameters())  # noqa: E731
        descend(loss, model.parameters(), rate=0.1)

    assert kinds(partial(train, -50.0)) == [DEAD]
    assert not kinds(partial(train, 0.0))


def test_penalties_that_are_kept_are_well() -> None:
    """ReLU that goes into the loss, and into no further layer, gives 0 where all is as it should be."""
    ps = [Value(0.5) for _ in range(6)]
    rng = random.Random(1)
    rows = [[rng.uniform(-1.0, 1.0) for _ in ps] for _ in range(10)]

    def loss() -> Value:
        excess = [relu(p * x - 2.0) for row in rows for p, x in zip(ps, row, strict=True)]
        value: Value = mean([(dot(ps, row) - 1.0) ** 2 for row in rows]) + mean(excess)
        return value

    assert not kinds(lambda: descend(loss, ps, rate=0.1, steps=40))


def test_a_steep_gate_is_well() -> None:
    """One tanh of one number is meant to be steep; a layer of such is not."""
    rng = random.Random(1)
    data = [(rng.gauss(0.0, 1.0), rng.gauss(0.0, 1.0)) for _ in range(20)]

    def train(n: int) -> None:
        gates = [(Value(1.0), Value(k / n - 0.1)) for k in range(n)]
        loss = lambda: mean([(mean([a * (20.0 * (x - b)).tanh() for a, b in gates]) - y) ** 2 for x, y in data])  # noqa: E731
        descend(loss, [p for gate in gates for p in gate], rate=0.01, steps=30)

    assert not kinds(partial(train, 1))
    assert kinds(partial(saturated, sick=True)) == [SATURATED]


def raw_units(rate: float) -> None:
    """Fit a length in metres over degrees Celsius."""
    length, slope = Value(1.0), Value(0.0)
    optimizer = Adam([length, slope], lr=rate)
    for _ in range(100):
        loss = mean([(length + slope * t - (2.0 + 0.05 * t)) ** 2 for t in range(0, 101, 10)])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def test_raw_units_are_well_where_they_do_no_harm() -> None:
    """The loss falls; where it hardly does, the inputs are named."""
    assert not kinds(partial(raw_units, 0.05))
    assert kinds(partial(raw_units, 1e-6)) == [RAW]
    points = [(10.0, 8.0), (20.0, 11.0), (50.0, 20.0), (80.0, 29.0)]

    def plain(rate: float) -> None:
        a, b = Value(0.0), Value(0.0)
        descend(lambda: mean([(a * x + b - y) ** 2 for x, y in points]), [a, b], rate=rate, steps=30)

    assert not kinds(partial(plain, 2e-4))
    assert kinds(partial(plain, 1e-3)) == [RAW]


def test_raw_units_one_sample_a_step() -> None:
    """The columns are put together from several graphs."""

    def train(scale: float) -> None:
        model = MLP(2, [4, 1], rng=random.Random(1))
        rows = [[120.0 * scale, 1987.0 * scale], [-250.0 * scale, 201.0 * scale], [5.0 * scale, -1999.0 * scale]]
        for step in range(24):
            loss = (model(rows[step % 3]) - YS[step % 3]) ** 2
            model.zero_grad()
            loss.backward()
            for p in model.parameters():
                p.data -= 0.02 * p.grad

    assert kinds(partial(train, 1.0)) == [RAW]
    assert not kinds(partial(train, 0.001))


def test_weights_of_zero_get_no_gradient() -> None:
    """A network of zeros does not move where its classes are balanced; zeros in the last layer only part at once."""

    def train(*, first: bool) -> None:
        model = network(nouts=(4, 1))
        for p in model.parameters() if first else model.layers[1].parameters():
            p.data = 0.0
        descend(lambda: error(model), model.parameters())

    assert kinds(partial(train, first=True)) == [ALIKE]
    assert not kinds(partial(train, first=False))


def test_a_last_layer_of_zeros_before_its_first_move_is_well() -> None:
    """A rate that begins at 0 moves nothing, but the gradients are not alike."""
    model = MLP(3, [4, 3], last="linear", rng=random.Random(1))
    for p in model.layers[1].parameters():
        p.data = 0.0

    def train() -> None:
        for step in range(12):
            loss = cross_entropy([model(x) for x in XS], [0, 1, 1, 2])
            model.zero_grad()
            loss.backward()
            for p in model.parameters():
                p.data -= 0.01 * max(0, step - 2) * p.grad

    assert not kinds(train)


SIGMOIDS: dict[str, Callable[[Value], Value]] = {
    "sigmoid": sigmoid,
    "quotient": lambda z: 1.0 / (1.0 + (-z).exp()),
    "power": lambda z: ((-z).exp() + 1.0) ** -1,
}


@pytest.mark.parametrize("name", SIGMOIDS)
def test_sigmoids_are_known_however_they_are_written(name: str) -> None:
    """Before a cross-entropy of logits, or before another sigmoid; once is right."""
    model, once = network(nouts=(4, 1), last="linear"), SIGMOIDS[name]
    classes = [1, 0, 0, 1]

    def of_probabilities(ps: Sequence[Value]) -> Value:
        value: Value = -mean([p.log() if y else (1.0 - p).log() for p, y in zip(ps, classes, strict=True)])
        return value

    losses: list[tuple[Callable[[], Value], list[str]]] = [
        (lambda: binary_cross_entropy([once(model(x)) for x in XS], classes), [TWICE]),
        (lambda: of_probabilities([sigmoid(once(model(x))) for x in XS]), [TWICE]),
        (lambda: of_probabilities([once(model(x)) for x in XS]), []),
    ]
    for loss, expected in losses:
        assert kinds(lambda loss=loss: descend(loss, model.parameters())) == expected  # type: ignore[misc]


@pytest.mark.parametrize(
    "margin",
    [
        lambda y, s: maximum(0.0, 1.0 - y * s),
        lambda y, s: maximum(1.0 - y * s, 0.0),
        lambda y, s: relu(-(y * s) + 1.0),
        lambda y, s: relu(1.0 - y * s) ** 2,
    ],
)
def test_margins_are_known_however_they_are_written(margin: Callable[[float, Value], Value]) -> None:
    """Labels 0 and 1 are found, and -1 and 1 are right."""
    model = network(nouts=(4, 1), last="linear")
    for labels, expected in (([1, 0, 0, 1], [MARGIN]), ([1, -1, -1, 1], [])):
        loss = lambda labels=labels: mean([margin(y, model(x)) for x, y in zip(XS, labels, strict=True)])  # noqa: E731
        assert kinds(lambda loss=loss: descend(loss, model.parameters())) == expected  # type: ignore[misc]


def test_a_unit_that_looks_like_a_margin_is_well() -> None:
    """What is compared with a target is a prediction, and its factors of 0 and 1 are inputs."""
    w = [Value(0.3), Value(0.6)]
    rows = [(0.0, 1.0), (1.0, 0.2), (1.0, 0.1), (0.0, 1.0)]
    loss = lambda: squared_error([relu(1.0 - x * (w[0] * w[1])) for x, _ in rows], [y for _, y in rows])  # noqa: E731
    assert not kinds(lambda: descend(loss, w, rate=0.1, steps=30))


def test_what_is_said_counts_what_was_seen() -> None:
    """The sentence about a dead layer has its neurons and its samples."""
    text = findings(partial(a_layer_of_relu, n=8, batch=4, steps=60, bias=-10.0))[0].text
    assert "8 of 8 ReLU neurons gave 0 for each of 4 samples" in text
    assert "a whole layer" in text
