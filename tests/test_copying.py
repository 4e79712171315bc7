"""Deep copies and pickles of graphs: of any depth, with the same gradients, and what was shared stays shared."""

# ruff: noqa: S301, SLF001  # the pickles are made here; _backward and _op are the lecture's names

from __future__ import annotations

import copy
import gc
import math
import os
import pickle
import subprocess
import sys
import weakref
from typing import TYPE_CHECKING, Any

import pytest
from lecture import lecture_tanh

from micrograd import engine, functions
from micrograd.autodiff import derivative
from micrograd.engine import Value, topological_order

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

# A million nodes take a deep copy about 6 seconds, and a pickle there and back 14 (25 without a compiler).
MANY = 100_000


def pickled(x: Any) -> Any:  # noqa: ANN401  # anything
    """Return x written to a pickle and read again."""
    return pickle.loads(pickle.dumps(x))


both_ways = pytest.mark.parametrize("copied", [copy.deepcopy, pickled])


def expression(x: Value, y: Value) -> Value:
    """Return something with every shape of node in it."""
    total = functions.sum([x, y, x * y, engine.dot([x, y], [y, 2.0], x)])
    chosen = functions.where(x < y, total, x) + functions.leaky_relu(x - y, 0.1)
    custom = Value.custom(x.data**2, [x], [2 * x], op="square")
    return Value(chosen / 50).tanh() ** 2 - x / y + custom + abs(-y) ** x


def gradients(root: Value, *leaves: Value) -> list[float]:
    """Return the gradients of leaves that root.backward() gives them, starting from zero."""
    for leaf in leaves:
        leaf.grad = 0.0
    root.backward()
    return [leaf.grad for leaf in leaves]


@both_ways
def test_a_copy_has_the_same_numbers_and_gradients(copied: Callable[[Any], Any]) -> None:
    """Node by node: data, gradient, op, label, local derivatives; backward from the copy leaves the original alone."""
    x, y = Value(2.0, label="x"), Value(3.0)
    root = expression(x, y)
    root.label = "root"
    root.backward()
    twin = copied(root)
    for node, other in zip(topological_order(root), topological_order(twin), strict=True):
        assert node is not other
        for name in ("data", "grad", "label", "op", "row", "parameter", "local_grads"):
            assert getattr(node, name) == getattr(other, name)
        assert len(node.parents) == len(other.parents)
    before = (x.grad, y.grad)
    v = next(node for node in topological_order(twin) if node.label == "x")
    twin.backward()
    assert v.grad == 2 * x.grad
    assert (x.grad, y.grad) == before


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_protocol_of_pickle_will_do(protocol: int) -> None:
    """From the first, which is text, to the last."""
    x, y = Value(2.0), Value(3.0)
    v, w, twin = pickle.loads(pickle.dumps((x, y, expression(x, y)), protocol))
    assert gradients(twin, v, w) == gradients(expression(x, y), x, y)


@both_ways
@pytest.mark.parametrize("order", ["parameters first", "loss first"])
def test_sharing_is_kept(copied: Callable[[Any], Any], order: str) -> None:
    """A loss and the parameters it was made from, copied together, are connected as before."""
    parameters = [Value(1.0), Value(2.0)]
    hidden = parameters[0] * parameters[1]
    loss = hidden * hidden + parameters[0]
    if order == "loss first":
        twin, twins, inner, again = copied((loss, parameters, hidden, loss))
    else:
        inner, twins, twin, again = copied((hidden, parameters, loss, loss))
    assert again is twin
    assert inner.parents == tuple(twins)
    assert twin.parents[0].parents == (inner, inner)
    assert gradients(twin, *twins) == [9.0, 4.0]
    assert [p.grad for p in parameters] == [0.0, 0.0]


class Model:
    """Parameters, and what was computed from them."""

    def __init__(self) -> None:
        """Keep a loss beside the parameters, and each parameter twice."""
        self.parameters = [Value(float(i)) for i in range(3)]
        self.by_name = {f"p{i}": p for i, p in enumerate(self.parameters)}
        self.loss = functions.dot(self.parameters, self.parameters)


@both_ways
def test_objects_that_hold_values_are_copied_with_them(copied: Callable[[Any], Any]) -> None:
    """Attributes, lists and dictionaries refer to the same copies."""
    model = Model()
    twin = copied(model)
    assert list(twin.by_name.values()) == twin.parameters
    assert twin.loss.parents[:3] == tuple(twin.parameters)
    assert gradients(twin.loss, *twin.parameters) == [0.0, 2.0, 4.0]
    assert not set(twin.parameters) & set(model.parameters)


class Parameter(Value):
    """A leaf of a subclass."""

    frozen = False

    def __init__(self, data: float, name: str) -> None:
        """Keep the name beside the number."""
        super().__init__(data)
        self.name = name


