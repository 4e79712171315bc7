"""Programs that people write when they learn backpropagation run as they are, and print the figures they printed."""

# ruff: noqa: SLF001  # learners see the engine from inside: _backward, _prev, _op

from __future__ import annotations

import itertools
import math
import random
from typing import TYPE_CHECKING, Any

import pytest

from micrograd.engine import Value
from micrograd.ops import TABLE

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType


@pytest.fixture
def np() -> ModuleType:
    """Return NumPy, or skip the test."""
    module: ModuleType = pytest.importorskip("numpy")
    return module


# What a slope is.


def parabola(x: Any) -> Any:  # noqa: ANN401  # a number, an array or a Value
    """Return 3x² - 4x + 5."""
    return 3 * x**2 - 4 * x + 5


def test_the_slope_of_a_parabola(np: ModuleType) -> None:
    """It is 14 at 3 and 0 at 2/3, by a small step as by backward(); an array of points works too."""
    h, x = 1e-12, 3.0
    assert parabola(x) == 20.0
    assert (parabola(x + h) - parabola(x)) / h == 14.001244608152774
    for at, slope in ((3.0, 14.0), (-3.0, -22.0), (5.0, 26.0), (2 / 3, 0.0)):
        v = Value(at)
        parabola(v).backward()
        assert v.grad == slope
    xs = np.arange(-5, 5, 0.25)
    values = parabola(np.array([Value(x) for x in xs]))
    assert [v.data for v in values] == list(parabola(xs))


def test_the_slope_of_a_product() -> None:
    """A step of a thousandth in `a` changes a·b + c by b thousandths."""
    h, a, b, c = 0.001, 2.0, -3.0, 10.0
    d1, d2 = a * b + c, (a + h) * b + c
    assert (d1, d2, (d2 - d1) / h) == (4.0, 3.997, -3.0000000000001137)
    v = Value(a)
    (v * b + c).backward()
    assert v.grad == -3.0


# An expression with names.


def named_expression(h: float = 0.0) -> dict[str, Value]:
    """Return L = (a·b + c)·f and all that it is made of, with c moved by h."""
    a = Value(2.0, label="a")
    b = Value(-3.0, label="b")
    c = Value(10.0, label="c")
    c.data += h
    e = a * b
    e.label = "e"
    d = e + c
    d.label = "d"
    f = Value(-2.0, label="f")
    out = d * f
    out.label = "L"
    return {v.label: v for v in (a, b, c, d, e, f, out)}


def test_an_expression_knows_how_it_was_made() -> None:
    """The output is printed as a Value; children and operation can be asked for."""
    v = named_expression()
    assert repr(v["L"]) == "Value(data=-8.0)"
    assert v["d"]._prev == {v["e"], v["c"]}
    assert sorted(map(repr, v["d"]._prev)) == ["Value(data=-6.0)", "Value(data=10.0)"]
    assert [v[name]._op for name in "aedL"] == ["", "*", "+", "*"]
    assert [v[name].grad for name in "abcdefL"] == [0.0] * 7


def test_derivatives_by_hand_by_steps_and_by_backward() -> None:
    """The numbers on paper, those of a small step and those of backward() are the same."""
    h = 0.0001
    before, after = named_expression(), named_expression(h)
    assert (after["L"].data - before["L"].data) / h == -1.9999999999953388
    before["L"].backward()
    on_paper = {"L": 1.0, "d": -2.0, "f": 4.0, "c": -2.0, "e": -2.0, "a": 6.0, "b": -4.0}
    assert {name: v.grad for name, v in before.items()} == on_paper


def test_a_step_of_optimisation_by_hand() -> None:
    """Gradients are set by hand, the leaves are moved along them, and the output grows."""
    v = named_expression()
    a, b, c, f = v["a"], v["b"], v["c"], v["f"]
    a.grad = 6.0
    b.grad = -4.0
    c.grad = -2.0
    f.grad = 4.0
    for leaf in (a, b, c, f):
        leaf.data += 0.01 * leaf.grad
    e = a * b
    e.grad = -2.0
    d = e + c
    d.grad = -2.0
    assert (d * f).data == -7.286496


