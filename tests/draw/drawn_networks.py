"""Networks as the lecture writes them, node by node, and losses on them, for the tests of drawings."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from micrograd.engine import Value
from micrograd.module import Module

if TYPE_CHECKING:
    from collections.abc import Sequence

XS = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
YS = [1.0, -1.0, -1.0, 1.0]


class LectureNeuron(Module):
    """A neuron that adds its products one by one, starting at the bias."""

    def __init__(self, nin: int) -> None:
        self.w = [Value(random.uniform(-1, 1)) for _ in range(nin)]
        self.b = Value(random.uniform(-1, 1))

    def __call__(self, x: Any) -> Value:  # noqa: ANN401  # numbers or Values
        """Return tanh(b + w · x)."""
        total: Value = sum((wi * xi for wi, xi in zip(self.w, x, strict=True)), self.b)
        return total.tanh()


class LectureLayer(Module):
    """A list of such neurons."""

    def __init__(self, nin: int, nout: int) -> None:
        self.neurons = [LectureNeuron(nin) for _ in range(nout)]

    def __call__(self, x: Any) -> Any:  # noqa: ANN401  # a Value or a list
        """Return the outputs, of a single neuron the output itself."""
        outs = [neuron(x) for neuron in self.neurons]
        return outs[0] if len(outs) == 1 else outs


class LectureMLP(Module):
    """Such layers one after the other."""

    def __init__(self, nin: int, nouts: Sequence[int]) -> None:
        sizes = [nin, *nouts]
        self.layers = [LectureLayer(*pair) for pair in zip(sizes, nouts, strict=False)]

    def __call__(self, x: Any) -> Any:  # noqa: ANN401  # a Value or a list
        """Return the outputs of the last layer."""
        for layer in self.layers:
            x = layer(x)
        return x


def squared_error(model: Any) -> Value:  # noqa: ANN401  # any network
    """Return the lecture's loss on its four samples."""
    loss: Value = sum((model(x) - y) ** 2 for x, y in zip(XS, YS, strict=True))
    return loss


def hinge_with_penalty(model: Any, n: int) -> Value:  # noqa: ANN401  # any network
    """Return the loss of the moons demo on n random samples of two numbers."""
    rng = random.Random(0)
    xs = [[rng.uniform(-1, 1), rng.uniform(-1, 1)] for _ in range(n)]
    losses = [(1 + -rng.choice([-1, 1]) * model(x)).relu() for x in xs]
    penalty: Value = 1e-4 * sum(p * p for p in model.parameters())
    loss: Value = sum(losses) * (1.0 / n) + penalty
    return loss


def long_chain(n: int) -> Value:
    """Return x after n times x ← x / 2 + 1."""
    x = Value(0.0, label="x")
    for _ in range(n):
        x = x * 0.5 + 1.0
    return x


def tangle(n: int) -> Value:
    """Return a value computed without plan or pattern from 20 others in n steps."""
    rng = random.Random(0)
    nodes = [Value(rng.uniform(-1, 1), label=f"x{i}") for i in range(20)]
    for _ in range(n):
        nodes.append(rng.choice(nodes[-60:]) * rng.choice(nodes) + rng.choice(nodes[-20:]))
    out: Value = sum(nodes[-8:], start=nodes[0])
    return out
