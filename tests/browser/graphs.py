"""Graphs that the tests of the page look at, written as pages."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from micrograd import MLP, Value
from micrograd.draw.explanation import explain

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    from micrograd.nn import Neuron


def leaves(**numbers: float) -> list[Value]:
    """Return leaves with labels."""
    return [Value(x, label=name) for name, x in numbers.items()]


def named(label: str, value: Value) -> Value:
    """Return a value with a label."""
    value.label = label
    return value


def lecture() -> Value:
    """Return L = (a·b + c)·f, whose gradients are a: 6, b: -4, c: -2, f: 4."""
    a, b, c, f = leaves(a=2.0, b=-3.0, c=10.0, f=-2.0)
    e = named("e", a * b)
    d = named("d", e + c)
    return named("L", d * f)


def diamond() -> Value:
    """Return f = (a·b)·(a + b), in which both leaves are used twice; their gradients are a: -3, b: -8."""
    a, b = leaves(a=-2.0, b=3.0)
    return named("f", named("d", a * b) * named("e", a + b))


def network() -> tuple[Value, MLP]:
    """Return the loss of an MLP(3, [4, 4, 1]) on one sample, and the network."""
    random.seed(1337)
    model = MLP(3, [4, 4, 1])
    return named("loss", (model([2.0, 3.0, -1.0]) - 1.0) ** 2), model


def _scalar(neuron: Neuron, inputs: list[Value]) -> Value:
    """Return what a neuron computes, a node for each product and each sum."""
    products = (w * x for w, x in zip(neuron.w, inputs, strict=True))
    return sum(products, Value(0.0) if neuron.b is None else neuron.b).tanh()


def large() -> tuple[Value, MLP]:
    """Return a graph of more than 5,000 nodes, and its network."""
    random.seed(1337)
    model = MLP(2, [16, 16, 1])
    total = Value(0.0)
    for _ in range(8):
        hidden = [Value(random.uniform(-1.0, 1.0)) for _ in range(2)]
        for layer in model.layers:
            hidden = [_scalar(neuron, hidden) for neuron in layer.neurons]
        total += (hidden[0] - 1.0) ** 2
    return named("total", total), model


def address(root: Value, path: Path, model: MLP | None = None) -> str:
    """Write the page of a graph, and return where a browser finds it."""
    explain(root, path, model=model)
    return path.as_uri()


@pytest.fixture
def shown(page: Page, tmp_path: Path) -> Callable[..., Page]:
    """Open the page of a graph."""

    def shown(root: Value, model: MLP | None = None) -> Page:
        page.goto(address(root, tmp_path / "page.html", model))
        return page

    return shown