def trace(root: Value) -> tuple[set[Value], set[tuple[Value, Value]]]:
    """Return all nodes and edges, as a drawing program collects them."""
    nodes: set[Value] = set()
    edges: set[tuple[Value, Value]] = set()

    def build(v: Value) -> None:
        if v not in nodes:
            nodes.add(v)
            for child in v._prev:
                edges.add((child, v))
                build(child)

    build(root)
    return nodes, edges


def test_a_graph_can_be_traced_for_a_drawing() -> None:
    """Nodes go into sets, by identity; every node has an id, a label, data and a gradient to print."""
    v = named_expression()
    nodes, edges = trace(v["L"])
    assert nodes == set(v.values())
    names = {(child.label, parent.label) for child, parent in edges}
    assert names == {("a", "e"), ("b", "e"), ("e", "d"), ("c", "d"), ("d", "L"), ("f", "L")}
    lines = {"{ %s | data %.4f | grad %.4f}" % (n.label, n.data, n.grad) for n in nodes}  # noqa: UP031  # as it is done
    assert "{ e | data -6.0000 | grad 0.0000}" in lines
    assert len({str(id(n)) + n._op for n in nodes}) == 7


# A neuron.


def neuron(activation: Callable[[Value], Value]) -> dict[str, Value]:
    """Return a neuron with two inputs, and all that its output is made of."""
    v = {"x1": Value(2.0), "x2": Value(0.0), "w1": Value(-3.0), "w2": Value(1.0), "b": Value(6.88137358)}
    v["x1w1"] = v["x1"] * v["w1"]
    v["x2w2"] = v["x2"] * v["w2"]
    v["sum"] = v["x1w1"] + v["x2w2"]
    v["n"] = v["sum"] + v["b"]
    v["o"] = activation(v["n"])
    for name, value in v.items():
        value.label = name
    return v


EXPECTED = {"x1": -1.5, "w1": 1.0, "x2": 0.5, "w2": 0.0, "b": 0.5, "n": 0.5, "sum": 0.5, "x1w1": 0.5, "x2w2": 0.5}


def are_as_expected(v: dict[str, Value]) -> bool:
    """Tell whether output and gradients of the neuron are the figures of the lecture."""
    return v["o"].data == pytest.approx(0.7071, abs=1e-4) and {
        name: v[name].grad for name in EXPECTED
    } == pytest.approx(EXPECTED, abs=1e-6)


def tanh_of_exponentials(n: Value) -> Value:
    """Return the hyperbolic tangent from its parts."""
    e = (2 * n).exp()
    return (e - 1) / (e + 1)


def lecture_tanh(self: Value) -> Value:
    """Return the hyperbolic tangent as an operation of one's own."""
    x = self.data
    t = (math.exp(2 * x) - 1) / (math.exp(2 * x) + 1)
    out = Value(t, (self,), "tanh")

    def _backward() -> None:
        self.grad += (1 - t**2) * out.grad

    out._backward = _backward
    return out


ACTIVATIONS = [Value.tanh, tanh_of_exponentials, lecture_tanh]
every_tanh = pytest.mark.parametrize("activation", ACTIVATIONS, ids=["method", "exponentials", "closure"])


@every_tanh
def test_a_neuron(activation: Callable[[Value], Value]) -> None:
    """Whatever the tanh is made of: output 0.7071, gradients -1.5, 1.0, 0.5, 0.0."""
    v = neuron(activation)
    v["o"].backward()
    assert are_as_expected(v)
    assert repr(v["o"]).startswith("Value(data=0.70710677767")


def test_a_neuron_by_hand() -> None:
    """Every gradient is written down, following the chain rule on paper."""
    v = neuron(Value.tanh)
    v["o"].grad = 1.0
    v["n"].grad = 1.0 - v["o"].data ** 2
    v["b"].grad = v["sum"].grad = v["x1w1"].grad = v["x2w2"].grad = v["n"].grad
    v["x1"].grad = v["w1"].data * v["x1w1"].grad
    v["w1"].grad = v["x1"].data * v["x1w1"].grad
    v["x2"].grad = v["w2"].data * v["x2w2"].grad
    v["w2"].grad = v["x2"].data * v["x2w2"].grad
    assert are_as_expected(v)


