"""The same step as in moons.py, with the network written out: a node for each product and for each addition."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from moons import report
from timing import run

from micrograd.engine import Value

if TYPE_CHECKING:
    from collections.abc import Sequence


class Neuron:
    """A weighted sum, one product and one addition at a time."""

    def __init__(self, nin: int, *, nonlin: bool) -> None:
        self.w = [Value(random.uniform(-1, 1)) for _ in range(nin)]
        self.b = Value(0.0)
        self.nonlin = nonlin

    def __call__(self, x: Sequence[Value]) -> Value:
        """Return the output, after relu if there is to be one."""
        total = sum((wi * xi for wi, xi in zip(self.w, x, strict=True)), self.b)
        return total.relu() if self.nonlin else total

    def parameters(self) -> list[Value]:
        """Return the weights and the bias."""
        return [*self.w, self.b]


class Layer:
    """Neurons that see the same inputs."""

    def __init__(self, nin: int, nout: int, *, nonlin: bool) -> None:
        self.neurons = [Neuron(nin, nonlin=nonlin) for _ in range(nout)]

    def __call__(self, x: Sequence[Value]) -> list[Value]:
        """Return the output of each neuron."""
        return [neuron(x) for neuron in self.neurons]

    def parameters(self) -> list[Value]:
        """Return the parameters of all neurons."""
        return [p for neuron in self.neurons for p in neuron.parameters()]


class Network:
    """Layers, each fed with the one before."""

    def __init__(self) -> None:
        self.layers = [Layer(2, 16, nonlin=True), Layer(16, 16, nonlin=True), Layer(16, 1, nonlin=False)]

    def __call__(self, x: list[Value]) -> Value:
        """Return the score of a sample."""
        for layer in self.layers:
            x = layer(x)
        return x[0]

    def parameters(self) -> list[Value]:
        """Return the parameters of all layers."""
        return [p for layer in self.layers for p in layer.parameters()]

    def zero_grad(self) -> None:
        """Set the gradients to 0."""
        for p in self.parameters():
            p.grad = 0.0


if __name__ == "__main__":
    run(lambda: report(Network))
