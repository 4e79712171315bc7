"""Tests of the walk over a graph, and of local derivatives, those of assigned functions among them."""

# ruff: noqa: SLF001  # learners assign to _backward

from __future__ import annotations

import functools
import math

import pytest

import micrograd
from micrograd.engine import Value
from micrograd.graph import local_derivatives, walk
from micrograd.nn import MLP


def tanh_by_closure(x: Value) -> Value:
    """Return tanh x as the lecture writes an operation."""
    t = math.tanh(x.data)
    out = Value(t, (x,), "tanh")

    def _backward() -> None:
        x.grad += (1 - t**2) * out.grad

    out._backward = _backward
    return out


def product_by_closure(x: Value, y: Value) -> Value:
    """Return x times y as the lecture writes an operation."""
    out = Value(x.data * y.data, (x, y), "*")

    def _backward() -> None:
        x.grad += y.data * out.grad
        y.grad += x.data * out.grad

    out._backward = _backward
    return out


def test_a_walk_lists_parents_first_and_the_root_last() -> None:
    """Each node comes after its parents, once, and parents are positions in the order of the operands."""
    a, b = Value(2.0), Value(-3.0)
    product = a * b
    graph = walk(product + a)
    assert graph.nodes[:3] == (a, b, product)
    assert graph.parents == ((), (), (0, 1), (2, 0))
    assert graph.root is graph.nodes[-1]
    assert len(graph) == 4


def test_a_value_used_twice_by_one_operation_is_two_parents_of_it() -> None:
    """The parents of a * a are a and a, and of its consumers each is listed once."""
    a = Value(3.0)
    graph = walk(a * a)
    assert graph.parents == ((), (0, 0))
    assert graph.consumers() == [[1], []]


def test_wide_nodes_keep_all_their_parents() -> None:
    """A neuron of our own is one node of weights, inputs and bias."""
    model = MLP(2, [1])
    graph = walk(model([1.0, 2.0]))
    assert [len(parents) for parents in graph.parents] == [0, 0, 0, 0, 0, 5, 1]


def test_a_long_chain_is_walked() -> None:
    """Depth is bounded by memory alone."""
    x = Value(0.0)
    for _ in range(100_000):
        x = x + 1.0
    graph = walk(x)
    assert len(graph) == 200_001
    assert graph.parents[-1] == (199_998, 199_999)


def test_a_graph_starts_at_a_value() -> None:
    """What is no Value is named, with its type."""
    with pytest.raises(TypeError, match=r"a graph starts at a Value, such as a loss; got 3\.0 of type float"):
        walk(3.0)  # type: ignore[arg-type]


def test_stored_derivatives_are_returned_as_they_are() -> None:
    """Rows of the table and custom operations hold theirs; a leaf has none to hold."""
    a, b = Value(2.0), Value(-3.0)
    assert local_derivatives(a * b) == (-3.0, 2.0)
    assert local_derivatives(Value.custom(8.0, [a], [12.0], op="cube")) == (12.0,)
    assert local_derivatives(a) == ()


def test_a_node_with_parents_and_no_derivative_has_none() -> None:
    """Before `_backward` is assigned, nothing is known."""
    assert local_derivatives(Value(1.0, (Value(2.0),), "?")) is None


def test_a_closure_is_tried_out_and_leaves_no_trace() -> None:
    """Its derivatives are found, and no gradient is other than before, nor known where it was not."""
    a, b = Value(2.0), Value(-3.0)
    out = product_by_closure(a, b)
    assert local_derivatives(out) == (-3.0, 2.0)
    assert [(node.grad, node.has_grad) for node in (a, b, out)] == [(0.0, False)] * 3
    a.grad, out.grad = 5.0, 7.0
    assert local_derivatives(out) == (-3.0, 2.0)
    assert [(node.grad, node.has_grad) for node in (a, b, out)] == [(5.0, True), (0.0, False), (7.0, True)]


def test_a_computed_gradient_of_zero_stays_computed() -> None:
    """Trying a closure out does not make a gradient of 0 look as if there were none."""
    x = Value(0.5)
    out = tanh_by_closure(x)
    (0.0 * out).backward()
    (0.0 * x).backward()
    assert local_derivatives(out) == (1 - math.tanh(0.5) ** 2,)
    assert [(node.grad, node.has_grad) for node in (x, out)] == [(0.0, True)] * 2


def test_gradients_that_are_values_stay_values() -> None:
    """A gradient of `create_graph=True` is put back as the Value it was."""
    x = Value(0.5)
    out = tanh_by_closure(x)
    gradient = Value(4.0)
    x.grad = gradient
    local_derivatives(out)
    assert x.grad is gradient


def test_of_a_repeated_parent_each_share_is_half_of_the_sum() -> None:
    """A closure adds both shares to one gradient, where they cannot be told apart."""
    a = Value(3.0)
    assert local_derivatives(product_by_closure(a, a)) == (3.0, 3.0)


def test_a_function_without_a_closure_is_tried_out_too() -> None:
    """What is assigned may be any callable."""
    x = Value(2.0)
    out = Value(8.0, (x,), "cube")

    def add(node: Value, share: float) -> None:
        node.grad += share

    out._backward = functools.partial(add, x, 12.0)
    assert local_derivatives(out) == (12.0,)
    assert not x.has_grad


def test_a_function_that_changes_other_gradients_has_them_put_back() -> None:
    """What its closure holds is kept as well as the parents."""
    x, other = Value(2.0), Value(1.0)
    out = Value(2.0, (x,), "odd")

    def _backward() -> None:
        x.grad += 1.0
        other.grad += 3.0

    out._backward = _backward
    assert local_derivatives(out) == (1.0,)
    assert not other.has_grad


def test_a_function_that_raises_has_no_derivatives() -> None:
    """The error is for backward() to show; gradients are as before."""
    x = Value(2.0)
    out = Value(2.0, (x,), "odd")

    def _backward() -> None:
        x.grad += 1.0
        raise RuntimeError

    out._backward = _backward
    assert local_derivatives(out) is None
    assert not x.has_grad


def test_outputs_of_a_compiled_function_are_left_alone() -> None:
    """Several outputs give their gradients back together, so that none can be tried out by itself."""
    pytest.importorskip("numpy")
    pair = micrograd.compile(lambda x, y: (x * y, x.sin()), backend="numpy")
    x, y = Value(1.0), Value(2.0)
    first, second = pair(x, y)
    total = first + second
    assert [local_derivatives(node) for node in (first, second)] == [None, None]
    total.backward()
    assert (x.grad, y.grad) == pytest.approx((2.0 + math.cos(1.0), 1.0))