@pytest.mark.parametrize("activation", [Value.tanh, lecture_tanh], ids=["method", "closure"])
def test_a_neuron_node_by_node(activation: Callable[[Value], Value]) -> None:
    """The output's gradient is set, then `_backward` is called on each node, from output to inputs."""
    v = neuron(activation)
    v["o"].grad = 1.0
    for name in ("o", "n", "b", "sum", "x1w1", "x2w2"):
        v[name]._backward()
    assert are_as_expected(v)


@every_tanh
def test_a_neuron_in_an_order_of_one_s_own(activation: Callable[[Value], Value]) -> None:
    """A recursive topological sort over `_prev`, and then the chain rule, is what backward() does."""
    v = neuron(activation)
    topo: list[Value] = []
    visited: set[Value] = set()

    def build_topo(node: Value) -> None:
        if node not in visited:
            visited.add(node)
            for child in node._prev:
                build_topo(child)
            topo.append(node)

    build_topo(v["o"])
    assert set(topo) >= set(v.values())
    v["o"].grad = 1.0
    for node in reversed(topo):
        node._backward()
    assert are_as_expected(v)


def test_a_neuron_in_pytorch() -> None:
    """The same expression in PyTorch has the same digits."""
    torch = pytest.importorskip("torch")
    names = {"x1": 2.0, "x2": 0.0, "w1": -3.0, "w2": 1.0, "b": 6.8813735870195432}
    theirs = {name: torch.tensor([x]).double() for name, x in names.items()}  # by way of 32 bits, which shows below
    ours = {name: Value(t.item()) for name, t in theirs.items()}
    outputs = []
    for t, tanh in ((theirs, torch.tanh), (ours, Value.tanh)):
        for x in t.values():
            x.requires_grad = True
        outputs.append(tanh(t["x1"] * t["w1"] + t["x2"] * t["w2"] + t["b"]))
        outputs[-1].backward()
    assert [outputs[0].item(), outputs[1].data] == pytest.approx([0.7071066904050358] * 2, rel=1e-15)
    printed = {"x1": -1.5000003851533106, "w1": 1.0000002567688737, "x2": 0.5000001283844369, "w2": 0.0}
    for name, grad in printed.items():
        assert [theirs[name].grad.item(), ours[name].grad] == pytest.approx([grad] * 2, rel=1e-15)


def test_a_value_used_twice() -> None:
    """The mistake that everybody makes once: gradients add up, they do not overwrite each other."""
    a = Value(3.0, label="a")
    b = a + a
    b.backward()
    assert a.grad == 2.0
    a, b = Value(-2.0), Value(3.0)
    ((a * b) * (a + b)).backward()
    assert (a.grad, b.grad) == (-3.0, -8.0)


def test_gradients_not_set_to_zero_add_up() -> None:
    """The mistake that everybody makes twice: they are kept from one backward() to the next."""
    p = Value(1.0)
    for step in (1, 2, 3):
        (p * 5).backward()
        assert p.grad == 5.0 * step


# Operations added to the class, as the lecture goes on.


def from_closure(symbol: str, data: float, *shares: tuple[Value, float]) -> Value:
    """Return a node with its derivatives in a closure."""
    out = Value(data, [parent for parent, _ in shares], symbol)

    def _backward() -> None:
        for parent, local in shares:
            parent.grad += local * out.grad

    out._backward = _backward
    return out


def as_node(other: Value | float) -> Value:
    """Return a number as a Value."""
    return other if isinstance(other, Value) else Value(other)


def lecture_add(self: Value, other: Value | float) -> Value:
    """Return self + other."""
    other = as_node(other)
    return from_closure("+", self.data + other.data, (self, 1.0), (other, 1.0))


def lecture_mul(self: Value, other: Value | float) -> Value:
    """Return self * other."""
    other = as_node(other)
    return from_closure("*", self.data * other.data, (self, other.data), (other, self.data))


def lecture_pow(self: Value, other: float) -> Value:
    """Return self ** other."""
    assert isinstance(other, (int, float))
    return from_closure(f"**{other}", self.data**other, (self, other * self.data ** (other - 1)))