copies = pytest.mark.parametrize("copied", [copy.deepcopy, pickled, copy.copy])


@copies
def test_subclasses_and_attributes_are_kept(copied: Callable[[Any], Any]) -> None:
    """The copy is of the same class and has the same attributes, without a call of its constructor."""
    p = Parameter(2.0, "p")
    p.moments = [1.0, 2.0]
    twin = copied(p)
    assert (type(twin), twin.data, twin.name, twin.moments) == (Parameter, 2.0, "p", [1.0, 2.0])
    twin.name = "q"
    assert p.name == "p"
    root = copy.deepcopy(p * p + 1)
    assert type(root.parents[0].parents[0]) is Parameter


@copies
def test_attributes_over_defaults_of_the_class_are_kept(copied: Callable[[Any], Any]) -> None:
    """So is an attribute that hides one of the class."""
    p = Parameter(2.0, "p")
    p.frozen = True
    assert copied(p).frozen is True
    assert Parameter.frozen is False


@both_ways
def test_attributes_may_refer_to_other_values(copied: Callable[[Any], Any]) -> None:
    """A Value in an attribute is copied once, whether it belongs to the graph or not."""
    x, other = Value(2.0), Value(5.0)
    x.partner, x.seen = other, [other]
    root = x * 3
    root.source = x
    twin = copied(root)
    assert twin.source is twin.parents[0]
    assert twin.source.partner is twin.source.seen[0]
    assert twin.source.partner.data == 5.0
    assert twin.source.partner is not other


def test_a_value_that_refers_to_itself_is_copied() -> None:
    """A deep copy follows the circle."""
    x = Value(2.0)
    x.me = x
    twin = copy.deepcopy(x)
    assert twin.me is twin
    del x.me, twin.me


def test_a_shallow_copy_has_the_same_parents() -> None:
    """copy.copy gives a second node of the same op, beside the first."""
    x = Value(3.0, label="x")
    root = x * x
    root.tag = "tag"
    twin = copy.copy(root)
    assert twin is not root
    assert (twin.parents, twin.data, twin.op, twin.tag) == ((x, x), 9.0, "*", "tag")
    assert gradients(twin + root, x) == [12.0]
    assert copy.copy(x).label == "x"


# Operations of the user's own.


def lecture_sum(xs: Collection[Value]) -> Value:
    """Return a sum as a lecture might write it, with a closure over what holds the operands."""
    out = Value(sum(x.data for x in xs), xs, "sum")

    def _backward() -> None:
        for x in xs:
            x.grad += out.grad

    out._backward = _backward
    return out


def test_a_deep_copy_of_a_closure_refers_to_the_copies() -> None:
    """The derivative of the copy goes to the copies of its operands, and is that of the original."""
    x = Value(0.5)
    root = lecture_tanh(lecture_tanh(x) * 3)
    v, twin = copy.deepcopy((x, root))
    assert gradients(twin, v) == gradients(root, x)
    x.grad = 0.0
    v, twin = copy.deepcopy((v, twin))
    assert gradients(twin, v) != [0.0]
    assert x.grad == 0.0


def test_a_deep_copy_of_a_closure_outlives_the_original() -> None:
    """The copy holds nothing of the graph it came from."""
    x = Value(0.5)
    root = lecture_tanh(x * 2)
    alive = [weakref.ref(node) for node in (x, root)]
    v, twin = copy.deepcopy((x, root))
    del x, root
    gc.collect()
    assert [ref() for ref in alive] == [None, None]
    assert gradients(twin, v) == [2 * (1 - math.tanh(1.0) ** 2)]


@pytest.mark.parametrize("container", [list, tuple, set, dict.fromkeys])
def test_a_deep_copy_of_a_closure_over_a_container_refers_to_the_copies(
    container: Callable[[list[Value]], Collection[Value]],
) -> None:
    """Values in a list, tuple, set or dictionary of the closure are replaced too."""
    xs = [Value(1.0), Value(2.0)]
    root = lecture_sum(container(xs))
    vs, twin = copy.deepcopy((xs, root))
    assert gradients(twin, *vs) == [1.0, 1.0]
    assert [x.grad for x in xs] == [0.0, 0.0]
    assert gradients(root, *xs) == [1.0, 1.0]


@pytest.mark.filterwarnings("ignore:.*has parents but no derivative")
def test_a_shallow_copy_of_a_closure_has_its_derivative() -> None:
    """It adds to the gradients of the same parents, once its own gradient is known."""
    x = Value(0.5)
    twin = copy.copy(lecture_tanh(x))
    assert gradients(twin, x) == [1 - math.tanh(0.5) ** 2]


