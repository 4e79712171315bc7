"""Tests of the walk over a graph, and of local derivatives, those of assigned functions among them."""

# ruff: noqa: SLF001  # learners assign to _backward

from __future__ import annotations

import functools
import math
from collections import deque
from typing import TYPE_CHECKING, Any

import pytest
from lecture import lecture_tanh

import micrograd
from micrograd.engine import Value
from micrograd.graph import local_derivatives, walk
from micrograd.nn import MLP

if TYPE_CHECKING:
    from collections.abc import Callable


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
    out = lecture_tanh(x)
    (0.0 * out).backward()
    (0.0 * x).backward()
    assert local_derivatives(out) == (1 - math.tanh(0.5) ** 2,)
    assert [(node.grad, node.has_grad) for node in (x, out)] == [(0.0, True)] * 2


def test_gradients_that_are_values_stay_values() -> None:
    """A gradient of `create_graph=True` is put back as the Value it was."""
    x = Value(0.5)
    out = lecture_tanh(x)
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
        node.grad += share * out.grad

    out._backward = functools.partial(add, x, 12.0)
    assert local_derivatives(out) == (12.0,)
    assert not x.has_grad


def test_a_function_that_changes_other_gradients_has_them_put_back() -> None:
    """What its closure holds is kept as well as the parents."""
    x, other = Value(2.0), Value(1.0)
    out = Value(2.0, (x,), "odd")

    def _backward() -> None:
        x.grad += out.grad
        other.grad += 3.0

    out._backward = _backward
    assert local_derivatives(out) == (1.0,)
    assert not other.has_grad


class Deposit:
    """An object that can be assigned, and gives gradients to all that it holds."""

    def __init__(self, out: Value, held: object) -> None:
        self.out, self.held = out, held

    def __call__(self) -> None:
        """Add the gradient to each Value held."""
        for value in values_in(self.held):
            value.grad += self.out.grad


def values_in(item: object) -> list[Value]:
    """Return the Values in nested lists, tuples, sets and dicts, keys included."""
    if isinstance(item, dict):
        return [value for pair in item.items() for each in pair for value in values_in(each)]
    if isinstance(item, (list, tuple, set, deque)):
        return [value for each in item for value in values_in(each)]
    return [item] if isinstance(item, Value) else []


def by_closure(out: Value, held: Any) -> Callable[[], None]:  # noqa: ANN401  # anything that holds Values
    """Return a function whose closure holds what is given."""

    def _backward() -> None:
        Deposit(out, held)()

    return _backward


def by_defaults(out: Value, held: Any) -> Callable[[], None]:  # noqa: ANN401  # as above
    """Return a function whose default arguments hold what is given."""

    def _backward(out: Value = out, *, held: Any = held) -> None:  # noqa: ANN401  # as above
        Deposit(out, held)()

    return _backward


def by_object(out: Value, held: Any) -> Callable[[], None]:  # noqa: ANN401  # as above
    """Return a function whose closure holds an object that holds what is given."""
    deposit = Deposit(out, held)
    return lambda: deposit()  # noqa: PLW0108  # the object itself would be another case


def by_function(out: Value, held: Any) -> Callable[[], None]:  # noqa: ANN401  # as above
    """Return a function whose closure holds a function whose closure holds what is given."""
    inner = by_closure(out, held)
    return lambda: inner()  # noqa: PLW0108  # it would be the function itself


WAYS_TO_HOLD = {
    "closure": by_closure,
    "closure on an object": by_object,
    "closure on a function": by_function,
    "defaults": by_defaults,
    "object": Deposit,
    "method": lambda out, held: Deposit(out, held).__call__,
    "partial": lambda out, held: functools.partial(lambda held: Deposit(out, held)(), held=held),
}


@pytest.mark.parametrize("hold", WAYS_TO_HOLD.values(), ids=WAYS_TO_HOLD)
@pytest.mark.parametrize(
    "wrap",
    [lambda x: x, lambda x: [x], lambda x: ([[x]],), lambda x: {"a": {"b": [x]}}, lambda x: {x: 1.0}, lambda x: {x}],
    ids=["itself", "list", "tuple", "dict", "key", "set"],
)
def test_whatever_a_function_holds_is_put_back(hold: Any, wrap: Any) -> None:  # noqa: ANN401  # functions
    """Values in containers, defaults, bound objects and other functions keep no share of the gradient."""
    x, other = Value(2.0), Value(1.0)
    endless: list[object] = [wrap(other)]
    held = [x, endless]
    out = Value(2.0, (x,), "odd")
    out._backward = hold(out, held)
    assert local_derivatives(out) == (1.0,)
    assert not any(node.has_grad for node in (x, other, out))
    endless.append(lambda: endless)  # a way back to itself
    assert local_derivatives(out) == (1.0,)


in_module, other_in_module = Value(2.0), Value(1.0)


def test_a_value_of_the_module_is_put_back() -> None:
    """In a notebook, nothing is in a closure."""
    out = Value(2.0, (in_module,), "odd")

    def _backward() -> None:
        in_module.grad += out.grad
        other_in_module.grad += out.grad

    out._backward = _backward
    assert local_derivatives(out) == (1.0,)
    assert not other_in_module.has_grad


@pytest.mark.parametrize(
    "share",
    [
        lambda g: max(-1.0, min(1.0, g)),
        lambda g: max(-5.0, min(5.0, g)),
        lambda g: min(g, 5.0),
        lambda g: max(g, 0.0),
        lambda _: 1.0,
        lambda g: g * g,
        lambda g: g + 1e-3,
    ],
    ids=["clipped at 1", "clipped at 5", "clipped above", "guided", "constant", "squared", "shifted"],
)
def test_a_function_that_is_not_linear_in_the_gradient_has_no_derivatives(share: Callable[[float], float]) -> None:
    """Whatever it leaves for the gradient 1, nothing is said of it."""
    x = Value(2.0)
    out = Value(2.0, (x,), "odd")

    def _backward() -> None:
        x.grad += share(out.grad)

    out._backward = _backward
    assert local_derivatives(out) is None
    assert not x.has_grad


def test_a_derivative_that_is_rounded_infinite_or_none_is_told() -> None:
    """Only what is more than rounding counts as not linear."""
    x, y, z = Value(2.0), Value(3.0), Value(4.0)
    none, huge = Value(5.0), Value(6.0)
    out = Value(2.0, (x, y, z, none, huge), "odd")

    def _backward() -> None:
        none.grad += 0.0 * out.grad
        huge.grad += 1e307 * out.grad
        x.grad += math.exp(math.log(abs(out.grad)) + math.log(0.7)) * math.copysign(1.0, out.grad)
        y.grad += out.grad * math.inf
        z.grad += out.grad * math.nan

    out._backward = _backward
    found = local_derivatives(out)
    assert found is not None
    assert found[:2] == pytest.approx((0.7, math.inf))
    assert [str(d) for d in found[2:]] == ["nan", "0.0", "1e+307"]


def test_of_many_parents_each_repeated_one_has_its_share() -> None:
    """The function runs twice, however many parents there are."""
    a, many = Value(3.0), [Value(float(i)) for i in range(2000)]
    out = Value(0.0, (a, *many, a, a), "odd")
    runs = []

    def _backward() -> None:
        runs.append(out.grad)
        a.grad += 6.0 * out.grad
        for each in many:
            each.grad += each.data * out.grad

    out._backward = _backward
    assert local_derivatives(out) == (2.0, *[each.data for each in many], 2.0, 2.0)
    assert len(runs) == 2


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