def lecture_exp(self: Value) -> Value:
    """Return e ** self."""
    return from_closure("exp", math.exp(self.data), (self, math.exp(self.data)))


LECTURE: dict[str, Callable[..., Value]] = {
    "tanh": lecture_tanh,
    "exp": lecture_exp,
    "__add__": lecture_add,
    "__radd__": lambda self, other: self + other,
    "__mul__": lecture_mul,
    "__rmul__": lambda self, other: self * other,
    "__pow__": lecture_pow,
    "__truediv__": lambda self, other: self * other**-1,
    "__neg__": lambda self: self * -1,
    "__sub__": lambda self, other: self + (-other),
}


@pytest.mark.parametrize("names", [["tanh"], ["exp", "tanh"], list(LECTURE)], ids=["tanh", "exp, tanh", "all"])
@every_tanh
def test_methods_of_the_class_can_be_replaced(
    monkeypatch: pytest.MonkeyPatch, names: list[str], activation: Callable[[Value], Value]
) -> None:
    """`Value.tanh = tanh` and `Value.__rmul__ = ...` are how the lecture grows its class; they work here too."""
    for name in names:
        monkeypatch.setattr(Value, name, LECTURE[name])
    v = neuron(Value.tanh if activation is ACTIVATIONS[0] else activation)
    v["o"].backward()
    assert are_as_expected(v)
    assert (v["n"].row is None) == ("__add__" in names)
    assert (2 * v["x1"]).data == 4.0


@pytest.mark.parametrize("names", [["tanh"], list(LECTURE)], ids=["tanh", "all"])
def test_replaced_methods_can_be_put_back(monkeypatch: pytest.MonkeyPatch, names: list[str]) -> None:
    """What was replaced and put back is what it was before, with the engine's own speed."""
    for name in names:
        monkeypatch.setattr(Value, name, LECTURE[name])
    monkeypatch.undo()
    v = Value(2.0)
    rows = [v + 1, 1 + v, v * 2, 2 * v, v**2, v / 2, -v, v - 1, v.tanh(), v.exp()]
    expected = ["add", "add", "mul", "mul", "powc", "div", "neg", "sub", "tanh", "exp"]
    assert [node.row for node in rows] == [TABLE[name] for name in expected]


# A network.


class Neuron:
    """Weights, a bias, and tanh."""

    def __init__(self, nin: int, uniform: Callable[[float, float], float]) -> None:
        """Draw weights and bias between -1 and 1."""
        self.w = [Value(uniform(-1, 1)) for _ in range(nin)]
        self.b = Value(uniform(-1, 1))

    def __call__(self, x: list[Any]) -> Value:
        """Return tanh(w · x + b)."""
        act = sum((wi * xi for wi, xi in zip(self.w, x, strict=True)), self.b)
        return act.tanh()

    def parameters(self) -> list[Value]:
        """Return weights and bias."""
        return [*self.w, self.b]


class Layer:
    """Neurons side by side."""

    def __init__(self, nin: int, nout: int, uniform: Callable[[float, float], float]) -> None:
        """Make nout neurons."""
        self.neurons = [Neuron(nin, uniform) for _ in range(nout)]

    def __call__(self, x: list[Any]) -> Any:  # noqa: ANN401  # one Value, or a list of them
        """Return what each neuron answers; one alone without a list."""
        outs = [n(x) for n in self.neurons]
        return outs[0] if len(outs) == 1 else outs

    def parameters(self) -> list[Value]:
        """Return the parameters of all neurons."""
        return [p for neuron in self.neurons for p in neuron.parameters()]


class Network:
    """Layers one after the other."""

    def __init__(self, nin: int, nouts: list[int], uniform: Callable[[float, float], float]) -> None:
        """Make a layer for each number of outputs."""
        sizes = [nin, *nouts]
        self.layers = [Layer(sizes[i], sizes[i + 1], uniform) for i in range(len(nouts))]

    def __call__(self, x: Any) -> Any:  # noqa: ANN401  # numbers in, Values out
        """Return what the last layer answers."""
        for layer in self.layers:
            x = layer(x)
        return x

    def parameters(self) -> list[Value]:
        """Return the parameters of all layers."""
        return [p for layer in self.layers for p in layer.parameters()]