def test_a_closure_cannot_be_pickled() -> None:
    """No file can hold a function; the message names the op and says what to do."""
    root = lecture_tanh(Value(0.5)) + 1
    with pytest.raises(pickle.PicklingError, match=r"the op 'tanh' has an assigned `_backward`.*Value\.custom"):
        pickle.dumps(root)


@both_ways
def test_a_copied_custom_op_can_be_differentiated_twice(copied: Callable[[Any], Any]) -> None:
    """Its derivatives, which are Values, are copied with it and belong to the same graph."""
    x = Value(2.0)
    v, twin = copied((x, Value.custom(x.data**3, [x], [3 * x * x], op="cube") * 2))
    twin.backward(create_graph=True)
    slope = v.grad
    assert slope.data == 24.0
    assert gradients(slope, v) == [24.0]


def test_a_copy_inside_of_a_function_is_differentiated() -> None:
    """A function may copy what it computes with; the copy has no connection to the argument."""
    assert derivative(lambda x: x * copy.deepcopy(x * x))(3.0) == 9.0


# Depth and memory.


def chain(length: int, link: Callable[[Value, Value], Value]) -> tuple[Value, Value]:
    """Return a leaf and the end of a chain of nodes that begins with it."""
    leaf = x = Value(1.0)
    for _ in range(length):
        x = link(x, leaf)
    return leaf, x


@both_ways
def test_a_deep_graph_is_copied(copied: Callable[[Any], Any]) -> None:
    """A hundred thousand nodes in a chain, and the gradient of each counts."""
    v, twin = copied(chain(MANY, lambda x, leaf: x + leaf))
    assert gradients(twin, v) == [MANY + 1.0]


LINKS: dict[str, Callable[[Value, Value], Value]] = {
    "sum": lambda x, leaf: functions.sum([x, leaf, leaf]),
    "dot": lambda x, leaf: engine.dot([x], [leaf], leaf),
    "custom": lambda x, leaf: Value.custom(x.data, [x], [1.0 * leaf]),
}


@both_ways
@pytest.mark.parametrize("link", LINKS)
def test_deep_graphs_of_other_nodes_are_copied(link: str, copied: Callable[[Any], Any]) -> None:
    """Nodes with lists of parents, and custom ops with derivatives that are Values."""
    leaf, x = chain(20_000, LINKS[link])
    v, twin = copied((leaf, x))
    assert gradients(twin, v) == gradients(x, leaf)
    assert len(topological_order(twin)) == 20_001


@both_ways
def test_a_deep_derivative_of_a_custom_op_is_copied(copied: Callable[[Any], Any]) -> None:
    """The derivative may itself be the end of a long chain."""
    leaf, x = chain(20_000, lambda x, _: -x)
    v, twin = copied((leaf, Value.custom(1.0, [leaf], [x])))
    assert gradients(twin, v) == [1.0]
    twin.backward(create_graph=True)


def test_a_deep_copy_of_closures_is_deep() -> None:
    """Custom ops of the lecture's kind in a long chain."""
    leaf, x = chain(10_000, lambda x, _: lecture_tanh(x))
    v, twin = copy.deepcopy((leaf, x))
    assert gradients(twin, v) == gradients(x, leaf)


@both_ways
def test_copying_keeps_nothing_alive(copied: Callable[[Any], Any]) -> None:
    """Original and copy are freed with their last references, before the garbage collector comes by."""
    gc.collect()
    gc.disable()
    try:
        x = Value(2.0)
        root = expression(x, Value(3.0))
        twin = copied(root)
        nodes = [weakref.ref(node) for end in (root, twin) for node in topological_order(end)]
        del x, root, twin
        gc.collect(0)  # the copy's own bookkeeping may hold circles; nodes are in none
        assert [ref() for ref in nodes] == [None] * len(nodes)
    finally:
        gc.enable()


READER = """
import pickle, sys
leaves, root = pickle.load(sys.stdin.buffer)
root.backward()
print([leaf.grad for leaf in leaves])
"""


@pytest.mark.parametrize("pure", ["1", None])
def test_a_pickle_is_read_by_another_process(pure: str | None) -> None:
    """A pickle made by one engine, compiled or not, is read by the other."""
    environment = {key: value for key, value in os.environ.items() if key != "MICROGRAD_PURE"}
    if pure is not None:
        environment["MICROGRAD_PURE"] = pure
    leaves = [Value(2.0), Value(3.0)]
    root = expression(*leaves)
    command = [sys.executable, "-c", READER]
    run = subprocess.run(command, input=pickle.dumps((leaves, root)), env=environment, capture_output=True, check=True)
    assert run.stdout.decode().strip() == str(gradients(root, *leaves))
