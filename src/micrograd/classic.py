"""The classic design in small, as a yardstick: a closure for each node, a set of parents, a recursive walk."""

from __future__ import annotations

import gc
import math
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from micrograd.nn import MLP

__all__ = ["Network", "Node", "step_seconds"]

DEEP = 20_000  # nodes on top of each other that the recursion may meet, where Python allows 1000
SMALL = 1e-6  # a learning rate that changes nothing much


class Node:
    """A number that knows, by a closure of its own, how to pass its gradient on; it serves measurements only.

    Example:
        >>> x = Node(3.0)
        >>> (x * x + 1.0).backward()
        >>> x.grad
        6.0
    """

    def __init__(self, data: float, parents: tuple[Node, ...] = (), op: str = "") -> None:
        self.data, self.grad = data, 0.0
        self.pass_on: Callable[[], None] = lambda: None
        self.parents, self.op = set(parents), op

    def __add__(self, other: Node | float) -> Node:
        """Return self + other."""
        y = other if isinstance(other, Node) else Node(other)
        out = Node(self.data + y.data, (self, y), "+")

        def pass_on() -> None:
            self.grad += out.grad
            y.grad += out.grad

        out.pass_on = pass_on
        return out

    def __mul__(self, other: Node | float) -> Node:
        """Return self * other."""
        y = other if isinstance(other, Node) else Node(other)
        out = Node(self.data * y.data, (self, y), "*")

        def pass_on() -> None:
            self.grad += y.data * out.grad
            y.grad += self.data * out.grad

        out.pass_on = pass_on
        return out

    __radd__, __rmul__ = __add__, __mul__

    def mapped(self, data: float, slope: float, op: str) -> Node:
        """Return a function of this number, of which its value and its derivative here are known."""
        out = Node(data, (self,), op)

        def pass_on() -> None:
            self.grad += slope * out.grad

        out.pass_on = pass_on
        return out

    def tanh(self) -> Node:
        """Return the hyperbolic tangent."""
        t = math.tanh(self.data)
        return self.mapped(t, 1.0 - t * t, "tanh")

    def relu(self) -> Node:
        """Return the number where it is above 0, else 0."""
        return self.mapped(max(self.data, 0.0), float(self.data > 0.0), "relu")

    def softplus(self) -> Node:
        """Return log(1 + exp(x))."""
        sigmoid = 0.5 + 0.5 * math.tanh(0.5 * self.data)
        return self.mapped(max(self.data, 0.0) + math.log1p(math.exp(-abs(self.data))), sigmoid, "softplus")

    def backward(self) -> None:
        """Add to the gradient of every number below the derivative of this one by it."""
        order: list[Node] = []
        seen: set[Node] = set()

        def visit(node: Node) -> None:
            if node not in seen:
                seen.add(node)
                for parent in node.parents:
                    visit(parent)
                order.append(node)

        visit(self)
        self.grad = 1.0
        for node in reversed(order):
            node.pass_on()


class Network:
    """A copy of an MLP that computes with these nodes, each weight times its input and each sum a node."""

    def __init__(self, network: MLP) -> None:
        self.layers = [
            [
                ([Node(w.data) for w in neuron.w], Node(0.0 if neuron.b is None else neuron.b.data), neuron.activation)
                for neuron in layer.neurons
            ]
            for layer in network.layers
        ]

    def parameters(self) -> list[Node]:
        """Return every weight and bias, in the order of the MLP."""
        return [p for layer in self.layers for weights, bias, _ in layer for p in (*weights, bias)]

    def __call__(self, x: Sequence[Node | float]) -> list[Node]:
        """Return the list of the outputs."""
        outs: list[Node] = []
        for layer in self.layers:
            outs = [_neuron(*neuron, outs or x) for neuron in layer]
        return outs


def _neuron(weights: Sequence[Node], bias: Node, activation: str, x: Sequence[Node | float]) -> Node:
    """Return the output of a neuron."""
    total = bias
    for weight, number in zip(weights, x, strict=True):
        total = total + weight * number
    if activation == "linear":
        return total
    out: Node = getattr(total, activation)()
    return out


def step_seconds(network: Network, loss: Callable[[Network], Node], steps: int) -> float:
    """Return the mean time of a step of gradient descent: the loss, its gradients, the move.

    Args:
        network: is moved a little.
        loss: builds the loss of a network.
        steps: how many to measure, 1 or more.
    """
    parameters, limit = network.parameters(), sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, DEEP))
    gc.collect()
    gc.freeze()  # what other libraries keep in memory must not burden the garbage collector here
    start = time.perf_counter()
    try:
        for _ in range(steps):
            _descend(loss(network), parameters)
        return (time.perf_counter() - start) / steps
    finally:
        gc.unfreeze()
        sys.setrecursionlimit(limit)


def _descend(loss: Node, parameters: Sequence[Node]) -> None:
    """Move the parameters a little against the gradient of the loss."""
    for p in parameters:
        p.grad = 0.0
    loss.backward()
    for p in parameters:
        p.data -= SMALL * p.grad
