"""Tests of the yardstick: it computes what the engine computes, in the classic way."""

from __future__ import annotations

import gc
import random
import sys

import pytest

from micrograd.classic import Network, Node, step_seconds
from micrograd.engine import Value
from micrograd.nn import MLP


def test_it_has_the_gradients_of_the_engine() -> None:
    """Every operation, and a value that is used twice, give the same number and gradient."""
    for start in (-1.5, 0.25, 2.0):
        x, node = Value(start), Node(start)
        y = (x * x + 3.0 * x + 1.0).tanh() + (x * -2.0).relu() + x.softplus() * x
        out = (node * node + 3.0 * node + 1.0).tanh() + (node * -2.0).relu() + node.softplus() * node
        y.backward()
        out.backward()
        assert out.data == pytest.approx(y.data, rel=1e-12)
        assert node.grad == pytest.approx(x.grad, rel=1e-12)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_a_copy_of_a_network_computes_the_same(activation: str) -> None:
    """Outputs and gradients of all parameters are those of the network."""
    network = MLP(3, [4, 2], activation=activation, rng=random.Random(0))
    copy = Network(network)
    total = sum(network([1.0, -2.0, 0.5]), Value(0.0))
    outs = copy([1.0, -2.0, 0.5])
    total.backward()
    (outs[0] + outs[1]).backward()
    assert outs[0].data + outs[1].data == pytest.approx(total.data)
    wanted = [p.grad for p in network.parameters()]
    assert [p.grad for p in copy.parameters()] == pytest.approx(wanted)


def test_it_is_made_in_the_classic_way() -> None:
    """A node keeps its parents in a set, and a closure that refers back to it: a cycle for the collector."""
    gc.collect()
    node = Node(1.0) * Node(2.0)
    assert len(node.parents) == 2
    del node
    assert gc.collect() > 0


def test_a_step_is_timed() -> None:
    """Graphs deeper than Python's recursion limit are timed too, and the limit is as before."""
    limit = sys.getrecursionlimit()
    network = Network(MLP(1, [1]))

    def loss(copy: Network) -> Node:
        total = copy([1.0])[0]
        for _ in range(2 * limit):
            total = total + 1.0
        return total

    before = [p.data for p in network.parameters()]
    assert step_seconds(network, loss, 2) > 0.0
    assert [p.data for p in network.parameters()] != before
    assert sys.getrecursionlimit() == limit
    assert gc.get_freeze_count() == 0
