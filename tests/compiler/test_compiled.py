"""Tests of compiled functions as objects: copied, pickled and freed as functions are."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref
from typing import Any

import pytest

from micrograd import MLP, Module, Value

np = pytest.importorskip("numpy")

from micrograd.compiler.frontend import Compiled, compile  # noqa: A004, E402  # it needs NumPy


@compile
def triple(x: Value) -> Value:
    """Return 3x."""
    return 3.0 * x


class Scale(Module):
    """A factor, and a compiled function that is part of the network.

    Args:
        factor: what to multiply by.
    """

    def __init__(self, factor: float) -> None:
        self.factor = Value(factor)
        self.triple = triple

    @compile
    def __call__(self, x: Value) -> Any:  # noqa: ANN401
        """Return the product."""
        return self.factor * self.triple(x)


def test_functions_are_copied_and_pickled_by_name() -> None:
    """As plain functions are, before the first call and after it."""
    for _ in range(2):
        assert copy.copy(triple) is copy.deepcopy(triple) is triple
        assert pickle.loads(pickle.dumps(triple)) is triple  # noqa: S301  # our own bytes
        assert triple(2.0).data == 6.0
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(compile(lambda x: x))


def test_models_that_hold_them_are_copied() -> None:
    """A copy has parameters of its own."""
    model = Scale(2.0)
    assert model(1.0).data == 6.0
    other = copy.deepcopy(model)
    other.factor.data = 5.0
    assert (model(1.0).data, other(1.0).data) == (6.0, 15.0)


def test_a_compiled_network_is_copied_with_the_network() -> None:
    """The copy is compiled anew."""
    network = MLP(2, [2, 1])
    compiled = compile(network)
    before = compiled([1.0, 2.0]).data
    for again in (copy.deepcopy(compiled), pickle.loads(pickle.dumps(compiled))):  # noqa: S301  # our own bytes
        assert isinstance(again, Compiled)
        again.function.parameters()[0].data += 1.0
        assert again([1.0, 2.0]).data != before
    assert compiled([1.0, 2.0]).data == before


def test_they_are_freed() -> None:
    """With what they reached, and what they were called with."""

    def used() -> list[weakref.ref[Any]]:
        model = MLP(2, [2, 1])
        compiled = compile(lambda x, y: model(x) * y)
        compiled([1.0, 2.0], Value(2.0)).backward()
        return [weakref.ref(compiled), weakref.ref(model)]

    things = used()
    gc.collect()
    assert [thing() for thing in things] == [None, None]


def test_numpys_bools_are_static_too() -> None:
    """As those of Python."""
    choose = compile(lambda x, double: x * 2.0 if double else x * 3.0)
    assert [choose(1.0, np.bool_(flag)).data for flag in (True, False)] == [2.0, 3.0]
