"""Programs that people write when they learn backpropagation draw their graphs, by the calls that they know."""

# ruff: noqa: SLF001  # learners see the engine from inside: _backward, _prev

from __future__ import annotations

import math
import random
from typing import Any

import pytest
from drawn_networks import XS, YS

from micrograd import MLP, Neuron, Value, draw_dot, trace

pytest.importorskip("pygraphviz", reason="pygraphviz is not installed: pip install 'micrograd[draw]'")


class PlainNeuron:
    """A neuron as the lecture writes it, which is no Module."""

    def __init__(self, nin: int) -> None:
        self.w = [Value(random.uniform(-1, 1)) for _ in range(nin)]
        self.b = Value(random.uniform(-1, 1))

    def __call__(self, x: Any) -> Value:  # noqa: ANN401  # numbers or Values
        """Return tanh(w · x + b)."""
        activation: Value = sum((wi * xi for wi, xi in zip(self.w, x, strict=True)), self.b)
        return activation.tanh()


class PlainLayer:
    """A layer as the lecture writes it."""

    def __init__(self, nin: int, nout: int) -> None:
        self.neurons = [PlainNeuron(nin) for _ in range(nout)]

    def __call__(self, x: Any) -> Any:  # noqa: ANN401  # a Value or a list
        """Return the outputs, of a single neuron the output itself."""
        outs = [n(x) for n in self.neurons]
        return outs[0] if len(outs) == 1 else outs


class PlainMLP:
    """A network as the lecture writes it."""

    def __init__(self, nin: int, nouts: list[int]) -> None:
        sz = [nin, *nouts]
        self.layers = [PlainLayer(sz[i], sz[i + 1]) for i in range(len(nouts))]

    def __call__(self, x: Any) -> Any:  # noqa: ANN401  # a Value or a list
        """Return the outputs of the last layer."""
        for layer in self.layers:
            x = layer(x)
        return x


def svg(root: Value, **wishes: Any) -> str:  # noqa: ANN401  # those of draw_dot
    """Return the picture that a notebook shows."""
    picture: str = draw_dot(root, **wishes)._repr_svg_()
    return picture


def two_inputs() -> dict[str, Value]:
    """Return the lecture's neuron with two inputs, by the names of its values."""
    x1, x2 = Value(2.0, label="x1"), Value(0.0, label="x2")
    w1, w2 = Value(-3.0, label="w1"), Value(1.0, label="w2")
    b = Value(6.8813735870195432, label="b")
    x1w1 = x1 * w1
    x1w1.label = "x1*w1"
    x2w2 = x2 * w2
    x2w2.label = "x2*w2"
    x1w1x2w2 = x1w1 + x2w2
    x1w1x2w2.label = "x1*w1 + x2*w2"
    n = x1w1x2w2 + b
    n.label = "n"
    return {v.label: v for v in (x1, x2, w1, w2, b, x1w1, x2w2, x1w1x2w2, n)}


def test_an_expression_is_drawn_before_and_after_its_gradients() -> None:
    """Gradients set by hand are shown; those not yet known are not shown as 0."""
    a, b, c = Value(2.0, label="a"), Value(-3.0, label="b"), Value(10.0, label="c")
    e = a * b
    e.label = "e"
    d = e + c
    d.label = "d"
    assert "data 4.0000" in svg(d)
    f = Value(-2.0, label="f")
    out = d * f
    out.label = "L"
    assert "grad 0.0000" not in svg(out)
    out.grad = 1.0
    f.grad, d.grad = 4.0, -2.0
    picture = svg(out)
    assert "grad 4.0000" in picture
    assert "grad 0.0000" not in picture


def test_a_neuron_is_drawn_with_gradients_by_hand_and_by_backward() -> None:
    """One step of `_backward` shows one gradient more."""
    v = two_inputs()
    o = v["n"].tanh()
    o.label = "o"
    assert "data 0.7071" in svg(o)
    o.grad = 1.0
    o._backward()
    assert "grad 0.5000" in svg(o)
    o.backward()
    assert "grad &#45;1.5000" in svg(o)


def test_a_broken_up_tanh_is_drawn() -> None:
    """Plain numbers in an expression are boxes without a name."""
    v = two_inputs()
    e = (2 * v["n"]).exp()
    e.label = "e"
    o = (e - 1) / (e + 1)
    o.label = "o"
    o.backward()
    picture = svg(o)
    assert all(f">{symbol}</text>" in picture for symbol in ("exp", "/", "e", "o"))


def test_a_tanh_by_closure_is_drawn_with_its_derivative() -> None:
    """The lecture's way to add an operation."""
    v = two_inputs()
    n = v["n"]
    t = math.tanh(n.data)
    o = Value(t, (n,), "tanh", label="o")

    def _backward() -> None:
        n.grad += (1 - t**2) * o.grad

    o._backward = _backward
    assert ">0.5000</text>" in svg(o, local_grads=True)
    assert not n.has_grad


def test_a_value_used_twice_is_drawn() -> None:
    """The sum of a value with itself has both edges."""
    a = Value(3.0, label="a")
    b = a + a
    b.label = "b"
    b.backward()
    assert svg(b).count("<title>n0&#45;&gt;n1op</title>") == 2


@pytest.mark.parametrize("network", [MLP, PlainMLP])
def test_a_network_and_its_loss_are_drawn(network: Any) -> None:  # noqa: ANN401  # a class
    """The output on one sample, the loss on four, before and after backward()."""
    n = Neuron(2)
    assert "tanh" in svg(n([2.0, 3.0]))
    model = network(3, [4, 4, 1])
    assert svg(model([2.0, 3.0, -1.0])).count("tanh") == 9
    loss = sum((out - y) ** 2 for y, out in zip(YS, [model(x) for x in XS], strict=True))
    assert isinstance(loss, Value)
    assert "</svg>" in svg(loss)
    loss.backward()
    assert "</svg>" in svg(loss)


def test_a_plain_network_is_named_where_it_is_given() -> None:
    """Its neurons fold as those of a Module do."""
    model = PlainMLP(3, [4, 4, 1])
    loss = sum((model(x) - y) ** 2 for x, y in zip(XS, YS, strict=True))
    assert isinstance(loss, Value)
    assert "layers[1].neurons[3] (41 nodes)" in svg(loss, model=model)


def test_the_loss_summed_by_numpy_is_drawn() -> None:
    """An array of Values, added up."""
    np = pytest.importorskip("numpy")
    model = MLP(3, [4, 4, 1])
    loss = np.array([(model(x) - y) ** 2 for x, y in zip(XS, YS, strict=True)]).sum()
    assert "</svg>" in svg(loss)


def test_a_drawing_of_ones_own_can_be_made_from_a_trace() -> None:
    """The lecture's own draw_dot finds what it needs."""
    v = two_inputs()
    nodes, edges = trace(v["n"])
    lines = [f'"{id(n)}" [label="{{ {n.label} | data {n.data:.4f} | grad {n.grad:.4f} }}"]' for n in nodes]
    lines += [f'"{id(n)}{n._op}" -> "{id(n)}"' for n in nodes if n._op]
    lines += [f'"{id(n1)}" -> "{id(n2)}{n2._op}"' for n1, n2 in edges]
    assert len(lines) == 9 + 4 + 8