XS = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
YS = [1.0, -1.0, -1.0, 1.0]


def with_sum(ypred: list[Value]) -> Any:  # noqa: ANN401  # a Value, which sum() begins with the number 0
    """Return the squared error, by Python's own sum."""
    return sum((yout - ygt) ** 2 for ygt, yout in zip(YS, ypred, strict=True))


def with_numpy(ypred: list[Value]) -> Any:  # noqa: ANN401  # a Value
    """Return the squared error, by an array's sum."""
    np = pytest.importorskip("numpy")
    return np.array([(yout - ygt) ** 2 for ygt, yout in zip(YS, ypred, strict=True)]).sum()


def train(model: Network, loss_of: Callable[[list[Value]], Any], rate: float) -> list[float]:
    """Return the losses of twenty steps of gradient descent."""
    losses = []
    for _ in range(20):
        loss = loss_of([model(x) for x in XS])
        for p in model.parameters():
            p.grad = 0.0
        loss.backward()
        for p in model.parameters():
            p.data += -rate * p.grad
        losses.append(loss.data)
    return losses


@pytest.mark.parametrize("loss_of", [with_sum, with_numpy])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_four_points_are_learned(loss_of: Callable[[list[Value]], Any], seed: int) -> None:
    """Forty-one parameters, twenty steps, and the loss falls from every one to the next."""
    model = Network(3, [4, 4, 1], random.Random(seed).uniform)
    assert len(model.parameters()) == 41
    losses = train(model, loss_of, 0.01)
    assert all(after < before for before, after in itertools.pairwise(losses))
    assert losses[-1] < 0.7 * losses[0]


def test_larger_steps_learn_the_four_points() -> None:
    """A tenth of the gradient is what the lecture ends with; the predictions come close to their targets."""
    model = Network(3, [4, 4, 1], random.Random(1337).uniform)
    losses = [loss for _ in range(5) for loss in train(model, with_sum, 0.1)]
    assert losses[-1] < 0.05
    assert [round(model(x).data) for x in XS] == [round(y) for y in YS]


def test_weights_may_come_from_numpy(np: ModuleType) -> None:
    """Numbers drawn by NumPy are numbers; both sums give the same loss and the same gradients."""
    generator = np.random.default_rng(0)
    model = Network(3, [4, 4, 1], generator.uniform)
    assert {type(p.data) for p in model.parameters()} == {float}
    gradients = []
    for loss_of in (with_sum, with_numpy):
        for p in model.parameters():
            p.grad = 0.0
        loss = loss_of([model(x) for x in XS])
        loss.backward()
        gradients.append([loss.data, *(p.grad for p in model.parameters())])
    assert gradients[0] == pytest.approx(gradients[1], rel=1e-12)
    assert isinstance(model(XS[0]), Value)
    assert [type(out) for out in Layer(2, 3, generator.uniform)([2.0, 3.0])] == [Value] * 3


def test_a_margin_loss_with_a_penalty() -> None:
    """The demo's loss: relu(1 - y·score), averaged, and a share of the squared weights."""
    model = Network(2, [4, 1], random.Random(3).uniform)
    points = [[0.5, 1.0], [-1.0, 0.25], [2.0, -0.5]]
    losses = [(1 + -y * model(x)).relu() for y, x in zip((1, -1, 1), points, strict=True)]
    data_loss = sum(losses) * (1.0 / len(losses))
    penalty = 1e-4 * sum(p * p for p in model.parameters())
    total = data_loss + penalty
    total.backward()
    p, h = model.parameters()[0], 1e-6
    slopes = []
    for step in (h, -h):
        p.data += step
        slopes.append(
            sum(max(0.0, 1 - y * model(x).data) for y, x in zip((1, -1, 1), points, strict=True)) / 3
            + 1e-4 * sum(q.data**2 for q in model.parameters())
        )
        p.data -= step
    assert p.grad == pytest.approx((slopes[0] - slopes[1]) / (2 * h), rel=1e-6)
