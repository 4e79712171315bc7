"""Results: what a compiled function with several outputs returns, and how gradients come back from them.

The outputs of a call hang on one node, the call itself. Each leaves its gradient there as a seed, and the call turns
all seeds into the gradients of its parents, by one run of a program.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from micrograd.engine import Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


class _Rule:
    """What stands in for the local derivatives of a node.

    Args:
        node: the node; held weakly, since it holds the rule.
    """

    def __init__(self, node: Value) -> None:
        self._node = weakref.ref(node)

    def __call__(self) -> None:
        """Add to the gradient of every parent of the node."""
        node = self._node()
        if node is not None:
            for parent, share in zip(node.parents, self.shares(node.grad), strict=True):
                parent.grad += share

    def shares(self, gradient: float) -> list[float]:
        """Return what the gradient of the node adds to that of each parent."""
        raise NotImplementedError


class _Call(_Rule):
    """The rule of the node that stands for a call.

    Args:
        node: the node.
        n: number of outputs.
        pull: returns the gradients of the parents from the seeds, one for each output.
    """

    def __init__(self, node: Value, n: int, pull: Callable[[NDArray[np.float64]], list[float]]) -> None:
        super().__init__(node)
        self.seeds = np.zeros(n)
        self._pull = pull

    def shares(self, gradient: float) -> list[float]:  # noqa: ARG002  # the seeds say more
        """Return the gradients of the parents, and forget the seeds."""
        seeds, self.seeds = self.seeds, np.zeros(self.seeds.size)
        return self._pull(seeds)


class _Output(_Rule):
    """The rule of an output.

    Args:
        node: the node.
        call: the rule of its parent.
        place: which output it is.
    """

    def __init__(self, node: Value, call: _Call, place: int) -> None:
        super().__init__(node)
        self._call, self._place = call, place

    def shares(self, gradient: Any) -> list[float]:  # noqa: ANN401  # a float, or a Value after create_graph=True
        """Leave the gradient with the call."""
        self._call.seeds[self._place] += float(gradient)
        return [0.0]


def outputs(
    data: list[float],
    parents: list[Value],
    name: str,
    pull: Callable[[NDArray[np.float64]], list[float]],
) -> list[Value]:
    """Return the Values of several outputs.

    Args:
        data: the n numbers.
        parents: what they were computed from.
        name: of the function.
        pull: returns the gradients of the parents from n seeds.
    """
    if not parents:
        return [Value(number) for number in data]
    call = Value(0.0, parents, name)
    rule = _Call(call, len(data), pull)
    call._backward = rule  # noqa: SLF001  # the engine's own way to assign a rule
    return [_output(number, call, rule, i, f"{name}[{i}]") for i, number in enumerate(data)]


def _output(number: float, call: Value, rule: _Call, place: int, name: str) -> Value:
    """Return the Value of one output."""
    node = Value(number, (call,), name)
    node._backward = _Output(node, rule, place)  # noqa: SLF001  # as above
    return node
