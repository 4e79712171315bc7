"""Tests of what a compiled function sees of the outside: nothing it reaches goes stale."""

from __future__ import annotations

import collections
import collections.abc
import functools
import itertools
import random
import types
from typing import Any

import pytest

from micrograd import MLP, Module, Value
from micrograd.errors import CompileError, CompileWarning

np = pytest.importorskip("numpy")

from micrograd.compiler.frontend import compile  # noqa: A004, E402  # it needs NumPy

GLOBAL = {"scale": 2.0}
FACTOR = 2.0
SCALE = (Value(5.0),)


def with_globals(x: Any) -> Any:  # noqa: ANN401
    """Return a product with global variables."""
    return x * GLOBAL["scale"] * FACTOR


def helped(x: Any) -> Any:  # noqa: ANN401
    """Return what another function does with global variables."""
    return with_globals(x) + 1.0


def test_new_numbers_are_read_at_every_call() -> None:
    """Data that is set, and states that are loaded, take effect."""
    model = MLP(2, [3, 1], rng=random.Random(1))
    twin = MLP(2, [3, 1], rng=random.Random(2))
    f = compile(model.__call__)
    f([1.0, 2.0])
    model.load_state_dict(twin.state_dict())
    assert f([1.0, 2.0]).data == pytest.approx(twin([1.0, 2.0]).data)
    assert f.report().retraced == 0


def test_replaced_parameters_are_seen() -> None:
    """A new Value in the place of another is read and receives the gradient."""
    model = MLP(2, [3, 1], rng=random.Random(1))
    f = compile(model.__call__)
    f([1.0, 2.0])
    model.layers[0].neurons[1].w[0] = new = Value(5.0)
    out = f([1.0, 2.0])
    assert out.data == pytest.approx(model([1.0, 2.0]).data)
    out.backward()
    assert new.grad != 0.0
    model.layers[1] = MLP(3, [1], rng=random.Random(5)).layers[0]
    assert f([1.0, 2.0]).data == pytest.approx(model([1.0, 2.0]).data)
    assert f.report().retraced == 2


def test_global_variables_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the function, and those of the functions that it calls."""
    f = compile(helped)
    assert f(1.0).data == 5.0
    monkeypatch.setitem(GLOBAL, "scale", 3.0)
    assert f(1.0).data == 7.0
    monkeypatch.setattr(f"{__name__}.FACTOR", 10.0)
    assert f(1.0).data == 31.0


def test_variables_of_a_closure_are_seen() -> None:
    """So are attributes, and settings in lists and arrays."""
    alpha, settings, table = 2.0, types.SimpleNamespace(beta=1.0), np.array([1.0, 2.0])

    def plain(x: Any) -> Any:  # noqa: ANN401
        return alpha * x + settings.beta + table[1]

    f = compile(plain)
    assert f(1.0).data == 5.0
    alpha = 3.0
    assert f(1.0).data == 6.0
    settings.beta = 2.0
    assert f(1.0).data == 7.0
    table[1] = 10.0
    assert f(1.0).data == 15.0
    alpha = 3.0  # the same number again
    f(1.0)
    assert f.report().retraced == 3


def test_what_a_class_binds_is_seen() -> None:
    """Its numbers and Values, and its methods."""

    class Model(collections.abc.Callable):  # type: ignore[misc,type-arg]  # a class of another class than most
        w = Value(2.0)
        scale = 3.0

        def __call__(self, x: Any) -> Any:  # noqa: ANN401
            return self.w * self.scale * x

    f = compile(Model())
    assert f(1.0).data == 6.0
    Model.scale = 4.0
    assert f(1.0).data == 8.0
    Model.w = Value(5.0)
    f(1.0).backward()
    assert Model.w.grad == 4.0
    Model.__call__ = lambda self, x: self.w + x  # type: ignore[method-assign]
    assert f(1.0).data == 6.0


def test_objects_of_every_kind_are_looked_into() -> None:
    """Slots, partial functions, bound methods, deques, tuples, defaults and the attributes of functions."""

    class Slotted:
        __slots__ = ("w",)

        def __init__(self) -> None:
            self.w = Value(2.0)

        def times(self, x: Any) -> Any:  # noqa: ANN401
            return self.w * x

    thing = Slotted()
    queue = collections.deque([Value(3.0)])

    def plain(x: Any, scale: Any = SCALE) -> Any:  # noqa: ANN401
        return thing.times(x) + queue[0] * scale[0]

    f = compile(functools.partial(plain))
    assert f(1.0).data == 17.0
    thing.w = Value(4.0)
    assert f(1.0).data == 19.0
    queue[0] = Value(1.0)
    assert f(1.0).data == 9.0
    assert compile(thing.times)(3.0).data == 12.0


def test_values_of_a_module_given_as_an_argument() -> None:
    """A network may be an argument: it is static, its parameters are not."""

    class Line(Module):
        def __init__(self) -> None:
            self.slope = Value(2.0)

    line = Line()
    f = compile(lambda line, x: line.slope * x)
    f(line, 1.0).backward()
    assert line.slope.grad == 1.0
    line.slope = Value(7.0)
    assert f(line, 1.0).data == 7.0
    assert f(Line(), 1.0).data == 2.0


def test_values_that_cannot_be_watched_are_refused() -> None:
    """A Value that comes from nowhere could be another one at the next call."""
    hidden = Value(2.0)
    source = itertools.repeat(hidden)
    with pytest.raises(CompileError, match="cannot be watched"):
        compile(lambda x: next(source) * x)(1.0)


def test_often_traced_functions_say_so() -> None:
    """A setting that changes at every call costs time, and a warning."""
    settings = {"k": 0.0}
    f = compile(lambda x: x * settings["k"])
    f(1.0)

    def call_with(k: int) -> None:
        settings["k"] = float(k)
        assert f(1.0).data == k

    for k in range(1, 10):
        call_with(k)
    with pytest.warns(CompileWarning, match="traced anew 10 times"):
        call_with(10)
    call_with(11)
    assert f.report().entries == 1
